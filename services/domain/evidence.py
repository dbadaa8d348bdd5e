"""Evidence: which outcomes count for the rollout's gates and rules, and how they are added up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.domain.ledger import Outcome, Source, Status

SLOW_S = (2.0, 10.0)
"""A latency rule is a share: "P95 < 2 s" is "fewer than 5% slower than 2 s"."""

SECONDS_KEPT_S = 900
"""Evidence is kept by the second for so long, then by the minute and hour."""

TOTALS_KEPT_S = 40 * 86_400
USERS_KEPT = 16
"""Rules ask for errors of two users or more; of a second so many are told apart."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One outcome as evidence.

    Args:
        is_mock: an invented answer; kept apart, so that a real provider starts anew.
        slow: how many of SLOW_S it was slower than.
        user: the user's hash; of a call that names nobody its own id, as nobody knows better.
    """

    feature: str
    is_mock: bool
    is_bad: bool
    slow: int
    user: str


@dataclass(frozen=True, slots=True)
class Tally:
    """Outcomes added up.

    Args:
        n: those that count.
        bad: provider or dependency errors, degraded answers and broken streams.
        slow: for each of SLOW_S, those that were slower.
        bad_users, slow_users: whose they were (slower than the last of SLOW_S), at most USERS_KEPT
            a second and instance; told by the second only.
    """

    n: int = 0
    bad: int = 0
    slow: tuple[int, ...] = (0,) * len(SLOW_S)
    bad_users: frozenset[str] = frozenset()
    slow_users: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class EvidenceSecond:
    """What one instance saw of one feature in one second (since 1970, by the instance's clock)."""

    feature: str
    second: int
    instance: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class EvidenceSum:
    """What all instances saw of one feature in one minute, or hour, since 1970."""

    feature: str
    is_mock: bool
    at: int
    tally: Tally


@dataclass(frozen=True, slots=True)
class PastEvidence:
    """Evidence that the ledger still knows, each part in the order of time.

    Args:
        hours: all of them.
        minutes: of the hours in which windows begin.
        marks: of the last SECONDS_KEPT_S, with their ends.
        known_since: what ended until then may be missing; None for nothing.
    """

    hours: tuple[EvidenceSum, ...] = ()
    minutes: tuple[EvidenceSum, ...] = ()
    marks: tuple[tuple[Mark, datetime], ...] = ()
    known_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class WindowParts:
    """A window in whole seconds, minutes and hours since 1970: the parts that hold its sums."""

    seconds: range
    minutes: range
    hours: range


def judge_outcome(outcome: Outcome) -> Mark | None:
    """What an outcome says about a feature; None when it says nothing.

    Refusals, callers' errors, cancelled calls, cached answers, playground and sample traffic say
    nothing; invented answers only where inventing them was the configured primary's job, and no
    outcome where nobody knows whose job it was.
    """
    intent, is_mock_primary = outcome.intent, outcome.is_mock_primary
    if intent.source is not Source.APPLICATION or outcome.is_cached or is_mock_primary is None:
        return None
    is_failed = outcome.status is Status.ERROR
    if not is_failed and outcome.status is not Status.SUCCESS:
        return None
    # A mock that stands in for a real provider is that provider's failure.
    is_mock = is_mock_primary if outcome.provider is None else outcome.is_mock
    if outcome.is_degraded:
        is_mock = False
    if is_mock and not is_mock_primary:
        return None
    duration_s = outcome.duration_ms / 1000
    return Mark(
        intent.feature,
        is_mock,
        is_failed or outcome.is_degraded,
        sum(duration_s > limit_s for limit_s in SLOW_S),
        (intent.user or intent.request_id)[-12:],
    )


def add_tallies(tallies: Iterable[Tally]) -> Tally:
    """Their sum: of seconds, instances or features."""
    rows = list(tallies)
    return Tally(
        sum(row.n for row in rows),
        sum(row.bad for row in rows),
        tuple(sum(row.slow[i] for row in rows) for i in range(len(SLOW_S))),
        frozenset().union(*(row.bad_users for row in rows)),
        frozenset().union(*(row.slow_users for row in rows)),
    )


def plan_window(since_s: float, now_s: float) -> WindowParts:
    """The parts of the window from an instant until now: its first whole second begins it, so that
    nothing from before the instant is in it.

    One that began longer ago than seconds are kept begins with its first whole minute.
    """
    first, now = _ceil(since_s), int(now_s)
    minute, hour = _ceil(first / 60), _ceil(first / 3600)
    keeps_seconds = first > now - SECONDS_KEPT_S
    return WindowParts(
        range(first, min(minute * 60, now + 1)) if keeps_seconds else range(0),
        range(minute, min(hour * 60, now // 60 + 1)),
        range(hour, now // 3600 + 1),
    )


def _ceil(value: float) -> int:
    return int(-(-value // 1))
