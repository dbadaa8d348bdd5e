"""Limits as the JSON of the admin API and the command line."""

from __future__ import annotations

from typing import Any

from services.bootstrap.json_values import time_text
from services.domain.blocks import BlockView
from services.domain.exhaustion import Exhausted
from services.domain.limit_refusals import RefusalView
from services.domain.limit_use import LimitUse
from services.domain.near_callers import NEAR_PERCENT, NearCallers
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


def limits_view(
    use: Reading[tuple[LimitUse, ...]],
    near: Reading[tuple[NearCallers, ...]],
    refusals: Reading[RefusalView],
) -> dict[str, Any]:
    """What is used of shared limits now, who is near a limit of their own, and what each limit
    refused by span and feature."""
    return {
        "use": {
            "state": use.state.value,
            "problem": use.problem,
            "at": time_text(use.as_of),
            "limits": [
                {"name": u.limit, "key": u.key, "used": u.used, "limit": u.allowed}
                for u in use.value or ()
            ],
        },
        "callers": {
            "state": near.state.value,
            "problem": near.problem,
            "at": time_text(near.as_of),
            "near_percent": NEAR_PERCENT,
            "limits": [_near(limit) for limit in near.value or ()],
        },
        "refusals": {
            "state": refusals.state.value,
            "problem": refusals.problem,
            "complete_up_to": time_text(refusals.as_of),
            "spans": _spans(refusals.value) if refusals.value else [],
        },
    }


def _near(near: NearCallers) -> dict[str, Any]:
    fullest = near.fullest
    return {
        "name": near.limit,
        "near": near.near,
        "full": near.full,
        "is_cut": near.is_cut,
        "fullest": None
        if fullest is None
        else {
            "caller": fullest.key,
            "requests": {"limit": fullest.allowed, "used": fullest.requests},
            "tokens": {"limit": fullest.allowed_tokens, "used": fullest.tokens},
        },
    }


def _spans(view: RefusalView) -> list[dict[str, Any]]:
    return [
        {
            "start": time_text(start),
            "limits": [
                {
                    "name": row.limit,
                    "feature": row.feature,
                    "refused": row.refused[i],
                    "would_have_refused": row.passed[i],
                }
                for row in view.rows
                if row.refused[i] or row.passed[i]
            ],
        }
        for i, start in enumerate(view.starts)
    ]


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
