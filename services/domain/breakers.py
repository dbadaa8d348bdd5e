"""The circuit breaker of one provider and model: its states, its memory and how people see it.

What changes it is in breaker_rules.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.domain.breaker_counts import Counts
from services.domain.calls import Candidate

RETURN_PERCENTS = (25, 50)
"""Shares of the calls let through while a closed breaker returns, for equal parts of the time."""

_MOST_DOUBLINGS = 30
"""Beyond it any break is longer than any limit; without it the power would overflow."""


class BreakerState(StrEnum):
    """The three states, and the two that an operator can force."""

    CLOSED = "closed"
    HALF_OPEN = "half_open"
    OPEN = "open"
    FORCED_OPEN = "forced_open"
    DISABLED = "disabled"


GAUGE = {
    BreakerState.CLOSED: 0,
    BreakerState.DISABLED: 0,
    BreakerState.HALF_OPEN: 1,
    BreakerState.OPEN: 2,
    BreakerState.FORCED_OPEN: 2,
}


@dataclass(frozen=True, slots=True)
class BreakerRule:
    """When a breaker opens and closes.

    Args:
        failure_threshold: failures in a row that open it.
        failure_ratio, minimum_calls, window_s: it opens too when at least this share of at least
            so many calls failed within the window.
        reset_timeout_s: seconds it stays open before a probe is let through.
        max_reset_timeout_s: each break that ended with a failure doubles the next, up to so long;
            no longer than `reset_timeout_s`: breaks never grow.
        success_threshold: probes that must succeed to close it.
        probe_timeout_s: a probe that has not answered by then gives its permit back.
        return_s: once closed, seconds in which calls return by shares; 0: all at once.
        return_failure_threshold: failures in a row that open it again while calls return.
    """

    failure_threshold: int = 5
    success_threshold: int = 3
    reset_timeout_s: float = 60.0
    max_reset_timeout_s: float = 300.0
    failure_ratio: float = 0.5
    minimum_calls: int = 10
    window_s: float = 60.0
    probe_timeout_s: float = 60.0
    return_s: float = 30.0
    return_failure_threshold: int = 2

    def __post_init__(self) -> None:
        counts = (self.failure_threshold, self.success_threshold, self.minimum_calls)
        times = (self.reset_timeout_s, self.window_s, self.probe_timeout_s)
        if min(*counts, self.return_failure_threshold) < 1 or min(times) <= 0:
            raise ValueError("A breaker's thresholds are at least 1 and its times above 0.")
        if not 0 < self.failure_ratio <= 1 or self.return_s < 0:
            raise ValueError("A breaker's ratio is above 0 and at most 1, its return not negative.")

    def break_s(self, failed_returns: int) -> float:
        """How long a break lasts after so many that ended with a failure."""
        grown = self.reset_timeout_s * 2.0 ** min(failed_returns, _MOST_DOUBLINGS)
        return min(grown, max(self.max_reset_timeout_s, self.reset_timeout_s))


@dataclass(frozen=True, slots=True)
class Breaker:
    """A breaker's memory. Times are seconds on one monotonic clock.

    Args:
        number: of the present state; each change raises it, so that the outcome of a call that
            began before the change is told from the others.
        before: the state before this one.
        recent: (second, calls, failures) within the rule's window.
        since_s: when the present state began.
        not_closed_since_s: when it was last closed for good; neither half-open nor a return that
            fails resets it.
        probe: the number of the last probe; `probe_since_s`: when it began, while it is out.
        returning_since_s: when calls began to return.
        failed_returns: breaks since it was closed for good that ended with a failure.
        reason: why the present state began, in words.
        is_ordered: an operator set the present state.
        ordered_at_s: when the last order that it follows was given, in seconds since 1970.
    """

    state: BreakerState = BreakerState.CLOSED
    number: int = 0
    before: BreakerState = BreakerState.CLOSED
    failures_in_row: int = 0
    successes_in_row: int = 0
    since_s: float = 0.0
    not_closed_since_s: float | None = None
    probe: int = 0
    probe_since_s: float | None = None
    returning_since_s: float | None = None
    failed_returns: int = 0
    recent: Counts = ()
    reason: str = "never opened"
    is_ordered: bool = False
    ordered_at_s: float = 0.0

    def returning_percent(self, rule: BreakerRule, now_s: float) -> int | None:
        """The share of calls let through while they return; None when all or none are."""
        if self.returning_since_s is None:
            return None
        passed_s = max(now_s - self.returning_since_s, 0.0)
        if passed_s >= rule.return_s:
            return None
        return RETURN_PERCENTS[int(passed_s / rule.return_s * len(RETURN_PERCENTS))]


@dataclass(frozen=True, slots=True)
class BreakerOrder:
    """What an operator set a breaker to: closed (reset), forced_open or disabled."""

    state: BreakerState
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BreakerView:
    """A breaker as people see it. Times are seconds from now: positive is the future.

    Args:
        returning_percent: the share of calls let through while a closed breaker returns.
        before, number, since_s, is_ordered, ordered_at_s: as of Breaker.
    """

    provider: str
    model: str
    state: BreakerState
    reason: str
    for_s: float
    not_closed_for_s: float | None
    next_probe_in_s: float | None
    failures_in_row: int
    returning_percent: int | None = None
    before: BreakerState = BreakerState.CLOSED
    number: int = 0
    since_s: float = 0.0
    is_ordered: bool = False
    ordered_at_s: float = 0.0


OnTransition = Callable[[Candidate, BreakerView], None]
"""Told of a breaker's new state."""


@dataclass(frozen=True, slots=True)
class Permit:
    """Whether a call may be made, and in which of the breaker's states it began.

    Args:
        number: the state's.
        probe: the call's number when it is a probe, whose outcome decides.
        reason: why it may not be made, in words that any caller may read.
    """

    is_allowed: bool
    number: int = 0
    probe: int | None = None
    retry_after_s: float | None = None
    reason: str = ""

    @property
    def is_probe(self) -> bool:
        return self.probe is not None


def view_breaker(
    provider: str, model: str, breaker: Breaker, rule: BreakerRule, now_s: float
) -> BreakerView:
    """The breaker with its times relative to now."""
    next_probe = None
    if breaker.state is BreakerState.OPEN:
        left_s = breaker.since_s + rule.break_s(breaker.failed_returns) - now_s
        next_probe = max(left_s, 0.0)
    elif breaker.state is BreakerState.HALF_OPEN:
        next_probe = 0.0
    not_closed = breaker.not_closed_since_s
    if breaker.state is BreakerState.CLOSED:
        not_closed = None
    return BreakerView(
        provider,
        model,
        breaker.state,
        breaker.reason,
        now_s - breaker.since_s,
        None if not_closed is None else now_s - not_closed,
        next_probe,
        breaker.failures_in_row,
        breaker.returning_percent(rule, now_s),
        breaker.before,
        breaker.number,
        breaker.since_s,
        breaker.is_ordered,
        breaker.ordered_at_s,
    )
