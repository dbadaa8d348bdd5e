"""Limits as the JSON of the admin API and the command line."""

from __future__ import annotations

from typing import Any

from services.domain.blocks import BlockView
from services.domain.exhaustion import Exhausted
from services.domain.quotas import CapView
from services.domain.readings import Reading


def caps_view(reading: Reading[tuple[CapView, ...]]) -> dict[str, Any]:
    """The caps of features with what is used; a limit of null is no cap."""
    return {
        "state": reading.state.value,
        "problem": reading.problem,
        "windows": [_cap(view) for view in reading.value or ()],
    }


def _cap(view: CapView) -> dict[str, Any]:
    quota = view.state.quota
    return {
        "name": quota.name,
        "feature": view.feature,
        "period": quota.window.period.value,
        "window": quota.window.key,
        "resets_at": quota.window.ends_at.isoformat(),
        "requests": {"limit": quota.requests, "used": view.state.requests},
        "tokens": {"limit": quota.tokens, "used": view.state.tokens},
        "is_shadow": view.is_shadow,
    }


def exhausted_view(exhausted: Exhausted) -> dict[str, Any]:
    """A cap or a budget that is used up, in whole requests, tokens or nano-dollars."""
    return {
        "name": exhausted.limit,
        "scope": exhausted.scope,
        "measure": exhausted.measure.value,
        "used": exhausted.used,
        "limit": exhausted.allowed,
        "resets_at": exhausted.ends_at.isoformat(),
        "is_shadow": exhausted.is_shadow,
    }


def blocks_view(reading: Reading[tuple[BlockView, ...]], *, is_shadow: bool) -> dict[str, Any]:
    """Who is blocked; in shadow their calls are answered all the same."""
    return {
        "state": reading.state.value,
        "problem": reading.problem,
        "is_shadow": is_shadow,
        "blocks": [block_view(view) for view in reading.value or ()],
    }


def block_view(view: BlockView) -> dict[str, Any]:
    """One block."""
    return {
        "user": view.subject,
        "until": view.until.isoformat(timespec="seconds"),
        "violations": view.violations,
    }
