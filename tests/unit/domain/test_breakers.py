from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.domain.breakers import (
    GAUGE,
    Breaker,
    BreakerRule,
    BreakerState,
    ask_breaker,
    force_breaker,
    record_failure,
    record_success,
    release_probe,
    view_breaker,
)

RULE = BreakerRule()


def fail(breaker: Breaker, times: int, now_s: float, rule: BreakerRule = RULE) -> Breaker:
    for _ in range(times):
        breaker = record_failure(breaker, rule, now_s, probe=False, cause="provider_timeout")
    return breaker


def opened(now_s: float = 100.0) -> Breaker:
    return fail(Breaker(), RULE.failure_threshold, now_s)


def half_open(now_s: float = 160.0) -> Breaker:
    return ask_breaker(opened(100.0), RULE, now_s)[0]


def test_breaker_opens_at_the_fifth_failure_in_a_row() -> None:
    assert fail(Breaker(), 4, 1.0).state is BreakerState.CLOSED
    breaker = fail(Breaker(), 5, 1.0)
    assert breaker.state is BreakerState.OPEN
    assert "5 failures in a row: provider_timeout" in breaker.reason


def test_success_between_failures_starts_the_row_again() -> None:
    breaker = fail(Breaker(), 4, 1.0)
    breaker = record_success(breaker, RULE, 1.0, probe=False)
    assert fail(breaker, 4, 1.0).state is BreakerState.CLOSED


def test_half_of_ten_calls_in_the_window_opens_it() -> None:
    breaker = Breaker()
    for second in range(9):
        record = record_failure if second % 2 else record_success
        words = {"cause": "x"} if second % 2 else {}
        breaker = record(breaker, RULE, float(second), probe=False, **words)
    assert breaker.state is BreakerState.CLOSED
    breaker = record_failure(breaker, RULE, 9.0, probe=False, cause="x")
    assert breaker.state is BreakerState.OPEN
    assert "5 of 10 calls in 60 s failed" in breaker.reason


def test_calls_before_the_window_do_not_count() -> None:
    rule = BreakerRule(failure_threshold=100)
    breaker = fail(Breaker(), 9, 0.0, rule)
    assert fail(breaker, 1, 61.0, rule).state is BreakerState.CLOSED
    assert fail(breaker, 1, 59.0, rule).state is BreakerState.OPEN


def test_open_breaker_refuses_until_reset_timeout() -> None:
    breaker, permit = ask_breaker(opened(100.0), RULE, 159.5)
    assert (permit.is_allowed, permit.retry_after_s) == (False, 0.5)
    assert breaker.state is BreakerState.OPEN
    breaker, permit = ask_breaker(breaker, RULE, 160.0)
    assert (permit.is_allowed, permit.is_probe) == (True, True)
    assert breaker.state is BreakerState.HALF_OPEN


def test_half_open_lets_one_probe_at_a_time_through() -> None:
    breaker = half_open(160.0)
    breaker, permit = ask_breaker(breaker, RULE, 170.0)
    assert (permit.is_allowed, permit.retry_after_s) == (False, 50.0)
    breaker = record_success(breaker, RULE, 171.0, probe=True)
    assert ask_breaker(breaker, RULE, 171.0)[1].is_probe is True


def test_probe_that_never_answers_gives_its_permit_back() -> None:
    breaker = half_open(160.0)
    assert ask_breaker(breaker, RULE, 219.9)[1].is_allowed is False
    assert ask_breaker(breaker, RULE, 220.0)[1].is_probe is True


def test_released_probe_gives_its_permit_back_without_counting() -> None:
    breaker = release_probe(half_open())
    assert breaker.successes_in_row == 0
    assert ask_breaker(breaker, RULE, 161.0)[1].is_probe is True


def test_three_probes_that_succeed_close_it() -> None:
    breaker = half_open(160.0)
    for second in (161.0, 162.0):
        breaker = record_success(breaker, RULE, second, probe=True)
        assert breaker.state is BreakerState.HALF_OPEN
    breaker = record_success(breaker, RULE, 163.0, probe=True)
    assert breaker.state is BreakerState.CLOSED
    assert breaker.not_closed_since_s is None
    assert fail(breaker, 4, 164.0).state is BreakerState.CLOSED


def test_probe_that_fails_opens_it_for_the_whole_time_again() -> None:
    breaker = record_failure(half_open(160.0), RULE, 161.0, probe=True, cause="x")
    assert breaker.state is BreakerState.OPEN
    assert ask_breaker(breaker, RULE, 220.9)[1].is_allowed is False
    assert ask_breaker(breaker, RULE, 221.0)[1].is_allowed is True


def test_late_outcomes_of_ordinary_calls_do_not_judge_a_half_open_breaker() -> None:
    breaker = fail(half_open(), 9, 161.0)
    assert breaker.state is BreakerState.HALF_OPEN
    for _ in range(5):
        breaker = record_success(breaker, RULE, 161.0, probe=False)
    assert breaker.state is BreakerState.HALF_OPEN


def test_time_since_last_closed_survives_half_open() -> None:
    breaker = record_failure(half_open(160.0), RULE, 161.0, probe=True, cause="x")
    view = view_breaker("openai", "m", breaker, RULE, 170.0)
    assert (view.for_s, view.not_closed_for_s, view.next_probe_in_s) == (9.0, 70.0, 51.0)
    assert view_breaker("openai", "m", half_open(), RULE, 170.0).next_probe_in_s == 0.0
    assert view_breaker("openai", "m", Breaker(), RULE, 170.0).next_probe_in_s is None


@pytest.mark.parametrize(
    ("state", "is_allowed"),
    [
        (BreakerState.CLOSED, True),
        (BreakerState.DISABLED, True),
        (BreakerState.FORCED_OPEN, False),
    ],
)
def test_operator_can_force_every_end(state: BreakerState, is_allowed: bool) -> None:
    breaker = force_breaker(state, 200.0, "maintenance")
    assert ask_breaker(breaker, RULE, 9999.0)[1].is_allowed is is_allowed
    assert breaker.reason == "maintenance"


def test_forced_states_stay_whatever_happens() -> None:
    for state in (BreakerState.DISABLED, BreakerState.FORCED_OPEN):
        breaker = force_breaker(state, 1.0, "test")
        breaker = fail(breaker, 20, 2.0)
        breaker = record_success(breaker, RULE, 3.0, probe=True)
        assert breaker.state is state


def test_memory_of_calls_is_bounded_by_the_window() -> None:
    breaker = Breaker()
    for tick in range(1000):
        breaker = record_success(breaker, RULE, tick / 4, probe=False)
    assert len(breaker.recent) <= RULE.window_s


def test_every_state_has_its_gauge() -> None:
    assert GAUGE.keys() == set(BreakerState)


class BreakerMachine(RuleBasedStateMachine):
    """Any order of calls, outcomes and time; outcomes of probes come within the probe's time."""

    breaker_rule = BreakerRule(failure_threshold=3, reset_timeout_s=10, probe_timeout_s=30)

    def __init__(self) -> None:
        super().__init__()
        self.breaker = Breaker()
        self.now_s = 0.0
        self.probe_out_since_s: float | None = None
        self.calls_out = 0

    @rule(seconds=st.floats(0, 9))
    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        since = self.probe_out_since_s
        if since is not None and self.now_s - since >= self.breaker_rule.probe_timeout_s:
            self.probe_out_since_s = None

    @rule()
    def ask(self) -> None:
        self.breaker, permit = ask_breaker(self.breaker, self.breaker_rule, self.now_s)
        if permit.is_probe:
            assert self.probe_out_since_s is None, "two probes at once"
            self.probe_out_since_s = self.now_s
        elif permit.is_allowed:
            assert self.breaker.state is BreakerState.CLOSED
            self.calls_out += 1
        else:
            assert permit.retry_after_s is not None
            assert permit.retry_after_s > 0

    @precondition(lambda self: self.calls_out)
    @rule(failed=st.booleans())
    def end_call(self, failed: bool) -> None:
        self.calls_out -= 1
        self._record(failed, probe=False)

    @precondition(lambda self: self.probe_out_since_s is not None)
    @rule(outcome=st.sampled_from(["ok", "failed", "released"]))
    def end_probe(self, outcome: str) -> None:
        self.probe_out_since_s = None
        if outcome == "released":
            self.breaker = release_probe(self.breaker)
        else:
            self._record(outcome == "failed", probe=True)

    @invariant()
    def closed_breaker_has_no_past(self) -> None:
        is_closed = self.breaker.state is BreakerState.CLOSED
        assert (self.breaker.not_closed_since_s is None) is is_closed
        if is_closed:
            assert self.breaker.failures_in_row < self.breaker_rule.failure_threshold

    def _record(self, failed: bool, *, probe: bool) -> None:
        if failed:
            self.breaker = record_failure(
                self.breaker, self.breaker_rule, self.now_s, probe=probe, cause="x"
            )
        else:
            self.breaker = record_success(self.breaker, self.breaker_rule, self.now_s, probe=probe)


BreakerMachine.TestCase.settings = settings(max_examples=60, deadline=None)
TestBreakerMachine = BreakerMachine.TestCase
