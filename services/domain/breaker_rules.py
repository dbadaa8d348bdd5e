"""What changes a circuit breaker: a pure state machine over questions, outcomes and orders."""

from __future__ import annotations

from dataclasses import replace

import mmh3

from services.domain.breaker_counts import Counts, add_counts
from services.domain.breakers import Breaker, BreakerOrder, BreakerRule, BreakerState, Permit

_LEAST_ORDER_S = 1e-6


def ask_breaker(
    breaker: Breaker, rule: BreakerRule, now_s: float, request_id: str
) -> tuple[Breaker, Permit]:
    """May a call be made now? Half-open lets one probe at a time through.

    Args:
        request_id: decides, while calls return, whether this one belongs to the share let through.
    """
    if breaker.state is BreakerState.CLOSED:
        if breaker.returning_since_s is None:
            return breaker, Permit(True, breaker.number)
        return breaker, _ask_returning(breaker, rule, now_s, request_id)
    if breaker.state is BreakerState.DISABLED:
        return breaker, Permit(True, breaker.number)
    if breaker.state is BreakerState.FORCED_OPEN:
        return breaker, Permit(False, breaker.number, reason="an operator holds its breaker open")
    if breaker.state is BreakerState.OPEN:
        break_s = rule.break_s(breaker.failed_returns)
        left_s = breaker.since_s + break_s - now_s
        if left_s > 0:
            return breaker, _refuse(breaker, left_s)
        breaker = replace(
            _enter(breaker, BreakerState.HALF_OPEN, now_s),
            reason=f"open for {break_s:g} s: trying one call at a time",
        )
    since_s = breaker.probe_since_s
    if since_s is not None and now_s - since_s < rule.probe_timeout_s:
        return breaker, _refuse(breaker, since_s + rule.probe_timeout_s - now_s)
    breaker = replace(breaker, probe=breaker.probe + 1, probe_since_s=now_s)
    return breaker, Permit(True, breaker.number, breaker.probe)


def is_uneventful(breaker: Breaker, permit: Permit) -> bool:
    """Whether a success changes nothing but the count of calls."""
    is_same = permit.number == breaker.number
    return is_same and not breaker.failures_in_row and breaker.state is BreakerState.CLOSED


def record_success(breaker: Breaker, rule: BreakerRule, now_s: float, permit: Permit) -> Breaker:
    """The breaker after a call that succeeded; a call from before the present state is no news."""
    if permit.number != breaker.number:
        return breaker
    recent = _count(breaker, rule, now_s, failed=False)
    breaker = replace(release_probe(breaker, permit), failures_in_row=0, recent=recent)
    if breaker.state is not BreakerState.HALF_OPEN:
        return breaker
    successes = breaker.successes_in_row + 1
    if successes < rule.success_threshold:
        return replace(breaker, successes_in_row=successes)
    reason = f"test calls in a row that succeeded: {successes}"
    closed = replace(_enter(breaker, BreakerState.CLOSED, now_s), recent=(), reason=reason)
    if rule.return_s > 0:
        return replace(closed, returning_since_s=now_s)
    return replace(closed, failed_returns=0, not_closed_since_s=None)


def record_failure(
    breaker: Breaker, rule: BreakerRule, now_s: float, permit: Permit, cause: str
) -> Breaker:
    """The breaker after a call that failed in a way that counts."""
    if permit.number != breaker.number:
        return breaker
    recent = _count(breaker, rule, now_s, failed=True)
    breaker = replace(breaker, failures_in_row=breaker.failures_in_row + 1, recent=recent)
    if breaker.state is BreakerState.HALF_OPEN:
        return _open(breaker, rule, now_s, f"a test call failed: {cause}")
    if breaker.state is not BreakerState.CLOSED:
        return breaker
    in_row = breaker.failures_in_row
    is_returning = breaker.returning_percent(rule, now_s) is not None
    if is_returning and in_row >= rule.return_failure_threshold:
        return _open(breaker, rule, now_s, f"{in_row} failures in a row on its return: {cause}")
    if in_row >= rule.failure_threshold:
        return _open(breaker, rule, now_s, f"{in_row} failures in a row: {cause}")
    calls = sum(n for _, n, _ in recent)
    failed = sum(n for _, _, n in recent)
    if calls >= rule.minimum_calls and failed >= rule.failure_ratio * calls:
        reason = f"{failed} of {calls} calls in {rule.window_s:g} s failed: {cause}"
        return _open(breaker, rule, now_s, reason)
    return breaker


def release_probe(breaker: Breaker, permit: Permit) -> Breaker:
    """The breaker after a call whose outcome must not count (cancelled, the caller's mistake):
    the permit is given back, unless another probe has it by now."""
    is_out = breaker.probe_since_s is not None and permit.probe == breaker.probe
    if not is_out or permit.number != breaker.number:
        return breaker
    return replace(breaker, probe_since_s=None)


def force_breaker(breaker: Breaker, order: BreakerOrder, now_s: float) -> Breaker:
    """The breaker as an operator sets it."""
    at_s = max(order.at.timestamp(), breaker.ordered_at_s + _LEAST_ORDER_S)
    return Breaker(
        state=order.state,
        number=breaker.number + 1,
        before=breaker.state,
        since_s=now_s,
        not_closed_since_s=now_s if order.state is BreakerState.FORCED_OPEN else None,
        probe=breaker.probe,
        reason=order.reason,
        is_ordered=True,
        ordered_at_s=at_s,
    )


def follow_order(breaker: Breaker, order: BreakerOrder, now_s: float) -> Breaker:
    """The breaker once it follows a stored order; unchanged when it did, or follows a later one."""
    at_s = order.at.timestamp()
    if at_s <= breaker.ordered_at_s:
        return breaker
    if order.state is breaker.state:
        return replace(breaker, ordered_at_s=at_s)
    return force_breaker(breaker, order, now_s)


def with_counts(breaker: Breaker, counts: Counts) -> Breaker:
    """The breaker with these counts added to its own."""
    return replace(breaker, recent=add_counts(breaker.recent, counts)) if counts else breaker


def _ask_returning(breaker: Breaker, rule: BreakerRule, now_s: float, request_id: str) -> Permit:
    percent = breaker.returning_percent(rule, now_s)
    since_s = breaker.returning_since_s
    if percent is None or since_s is None:
        return Permit(True, breaker.number)
    # Seeded by the moment: alike on all instances, and unlike another breaker that returns.
    seed = int(since_s * 1000) & 0xFFFFFFFF
    if mmh3.hash(request_id, seed, signed=False) % 100 < percent:
        return Permit(True, breaker.number)
    return Permit(
        False,
        breaker.number,
        retry_after_s=since_s + rule.return_s - now_s,
        reason=f"it comes back from a failure, and {percent}% of the calls go to it",
    )


def _refuse(breaker: Breaker, retry_after_s: float) -> Permit:
    return Permit(False, breaker.number, retry_after_s=retry_after_s, reason=breaker.reason)


def _open(breaker: Breaker, rule: BreakerRule, now_s: float, reason: str) -> Breaker:
    is_closed = breaker.state is BreakerState.CLOSED
    is_new = is_closed and breaker.returning_percent(rule, now_s) is None
    since_s = now_s if is_new else breaker.not_closed_since_s
    return replace(
        _enter(breaker, BreakerState.OPEN, now_s),
        failures_in_row=breaker.failures_in_row,
        not_closed_since_s=now_s if since_s is None else since_s,
        failed_returns=0 if is_new else breaker.failed_returns + 1,
        reason=reason,
    )


def _enter(breaker: Breaker, state: BreakerState, now_s: float) -> Breaker:
    """The breaker at the beginning of another state, with what outlives a state."""
    return replace(
        breaker,
        state=state,
        number=breaker.number + 1,
        before=breaker.state,
        failures_in_row=breaker.failures_in_row if state is BreakerState.HALF_OPEN else 0,
        successes_in_row=0,
        since_s=now_s,
        probe_since_s=None,
        returning_since_s=None,
        is_ordered=False,
    )


def _count(breaker: Breaker, rule: BreakerRule, now_s: float, *, failed: bool) -> Counts:
    second = int(now_s)
    kept = tuple(r for r in breaker.recent if r[0] > now_s - rule.window_s)
    if kept and kept[-1][0] == second:
        _, calls, failures = kept[-1]
        return (*kept[:-1], (second, calls + 1, failures + failed))
    return (*kept, (second, 1, int(failed)))
