"""The circuit breaker of one provider and model: a pure state machine over outcomes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


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
        success_threshold: probes that must succeed to close it.
        probe_timeout_s: a probe that has not answered by then gives its permit back.
    """

    failure_threshold: int = 5
    success_threshold: int = 3
    reset_timeout_s: float = 60.0
    failure_ratio: float = 0.5
    minimum_calls: int = 10
    window_s: float = 60.0
    probe_timeout_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Breaker:
    """A breaker's memory. Times are seconds on one monotonic clock.

    Args:
        recent: (second, calls, failures) within the rule's window.
        since_s: when the present state began.
        not_closed_since_s: when it was last closed; half-open does not reset it.
        reason: why the present state began, in words.
    """

    state: BreakerState = BreakerState.CLOSED
    failures_in_row: int = 0
    successes_in_row: int = 0
    since_s: float = 0.0
    not_closed_since_s: float | None = None
    probe_since_s: float | None = None
    recent: tuple[tuple[int, int, int], ...] = ()
    reason: str = "never opened"


@dataclass(frozen=True, slots=True)
class BreakerView:
    """A breaker as people see it. Times are seconds from now: positive is the future."""

    provider: str
    model: str
    state: BreakerState
    reason: str
    for_s: float
    not_closed_for_s: float | None
    next_probe_in_s: float | None
    failures_in_row: int


@dataclass(frozen=True, slots=True)
class Permit:
    """Whether a call may be made, and whether it is a probe whose outcome decides."""

    is_allowed: bool
    is_probe: bool = False
    retry_after_s: float | None = None


def ask_breaker(breaker: Breaker, rule: BreakerRule, now_s: float) -> tuple[Breaker, Permit]:
    """May a call be made now? Half-open lets one probe at a time through."""
    if breaker.state in (BreakerState.CLOSED, BreakerState.DISABLED):
        return breaker, Permit(True)
    if breaker.state is BreakerState.FORCED_OPEN:
        return breaker, Permit(False)
    if breaker.state is BreakerState.OPEN:
        left = breaker.since_s + rule.reset_timeout_s - now_s
        if left > 0:
            return breaker, Permit(False, retry_after_s=left)
        breaker = replace(
            breaker,
            state=BreakerState.HALF_OPEN,
            since_s=now_s,
            successes_in_row=0,
            reason=f"open for {rule.reset_timeout_s:g} s: trying one call at a time",
        )
    probe_since = breaker.probe_since_s
    if probe_since is not None and now_s - probe_since < rule.probe_timeout_s:
        return breaker, Permit(False, retry_after_s=probe_since + rule.probe_timeout_s - now_s)
    return replace(breaker, probe_since_s=now_s), Permit(True, is_probe=True)


def record_success(breaker: Breaker, rule: BreakerRule, now_s: float, *, probe: bool) -> Breaker:
    """The breaker after a call that succeeded."""
    breaker = replace(breaker, failures_in_row=0, recent=_count(breaker, rule, now_s, failed=False))
    if breaker.state is not BreakerState.HALF_OPEN or not probe:
        return breaker
    successes = breaker.successes_in_row + 1
    if successes < rule.success_threshold:
        return replace(breaker, successes_in_row=successes, probe_since_s=None)
    return Breaker(since_s=now_s, reason=f"{successes} test calls in a row succeeded")


def record_failure(
    breaker: Breaker, rule: BreakerRule, now_s: float, *, probe: bool, cause: str
) -> Breaker:
    """The breaker after a call that failed in a way that counts."""
    recent = _count(breaker, rule, now_s, failed=True)
    breaker = replace(breaker, failures_in_row=breaker.failures_in_row + 1, recent=recent)
    if breaker.state is BreakerState.HALF_OPEN and probe:
        return _open(breaker, now_s, f"a test call failed: {cause}")
    if breaker.state is not BreakerState.CLOSED:
        return breaker
    if breaker.failures_in_row >= rule.failure_threshold:
        return _open(breaker, now_s, f"{breaker.failures_in_row} failures in a row: {cause}")
    calls = sum(n for _, n, _ in recent)
    failed = sum(n for _, _, n in recent)
    if calls >= rule.minimum_calls and failed >= rule.failure_ratio * calls:
        return _open(breaker, now_s, f"{failed} of {calls} calls in {rule.window_s:g} s failed")
    return breaker


def release_probe(breaker: Breaker) -> Breaker:
    """The breaker after a probe whose outcome must not count (cancelled, the caller's mistake)."""
    return replace(breaker, probe_since_s=None)


def force_breaker(state: BreakerState, now_s: float, reason: str) -> Breaker:
    """A breaker as an operator sets it: closed (reset), forced_open or disabled."""
    not_closed = now_s if state is BreakerState.FORCED_OPEN else None
    return Breaker(state=state, since_s=now_s, not_closed_since_s=not_closed, reason=reason)


def view_breaker(
    provider: str, model: str, breaker: Breaker, rule: BreakerRule, now_s: float
) -> BreakerView:
    """The breaker with its times relative to now."""
    next_probe = None
    if breaker.state is BreakerState.OPEN:
        next_probe = max(breaker.since_s + rule.reset_timeout_s - now_s, 0.0)
    elif breaker.state is BreakerState.HALF_OPEN:
        next_probe = 0.0
    not_closed = breaker.not_closed_since_s
    return BreakerView(
        provider,
        model,
        breaker.state,
        breaker.reason,
        now_s - breaker.since_s,
        None if not_closed is None else now_s - not_closed,
        next_probe,
        breaker.failures_in_row,
    )


def _open(breaker: Breaker, now_s: float, reason: str) -> Breaker:
    since = breaker.not_closed_since_s
    return replace(
        breaker,
        state=BreakerState.OPEN,
        since_s=now_s,
        not_closed_since_s=now_s if since is None else since,
        probe_since_s=None,
        successes_in_row=0,
        reason=reason,
    )


def _count(
    breaker: Breaker, rule: BreakerRule, now_s: float, *, failed: bool
) -> tuple[tuple[int, int, int], ...]:
    second = int(now_s)
    kept = tuple(r for r in breaker.recent if r[0] > now_s - rule.window_s)
    if kept and kept[-1][0] == second:
        _, calls, failures = kept[-1]
        return (*kept[:-1], (second, calls + 1, failures + failed))
    return (*kept, (second, 1, int(failed)))
