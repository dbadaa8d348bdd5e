"""A playground run as it is shown: its targets, and the column that each of them fills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.domain.calls import Candidate


@dataclass(frozen=True, slots=True)
class Target:
    """A provider and model that a run can be sent to."""

    candidate: Candidate
    is_mock: bool
    is_killed: bool


@dataclass(frozen=True, slots=True)
class ColumnView:
    """One provider's answer so far. Times in milliseconds since the run began.

    Args:
        cost_usd: exact dollars as the gateway billed them; None while it runs or when unknown.
        problem: what went wrong, in words; `decision` is its code.
    """

    target: Candidate
    is_mock: bool
    text: str = ""
    is_done: bool = False
    is_stopped: bool = False
    first_token_ms: float | None = None
    total_ms: float | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: str | None = None
    finish_reason: str | None = None
    request_id: str | None = None
    decision: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as the page draws it."""

    id: str
    messages: tuple[Mapping[str, Any], ...]
    columns: tuple[ColumnView, ...]
    is_done: bool
