"""Changes of a rollout: what one did, and what one would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from services.domain.gates import GateResult
from services.domain.readings import Reading
from services.domain.rollout import Rollout, Stage


@dataclass(frozen=True, slots=True)
class RolloutChange:
    """What a change did; `revision` is the control state's after it.

    Args:
        overridden_stay: how much of the minimum stay of the stage before it has cut off.
        skipped: the stages that it has left out.
        gate: that of the stage before it as it stood; None when no higher stage was entered.
    """

    previous: Rollout
    current: Rollout
    revision: int
    note: str | None = None
    overridden_stay: timedelta = timedelta()
    skipped: tuple[Stage, ...] = ()
    gate: Reading[GateResult] | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """Who a target would let in, without setting it.

    Args:
        overridden_stay: how much of the present stage's minimum stay it would cut off.
        gate: the present stage's gate as it is now; None when no higher stage would be entered.
        added, removed: by user among those named, the features they would gain or lose; each
            feature lets in other users, so the ceiling opens some to one and some to another.
    """

    before: Rollout
    after: Rollout
    is_raise: bool
    effective_before_bp: int
    effective_after_bp: int
    overridden_stay: timedelta
    gate: Reading[GateResult] | None
    users: int
    added: Mapping[str, tuple[str, ...]]
    removed: Mapping[str, tuple[str, ...]]
