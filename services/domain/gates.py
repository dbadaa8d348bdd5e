"""The gate of each stage: what must be shown before it is left, and whether it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.domain.evidence import SLOW_S, Tally
from services.domain.rollout import Stage
from services.domain.shares import Judgement, ShareResult, judge_share

CLEAN_REQUESTS = 299
"""So many without an error show that fewer than 1% fail, at 95% confidence: "0% errors"."""


@dataclass(frozen=True, slots=True)
class ErrorShare:
    """Fewer bad requests than a share of them."""

    limit: float
    text: str


@dataclass(frozen=True, slots=True)
class SlowShare:
    """Fewer than 5% slower than so many seconds: what "P95 below" means.

    Args:
        limit_s: one of the evidence's SLOW_S.
    """

    limit_s: float
    text: str
    limit: float = 0.05


@dataclass(frozen=True, slots=True)
class NoErrors:
    """Not one bad request among `requests`."""

    requests: int
    text: str


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """What people judge: Sluice has no figures for it."""

    text: str


Criterion = ErrorShare | SlowShare | NoErrors | Unmeasured

GATES: Mapping[Stage, tuple[Criterion, ...]] = {
    Stage.DISABLED: (Unmeasured("pre-deployment checklist"),),
    Stage.INTERNAL_ONLY: (
        NoErrors(CLEAN_REQUESTS, "no unexplained error"),
        SlowShare(2.0, "P95 latency < 2 s"),
    ),
    Stage.CANARY: (ErrorShare(0.01, "error rate < 1%"),),
    Stage.BETA: (Unmeasured("user feedback good"),),
    Stage.GRADUAL: (Unmeasured("cost under control"),),
    Stage.GENERAL: (Unmeasured("all metrics hold"),),
}


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """One criterion against the evidence.

    Args:
        n, bad: the requests that count, and those that speak against it.
        needed: how many more, none of them bad, would make it pass; None where that is not so.
    """

    text: str
    judgement: Judgement
    n: int
    bad: int
    needed: int | None


@dataclass(frozen=True, slots=True)
class GateResult:
    """A stage's gate; of invented answers when `is_mock`, so that a real provider starts anew."""

    stage: Stage
    criteria: tuple[CriterionResult, ...]
    is_mock: bool = False

    @property
    def judgement(self) -> Judgement:
        """Only all passed is passed; else the worst of them."""
        found = {criterion.judgement for criterion in self.criteria}
        order = (Judgement.FAIL, Judgement.NO_DATA, Judgement.INCONCLUSIVE)
        return next((judgement for judgement in order if judgement in found), Judgement.PASS)


def criterion_text(stage: Stage) -> str:
    """What a stage asks for, in words."""
    return ", ".join(criterion.text for criterion in GATES[stage])


def evaluate_gate(stage: Stage, tally: Tally, *, is_mock: bool = False) -> GateResult:
    """Judge whether a stage may be left, by the value now.

    Args:
        tally: the outcomes since the stage was entered.
    """
    return GateResult(stage, tuple(_evaluate(c, tally) for c in GATES[stage]), is_mock)


def _evaluate(criterion: Criterion, tally: Tally) -> CriterionResult:
    match criterion:
        case Unmeasured(text):
            return CriterionResult(text, Judgement.NO_DATA, 0, 0, None)
        case NoErrors(requests, text):
            return _judge_clean(tally, requests, text)
        case SlowShare(limit_s, text, limit):
            slow = tally.slow[SLOW_S.index(limit_s)]
            return _told(text, judge_share(slow, tally.n, limit))
        case ErrorShare(limit, text):
            return _told(text, judge_share(tally.bad, tally.n, limit))


def _judge_clean(tally: Tally, requests: int, text: str) -> CriterionResult:
    if tally.bad:
        return CriterionResult(text, Judgement.FAIL, tally.n, tally.bad, None)
    missing = max(requests - tally.n, 0)
    open_ = Judgement.INCONCLUSIVE if tally.n else Judgement.NO_DATA
    return CriterionResult(text, open_ if missing else Judgement.PASS, tally.n, 0, missing)


def _told(text: str, share: ShareResult) -> CriterionResult:
    return CriterionResult(text, share.judgement, share.n, share.bad, share.needed)
