"""How far something is released: stages, percentages, and how they change.

Percentages are whole hundredths of a percent (`_bp`, 0 to 10,000), so comparisons are exact.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.domain.errors import Unprocessable

FULL_BP = 10_000
CEILING = "all"


class Stage(StrEnum):
    """The stages of a rollout, in order."""

    DISABLED = "disabled"
    INTERNAL_ONLY = "internal_only"
    CANARY = "canary"
    BETA = "beta"
    GRADUAL = "gradual"
    GENERAL = "general"


@dataclass(frozen=True, slots=True)
class StageRule:
    """What a stage means: its default percentage, who is in, how long it stays at least."""

    percentage_bp: int
    audience: str
    minimum_stay: timedelta


STAGES: dict[Stage, StageRule] = {
    Stage.DISABLED: StageRule(0, "nobody", timedelta()),
    Stage.INTERNAL_ONLY: StageRule(0, "admins and staff", timedelta(days=3)),
    Stage.CANARY: StageRule(500, "5% and staff", timedelta(days=7)),
    Stage.BETA: StageRule(2_500, "25% and staff", timedelta(days=7)),
    Stage.GRADUAL: StageRule(5_000, "50% and staff", timedelta(days=7)),
    Stage.GENERAL: StageRule(FULL_BP, "everyone", timedelta()),
}
_ORDER = tuple(Stage)


@dataclass(frozen=True, slots=True)
class Rollout:
    """How far something is released: all of AI (the ceiling, `subject` = "all") or one feature.

    Args:
        percentage_bp: share of users let in, in hundredths of a percent, 0 to 10,000.
        version: raised by each change; a writer must name the version it has seen.
    """

    subject: str
    stage: Stage
    percentage_bp: int
    stage_entered_at: datetime
    is_enabled: bool = True
    version: int = 1
    allowed_users: frozenset[str] = field(default_factory=frozenset)
    denied_users: frozenset[str] = field(default_factory=frozenset)
    segments: frozenset[str] = field(default_factory=frozenset)

    @property
    def percentage(self) -> float:
        """Percent, for people; rules compare `percentage_bp`."""
        return self.percentage_bp / 100


def stage_reached(percentage_bp: int) -> Stage:
    """The highest stage whose default percentage is reached (0 gives `internal_only`)."""
    return max(
        (s for s in _ORDER if STAGES[s].percentage_bp <= percentage_bp),
        key=lambda s: (STAGES[s].percentage_bp, _ORDER.index(s)),
    )


def resolve_target(stage: Stage | None, percentage_bp: int | None) -> tuple[Stage, int]:
    """The stage and percentage that an operator means by naming one or both.

    Raises:
        Unprocessable: neither is given, the percentage is out of range, or the two contradict.
    """
    if percentage_bp is None:
        if stage is None:
            raise Unprocessable("Name a stage, a percentage, or both.", param="stage")
        return stage, STAGES[stage].percentage_bp
    if not 0 <= percentage_bp <= FULL_BP:
        raise Unprocessable(
            f"percentage is {percentage_bp / 100:g}: it must lie between 0 and 100.",
            param="percentage",
        )
    if stage is Stage.DISABLED or (stage is None and percentage_bp == 0):
        if percentage_bp:
            raise Unprocessable(
                "Stage disabled lets nobody in, so its percentage is 0: leave percentage out, "
                "or name another stage.",
                param="percentage",
            )
        return stage or Stage.INTERNAL_ONLY, 0
    reached = stage_reached(percentage_bp)
    if stage is not None and _ORDER.index(reached) > _ORDER.index(stage):
        raise Unprocessable(
            f"{percentage_bp / 100:g}% reaches stage {reached}, above the named {stage}: "
            f"name {reached}, or a lower percentage.",
            param="percentage",
        )
    return reached, percentage_bp


def is_raise(before: Rollout, after: Rollout) -> bool:
    """Whether a change lets more people in."""
    return (_ORDER.index(after.stage), after.percentage_bp, after.is_enabled) > (
        _ORDER.index(before.stage),
        before.percentage_bp,
        before.is_enabled,
    )


def stay_left(rollout: Rollout, at: datetime) -> timedelta:
    """What is missing of the minimum stay in the present stage; zero once it is over."""
    stayed = at - rollout.stage_entered_at
    return max(STAGES[rollout.stage].minimum_stay - stayed, timedelta())


def overridden_stay(before: Rollout, after: Rollout, at: datetime) -> timedelta:
    """How much of its minimum stay a change to a higher stage cuts off; zero for other changes."""
    return stay_left(before, at) if enters_higher_stage(before, after) else timedelta()


def enters_higher_stage(before: Rollout, after: Rollout) -> bool:
    """Whether a change passes the gate of the stage it leaves."""
    return _ORDER.index(after.stage) > _ORDER.index(before.stage)


def skipped_stages(before: Rollout, after: Rollout) -> tuple[Stage, ...]:
    """The stages that a change to a higher stage leaves out; none for other changes."""
    return _ORDER[_ORDER.index(before.stage) + 1 : _ORDER.index(after.stage)]


def effective_bp(ceiling: Rollout, feature: Rollout) -> int:
    """The share of users that both let in, by percentage alone; 0 while one is switched off."""
    if not (ceiling.is_enabled and feature.is_enabled):
        return 0
    return min(ceiling.percentage_bp, feature.percentage_bp)


def with_target(rollout: Rollout, stage: Stage, percentage_bp: int, at: datetime) -> Rollout:
    """The rollout moved to a stage and percentage; a change of stage restarts its stay."""
    entered = rollout.stage_entered_at if stage is rollout.stage else at
    return replace(
        rollout,
        stage=stage,
        percentage_bp=percentage_bp,
        stage_entered_at=entered,
        version=rollout.version + 1,
    )
