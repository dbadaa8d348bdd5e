from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.domain.breaker_counts import SuccessTally
from services.domain.breaker_rules import (
    ask_breaker,
    follow_order,
    force_breaker,
    is_uneventful,
    record_failure,
    record_success,
    release_probe,
)
from services.domain.breakers import (
    GAUGE,
    Breaker,
    BreakerOrder,
    BreakerRule,
    BreakerState,
    Permit,
    view_breaker,
)

RULE = BreakerRule()
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def permit_of(breaker: Breaker) -> Permit:
    """The permit of a call that began in the present state."""
    is_probe = breaker.state is BreakerState.HALF_OPEN
    return Permit(True, breaker.number, breaker.probe if is_probe else None)


def fail(breaker: Breaker, times: int, now_s: float, rule: BreakerRule = RULE) -> Breaker:
    for _ in range(times):
        breaker = record_failure(breaker, rule, now_s, permit_of(breaker), "provider_timeout")
    return breaker


def succeed(breaker: Breaker, times: int, now_s: float, rule: BreakerRule = RULE) -> Breaker:
    for _ in range(times):
        breaker = record_success(breaker, rule, now_s, permit_of(breaker))
    return breaker


def ask(breaker: Breaker, now_s: float, rule: BreakerRule = RULE) -> tuple[Breaker, Permit]:
    return ask_breaker(breaker, rule, now_s, "request")


def opened(now_s: float = 100.0, rule: BreakerRule = RULE) -> Breaker:
    return fail(Breaker(), rule.failure_threshold, now_s, rule)


def half_open(now_s: float = 160.0) -> Breaker:
    return ask(opened(now_s - 60), now_s)[0]


def returning(now_s: float = 200.0) -> Breaker:
    return succeed(half_open(now_s), 3, now_s)


def order(state: BreakerState, after_s: float = 0.0) -> BreakerOrder:
    return BreakerOrder(state, "maintenance", NOON + timedelta(seconds=after_s))


def let_through(breaker: Breaker, now_s: float, calls: int = 2000) -> set[str]:
    names = (f"request-{number}" for number in range(calls))
    return {n for n in names if ask_breaker(breaker, RULE, now_s, n)[1].is_allowed}


def test_calls_before_the_window_do_not_count() -> None:
    rule = BreakerRule(failure_threshold=100)
    breaker = fail(Breaker(), 9, 0.0, rule)
    assert fail(breaker, 1, 61.0, rule).state is BreakerState.CLOSED
    assert fail(breaker, 1, 59.0, rule).state is BreakerState.OPEN


def test_refusal_says_why_and_when_to_come_back() -> None:
    _, permit = ask(opened(100.0), 159.5)
    assert permit.retry_after_s == 0.5
    assert permit.reason == "5 failures in a row: provider_timeout"


def test_late_outcomes_of_calls_from_an_earlier_state_count_for_nothing() -> None:
    late = Permit(True, Breaker().number)
    for breaker in (opened(), half_open(), returning()):
        assert record_failure(breaker, RULE, 201.0, late, "x") is breaker
        assert record_success(breaker, RULE, 201.0, late) is breaker


def test_a_slow_probe_still_counts_and_frees_nobody_elses_permit() -> None:
    breaker, slow = ask(opened(100.0), 160.0)
    breaker, fresh = ask(breaker, 220.0)
    breaker = record_success(breaker, RULE, 221.0, slow)
    assert breaker.successes_in_row == 1
    assert ask(breaker, 221.0)[1].is_allowed is False
    assert release_probe(breaker, slow) is breaker
    assert ask(release_probe(breaker, fresh), 221.0)[1].is_probe is True
    assert record_failure(breaker, RULE, 222.0, slow, "x").state is BreakerState.OPEN


def test_time_since_last_closed_survives_half_open_and_a_return_that_fails() -> None:
    breaker = fail(half_open(160.0), 1, 161.0)
    view = view_breaker("openai", "m", breaker, RULE, 170.0)
    assert (view.for_s, view.not_closed_for_s, view.next_probe_in_s) == (9.0, 70.0, 111.0)
    assert view_breaker("openai", "m", half_open(), RULE, 170.0).next_probe_in_s == 0.0
    assert view_breaker("openai", "m", Breaker(), RULE, 170.0).next_probe_in_s is None
    back = returning(200.0)
    assert view_breaker("openai", "m", back, RULE, 201.0).not_closed_for_s is None
    again = fail(back, 2, 210.0)
    assert view_breaker("openai", "m", again, RULE, 220.0).not_closed_for_s == 80.0


def test_calls_return_by_growing_shares() -> None:
    breaker = returning(200.0)
    percents = [
        view_breaker("openai", "m", breaker, RULE, at_s).returning_percent
        for at_s in (200.0, 214.9, 215.0, 229.9, 230.0)
    ]
    assert percents == [25, 25, 50, 50, None]
    quarter, half, all_ = (let_through(breaker, at_s) for at_s in (201.0, 216.0, 231.0))
    assert 0.21 < len(quarter) / 2000 < 0.29
    assert 0.46 < len(half) / 2000 < 0.54
    assert len(all_) == 2000
    assert quarter < half


def test_the_same_call_gets_the_same_answer_on_every_instance() -> None:
    breaker = returning(200.0)
    assert let_through(breaker, 201.0) == let_through(replace(breaker), 202.0)
    other = returning(500.0)
    assert let_through(breaker, 201.0) != let_through(other, 501.0)


def test_two_candidates_that_return_share_the_calls() -> None:
    first, second = let_through(returning(200.0), 201.0), let_through(returning(200.4), 201.0)
    assert len(second - first) > 200


def test_call_held_back_is_told_when_all_return() -> None:
    breaker = returning(200.0)
    asked = (ask_breaker(breaker, RULE, 210.0, str(number))[1] for number in range(99))
    permit = next(permit for permit in asked if not permit.is_allowed)
    assert (permit.is_allowed, permit.retry_after_s) == (False, 20.0)
    assert "25%" in permit.reason


def test_two_failures_in_a_row_end_the_return_and_single_ones_do_not() -> None:
    breaker = fail(returning(200.0), 1, 201.0)
    breaker = fail(succeed(breaker, 1, 202.0), 1, 203.0)
    assert breaker.state is BreakerState.CLOSED
    breaker = fail(breaker, 1, 204.0)
    assert breaker.state is BreakerState.OPEN
    assert breaker.reason == "2 failures in a row on its return: provider_timeout"
    assert fail(returning(200.0), 4, 231.0).state is BreakerState.CLOSED


def test_without_a_return_time_all_calls_come_back_at_once() -> None:
    rule = BreakerRule(return_s=0)
    breaker = succeed(half_open(), 3, 161.0, rule)
    assert breaker.returning_percent(rule, 161.0) is None
    assert (breaker.returning_since_s, breaker.not_closed_since_s) == (None, None)


def test_a_break_after_a_whole_return_is_short_again() -> None:
    flapping = fail(returning(200.0), 2, 205.0)
    assert view_breaker("openai", "m", flapping, RULE, 205.0).next_probe_in_s == 120.0
    settled = fail(returning(200.0), 5, 231.0)
    assert view_breaker("openai", "m", settled, RULE, 231.0).next_probe_in_s == 60.0
    assert settled.not_closed_since_s == 231.0


def test_breaks_never_grow_beyond_a_limit_below_the_first() -> None:
    rule = BreakerRule(reset_timeout_s=600, max_reset_timeout_s=300)
    assert [rule.break_s(n) for n in range(3)] == [600, 600, 600]


@pytest.mark.parametrize(
    ("state", "is_allowed"),
    [
        (BreakerState.CLOSED, True),
        (BreakerState.DISABLED, True),
        (BreakerState.FORCED_OPEN, False),
    ],
)
def test_operator_can_force_every_end(state: BreakerState, is_allowed: bool) -> None:
    breaker = force_breaker(opened(), order(state), 200.0)
    assert ask(breaker, 9999.0)[1].is_allowed is is_allowed
    assert (breaker.reason, breaker.before, breaker.is_ordered) == (
        "maintenance",
        BreakerState.OPEN,
        True,
    )


def test_an_operators_words_are_not_told_to_callers() -> None:
    breaker = force_breaker(Breaker(), order(BreakerState.FORCED_OPEN), 200.0)
    assert "maintenance" not in ask(breaker, 201.0)[1].reason


def test_stored_order_is_followed_once() -> None:
    first, second = order(BreakerState.FORCED_OPEN), order(BreakerState.CLOSED, 1)
    breaker = follow_order(Breaker(), first, 1.0)
    assert breaker.state is BreakerState.FORCED_OPEN
    assert follow_order(breaker, first, 2.0) is breaker
    closed = follow_order(breaker, second, 3.0)
    assert closed.state is BreakerState.CLOSED
    assert follow_order(closed, first, 4.0) is closed
    assert follow_order(fail(closed, 5, 4.0), second, 5.0).state is BreakerState.OPEN


def test_order_that_is_fulfilled_leaves_the_counts_alone() -> None:
    breaker = follow_order(fail(Breaker(), 3, 1.0), order(BreakerState.CLOSED), 2.0)
    assert (breaker.failures_in_row, breaker.is_ordered) == (3, False)


def test_an_operator_is_obeyed_however_his_clock_goes() -> None:
    breaker = force_breaker(Breaker(), order(BreakerState.FORCED_OPEN, 60), 1.0)
    late = force_breaker(breaker, order(BreakerState.CLOSED), 2.0)
    assert late.state is BreakerState.CLOSED
    assert follow_order(late, order(BreakerState.FORCED_OPEN, 60), 3.0) is late


def test_memory_of_calls_is_bounded_by_the_window() -> None:
    breaker, tally = Breaker(), SuccessTally(RULE.window_s)
    for tick in range(1000):
        breaker = succeed(breaker, 1, tick / 4)
        tally.add(tick / 4)
    assert len(breaker.recent) <= RULE.window_s
    assert tally.take() == breaker.recent


def test_tally_gets_back_what_was_not_used() -> None:
    tally = SuccessTally(60)
    for at_s in (1.0, 1.5, 2.0):
        tally.add(at_s)
    taken = tally.take()
    assert bool(tally) is False
    tally.add(2.5)
    tally.give_back(taken)
    assert tally.take() == ((1, 2, 0), (2, 2, 0))


def test_only_a_success_that_follows_no_failure_is_uneventful() -> None:
    assert is_uneventful(Breaker(), Permit(True)) is True
    assert is_uneventful(fail(Breaker(), 1, 1.0), Permit(True)) is False
    assert is_uneventful(half_open(), permit_of(half_open())) is False
    assert is_uneventful(returning(), Permit(True)) is False


def test_every_state_has_its_gauge() -> None:
    assert GAUGE.keys() == set(BreakerState)


@given(st.lists(st.integers(0, 10**9), max_size=40), st.integers(0, 2000))
def test_break_is_never_shorter_than_the_first_nor_longer_than_the_limit(
    times: list[int], failed: int
) -> None:
    breaks = [RULE.break_s(n) for n in sorted([*times, failed])]
    assert breaks == sorted(breaks)
    assert set(breaks) <= {60.0, 120.0, 240.0, 300.0}


class BreakerMachine(RuleBasedStateMachine):
    """Any order of calls, outcomes, orders and time, with outcomes that come at any time."""

    breaker_rule = BreakerRule(
        failure_threshold=3, reset_timeout_s=10, max_reset_timeout_s=40, probe_timeout_s=30
    )

    def __init__(self) -> None:
        super().__init__()
        self.breaker = Breaker()
        self.now_s = 0.0
        self.requests = 0
        self.out: list[Permit] = []

    @rule(seconds=st.floats(0, 9))
    def wait(self, seconds: float) -> None:
        self.now_s += seconds

    @rule()
    def ask(self) -> None:
        self.requests += 1
        known = self.breaker
        self.breaker, permit = ask_breaker(known, self.breaker_rule, self.now_s, str(self.requests))
        if permit.is_probe:
            since_s = known.probe_since_s
            is_free = since_s is None or self.now_s - since_s >= self.breaker_rule.probe_timeout_s
            assert is_free, "two probes at once"
        if permit.is_allowed:
            self.out.append(permit)
        elif self.breaker.state is not BreakerState.FORCED_OPEN:
            assert permit.retry_after_s is not None
            assert permit.retry_after_s > 0

    @precondition(lambda self: self.out)
    @rule(outcome=st.sampled_from(["ok", "failed", "released"]), data=st.data())
    def end_call(self, outcome: str, data: Any) -> None:
        permit = self.out.pop(data.draw(st.integers(0, len(self.out) - 1)))
        before = self.breaker
        if outcome == "released":
            self.breaker = release_probe(self.breaker, permit)
        elif outcome == "failed":
            self.breaker = record_failure(self.breaker, self.breaker_rule, self.now_s, permit, "x")
        else:
            self.breaker = record_success(self.breaker, self.breaker_rule, self.now_s, permit)
        if permit.number != before.number:
            assert self.breaker is before

    @rule(state=st.sampled_from([BreakerState.CLOSED, BreakerState.FORCED_OPEN]))
    def order(self, state: BreakerState) -> None:
        self.breaker = force_breaker(self.breaker, order(state, self.now_s), self.now_s)

    @invariant()
    def state_and_memory_agree(self) -> None:
        breaker = self.breaker
        if breaker.state in {BreakerState.OPEN, BreakerState.HALF_OPEN, BreakerState.FORCED_OPEN}:
            assert breaker.not_closed_since_s is not None
        if breaker.not_closed_since_s is not None and breaker.state is BreakerState.CLOSED:
            assert breaker.returning_since_s is not None
        if breaker.state is BreakerState.CLOSED:
            assert breaker.failures_in_row < self.breaker_rule.failure_threshold
            assert breaker.probe_since_s is None


BreakerMachine.TestCase.settings = settings(max_examples=60, deadline=None)
TestBreakerMachine = BreakerMachine.TestCase
