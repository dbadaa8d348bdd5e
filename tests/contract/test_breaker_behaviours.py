"""The 42 behaviours that breakers of other products are tested for, and what becomes of each here.

`BEHAVIOURS` names the test of each number, or says why it does not apply. Those of this file run on
every store; those about calls run on a real gateway (GATEWAY), some on Redis alone (REDIS).
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from services.adapters.redis_store.breaker_mirror import decode_breaker, encode_breaker
from services.domain.breaker_rules import ask_breaker
from services.domain.breakers import Breaker, BreakerRule, BreakerState
from tests.contract.breaker_bench import (
    CAUSE,
    KINDS,
    MILLISECOND,
    OPENAI,
    Bench,
    count_allowed,
    open_bench,
)
from tests.contract.counters_bench import Server

HERE = __name__
GATEWAY = "tests.integration.test_breaker_behaviours"
REDIS = "tests.contract.test_redis_breakers"


@dataclass(frozen=True)
class Test:
    """The test of a behaviour."""

    __test__ = False
    name: str
    module: str = HERE


@dataclass(frozen=True)
class NotHere:
    """A behaviour that does not apply, with the reason."""

    behaviour: str
    reason: str


BEHAVIOURS: dict[int, Test | NotHere] = {
    1: Test("test_success_keeps_it_closed_without_failures"),
    2: Test("test_failures_below_the_threshold_keep_it_closed"),
    3: Test("test_success_begins_the_row_of_failures_anew"),
    4: Test("test_it_opens_exactly_at_the_threshold"),
    5: Test("test_share_of_failures_opens_it_only_with_enough_calls"),
    6: Test("test_when_all_calls_fail_it_opens_after_five_of_them"),
    7: Test("test_share_that_is_just_reached_opens_it_but_never_on_a_success"),
    8: Test("test_failures_of_two_minutes_count_in_one_window"),
    9: Test("test_failures_are_forgotten_exactly_at_the_windows_end"),
    10: NotHere(
        "slow calls open it without errors",
        "slow calls of a feature are judged by the rollout's rule on its P95, which lowers the "
        "percentage instead of cutting the provider off; a call beyond the timeouts is a failure "
        "(15).",
    ),
    11: Test("test_callers_own_mistakes_never_count", GATEWAY),
    12: NotHere(
        "an error filter gets the call's arguments",
        "whether an error counts is one attribute of its class (errors.counts_for_breaker), and "
        "nobody can plug in another rule.",
    ),
    13: NotHere(
        "a warm-up period does not open it",
        "a new instance of a fleet takes over what the fleet knows, and a provider that fails five "
        "calls in a row fails, however young the process is.",
    ),
    14: Test("test_calls_that_clients_give_up_never_count", GATEWAY),
    15: Test("test_timeouts_count_and_give_the_permit_back", GATEWAY),
    16: Test("test_open_breaker_spares_the_provider_and_says_why_and_until_when", GATEWAY),
    17: Test("test_refusals_do_not_grow_with_their_number", GATEWAY),
    18: Test("test_opening_is_told_once_however_many_calls_fail_late"),
    19: Test("test_next_candidate_is_called_once_after_a_timeout", GATEWAY),
    20: Test("test_forced_open_stays_until_an_operator_resets_it"),
    21: Test("test_switched_off_breaker_counts_and_never_blocks"),
    22: Test("test_no_probe_before_the_break_is_over"),
    23: Test("test_one_probe_at_a_time_and_everybody_else_is_refused"),
    24: Test("test_many_callers_at_once_make_one_change_to_half_open"),
    25: Test("test_failed_probe_opens_it_again_with_a_fresh_timer"),
    26: Test("test_probes_must_succeed_in_a_row"),
    27: NotHere(
        "an error that is filtered out closes it",
        "a refused request does not show that the model answers: the permit goes back and the next "
        "call decides (30).",
    ),
    28: Test("test_half_open_needs_no_minimum_of_calls"),
    29: Test("test_probe_that_hangs_gives_its_permit_back"),
    30: Test("test_probe_that_was_the_callers_mistake_gives_its_permit_back", GATEWAY),
    31: Test("test_probes_that_never_return_are_at_most_one_in_each_timeout"),
    32: Test("test_breaks_grow_to_a_limit_without_overflow"),
    33: Test("test_state_survives_being_stored_and_goes_on_with_the_time_passed"),
    34: Test("test_new_instance_takes_over_what_the_fleet_knows", REDIS),
    35: Test("test_breakers_go_on_without_redis_and_are_shared_again", REDIS),
    36: Test("test_threshold_holds_for_thousands_of_calls_at_once"),
    37: Test("test_every_change_is_told_once_and_staying_is_none"),
    38: Test("test_reset_closes_it_before_the_time"),
    39: Test("test_switched_off_breaker_is_still_measured", GATEWAY),
    40: NotHere(
        "a failed health check may open it",
        "a health check is an operator's question, from one machine and without a user; the calls "
        "themselves tell within five of them.",
    ),
    41: Test("test_rule_that_makes_no_sense_is_refused"),
    42: Test("test_the_same_candidate_is_the_same_breaker"),
}


def test_each_behaviour_has_its_test_or_its_reason() -> None:
    assert list(BEHAVIOURS) == list(range(1, 43))
    for number, entry in BEHAVIOURS.items():
        if isinstance(entry, Test):
            assert callable(getattr(importlib.import_module(entry.module), entry.name)), number
        else:
            assert entry.reason.endswith("."), number
    names = [entry.name for entry in BEHAVIOURS.values() if isinstance(entry, Test)]
    assert len(names) == len(set(names)) == 37


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def bench(kind: str, redis_server: Server) -> AsyncIterator[Bench]:
    async with open_bench(kind, redis_server) as bench:
        yield bench


async def test_success_keeps_it_closed_without_failures(bench: Bench) -> None:
    await bench.succeed()
    assert (bench.state, bench.view().failures_in_row) == (BreakerState.CLOSED, 0)


async def test_failures_below_the_threshold_keep_it_closed(bench: Bench) -> None:
    await bench.fail(4)
    assert (bench.state, bench.view().failures_in_row) == (BreakerState.CLOSED, 4)
    assert await bench.is_allowed()


async def test_success_begins_the_row_of_failures_anew(bench: Bench) -> None:
    await bench.fail(4)
    await bench.succeed()
    await bench.fail(4)
    assert await bench.is_allowed()
    assert bench.view().failures_in_row == 4


async def test_it_opens_exactly_at_the_threshold(bench: Bench) -> None:
    await bench.fail(4)
    assert bench.states == []
    await bench.fail()
    assert bench.states == [BreakerState.OPEN]
    assert not await bench.is_allowed()


async def test_share_of_failures_opens_it_only_with_enough_calls(bench: Bench) -> None:
    for _ in range(4):
        await bench.succeed()
        await bench.fail()
    # Nine calls: more than half failed, and nine are not ten.
    await bench.fail()
    assert bench.state is BreakerState.CLOSED
    await bench.succeed()
    await bench.fail()
    assert bench.view().reason == "6 of 11 calls in 60 s failed: provider_timeout"
    assert bench.state is BreakerState.OPEN


async def test_when_all_calls_fail_it_opens_after_five_of_them(bench: Bench) -> None:
    assert BreakerRule().minimum_calls <= 10
    calls = 0
    while await bench.is_allowed():
        await bench.fail()
        calls += 1
        # Traffic so thin that two calls in a row never share a window.
        bench.clock.advance(90 if calls < 5 else 0)
    assert calls == 5


async def test_share_that_is_just_reached_opens_it_but_never_on_a_success(bench: Bench) -> None:
    for _ in range(4):
        await bench.fail()
        await bench.succeed()
    await bench.fail()
    # The tenth call makes five of ten, and it is a success.
    await bench.succeed()
    assert bench.state is BreakerState.CLOSED
    await bench.succeed()
    await bench.fail()
    assert bench.view().reason == "6 of 12 calls in 60 s failed: provider_timeout"


async def test_failures_of_two_minutes_count_in_one_window(bench: Bench) -> None:
    bench.clock.advance(55 - bench.clock.now().second)
    for _ in range(4):
        await bench.fail()
        await bench.succeed()
    bench.clock.advance(10)
    await bench.succeed()
    await bench.fail()
    assert bench.state is BreakerState.OPEN


@pytest.mark.parametrize(("pause_s", "is_open"), [(59, True), (60, False)])
async def test_failures_are_forgotten_exactly_at_the_windows_end(
    bench: Bench, pause_s: int, is_open: bool
) -> None:
    for _ in range(4):
        await bench.fail()
        await bench.succeed()
    bench.clock.advance(pause_s)
    await bench.succeed()
    await bench.fail()
    assert (bench.state is BreakerState.OPEN) is is_open


async def test_opening_is_told_once_however_many_calls_fail_late(bench: Bench) -> None:
    permits = [await bench.ask() for _ in range(20)]
    for permit in permits[:10]:
        await bench.breakers.record_failure(OPENAI, permit, CAUSE)
    bench.clock.advance(60)
    await bench.succeed(3)
    for permit in permits[10:]:
        await bench.breakers.record_failure(OPENAI, permit, CAUSE)
    assert bench.states == [BreakerState.OPEN, BreakerState.HALF_OPEN, BreakerState.CLOSED]
    assert bench.view().failures_in_row == 0


async def test_forced_open_stays_until_an_operator_resets_it(bench: Bench) -> None:
    await bench.set(BreakerState.FORCED_OPEN, "maintenance")
    bench.clock.advance(24 * 3600)
    assert not await bench.is_allowed()
    assert bench.view().reason == "maintenance"
    await bench.set(BreakerState.CLOSED)
    assert await bench.is_allowed()


async def test_switched_off_breaker_counts_and_never_blocks(bench: Bench) -> None:
    await bench.set(BreakerState.DISABLED)
    await bench.fail(20)
    assert await bench.is_allowed()
    assert (bench.state, bench.view().failures_in_row) == (BreakerState.DISABLED, 20)


async def test_no_probe_before_the_break_is_over(bench: Bench) -> None:
    await bench.half_open(59)
    permit = await bench.ask()
    assert permit.is_allowed is False
    assert permit.retry_after_s == pytest.approx(1, abs=MILLISECOND)
    bench.clock.advance(1)
    assert (await bench.ask()).is_probe is True


async def test_one_probe_at_a_time_and_everybody_else_is_refused(bench: Bench) -> None:
    await bench.half_open()
    for _ in range(3):
        probe = await bench.ask()
        assert count_allowed([await bench.ask() for _ in range(10)]) == 0
        await bench.breakers.record_success(OPENAI, probe)
    assert bench.state is BreakerState.CLOSED


async def test_many_callers_at_once_make_one_change_to_half_open(bench: Bench) -> None:
    await bench.half_open()
    permits = await asyncio.gather(*(bench.ask() for _ in range(50)))
    assert count_allowed(permits) == 1
    assert bench.states == [BreakerState.OPEN, BreakerState.HALF_OPEN]


async def test_failed_probe_opens_it_again_with_a_fresh_timer(bench: Bench) -> None:
    await bench.half_open(75)
    await bench.fail()
    assert bench.view().next_probe_in_s == pytest.approx(120, abs=MILLISECOND)
    bench.clock.advance(119)
    assert not await bench.is_allowed()
    bench.clock.advance(1)
    assert (await bench.ask()).is_probe is True


async def test_probes_must_succeed_in_a_row(bench: Bench) -> None:
    await bench.half_open()
    await bench.succeed(2)
    await bench.fail()
    bench.clock.advance(120)
    await bench.succeed(2)
    assert bench.state is BreakerState.HALF_OPEN
    await bench.succeed()
    assert bench.state is BreakerState.CLOSED


async def test_half_open_needs_no_minimum_of_calls(kind: str, redis_server: Server) -> None:
    rule = BreakerRule(minimum_calls=1000)
    async with open_bench(kind, redis_server, rule) as bench:
        await bench.half_open()
        await bench.fail()
        assert bench.view().reason == "a test call failed: provider_timeout"
        assert bench.state is BreakerState.OPEN


async def test_probe_that_hangs_gives_its_permit_back(bench: Bench) -> None:
    await bench.half_open()
    hung = await bench.ask()
    bench.clock.advance(59)
    assert not await bench.is_allowed()
    bench.clock.advance(1)
    await bench.succeed(3)
    await bench.breakers.record_failure(OPENAI, hung, CAUSE)
    assert bench.state is BreakerState.CLOSED


async def test_probes_that_never_return_are_at_most_one_in_each_timeout(bench: Bench) -> None:
    await bench.half_open()
    probes = 0
    for _ in range(6 * 60):
        probes += (await bench.ask()).is_allowed
        bench.clock.advance(1)
    assert probes == 6


async def test_breaks_grow_to_a_limit_without_overflow(bench: Bench) -> None:
    await bench.fail(5)
    breaks = []
    for _ in range(40):
        break_s = bench.view().next_probe_in_s
        assert break_s is not None
        breaks.append(round(break_s))
        bench.clock.advance(break_s + MILLISECOND)
        await bench.fail()
    assert breaks == [60, 120, 240] + [300] * 37
    assert BreakerRule().break_s(10**9) == 300


def test_state_survives_being_stored_and_goes_on_with_the_time_passed() -> None:
    breaker = Breaker(
        state=BreakerState.OPEN, before=BreakerState.HALF_OPEN, number=7,
        since_s=100.5, not_closed_since_s=40.25, recent=((99, 12, 6),), failed_returns=1,
        reason="6 of 12 calls failed", ordered_at_s=3.5,
    )  # fmt: skip
    read = decode_breaker(4, encode_breaker(breaker))
    assert read is not None
    assert (read.shared, read.version) == (breaker, 4)
    # Equal text is not enough: the states are compared by identity.
    assert read.shared.state is BreakerState.OPEN
    assert read.shared.before is BreakerState.HALF_OPEN
    _, early = ask_breaker(read.shared, BreakerRule(), 220.0, "r")
    probing, permit = ask_breaker(read.shared, BreakerRule(), 220.5, "r")
    assert (early.is_allowed, permit.is_probe, probing.state) == (
        False,
        True,
        BreakerState.HALF_OPEN,
    )


async def test_threshold_holds_for_thousands_of_calls_at_once(bench: Bench) -> None:
    calls = 0

    async def call() -> None:
        nonlocal calls
        for _ in range(2000):
            permit = await bench.ask()
            if permit.is_allowed:
                calls += 1
                await asyncio.sleep(0)
                await bench.breakers.record_failure(OPENAI, permit, CAUSE)

    await asyncio.gather(*(call() for _ in range(3)))
    # The fifth failure opens it; two more calls may be on their way by then.
    assert 5 <= calls <= 7
    assert bench.states == [BreakerState.OPEN]


async def test_every_change_is_told_once_and_staying_is_none(bench: Bench) -> None:
    await bench.set(BreakerState.CLOSED)
    await bench.half_open()
    await bench.succeed(3)
    bench.clock.advance(30)
    await bench.succeed(3)
    await bench.set(BreakerState.CLOSED)
    assert bench.states == [BreakerState.OPEN, BreakerState.HALF_OPEN, BreakerState.CLOSED]


async def test_reset_closes_it_before_the_time(bench: Bench) -> None:
    await bench.half_open(1)
    await bench.set(BreakerState.CLOSED, "mended")
    assert (bench.state, bench.view().reason) == (BreakerState.CLOSED, "mended")
    assert count_allowed([await bench.ask() for _ in range(20)]) == 20


@pytest.mark.parametrize(
    "wrong",
    [
        {"failure_threshold": 0},
        {"success_threshold": -1},
        {"minimum_calls": 0},
        {"return_failure_threshold": 0},
        {"reset_timeout_s": 0},
        {"window_s": -1},
        {"probe_timeout_s": 0},
        {"return_s": -1},
        {"failure_ratio": 0},
        {"failure_ratio": 1.01},
    ],
    ids=str,
)
def test_rule_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="A breaker's"):
        BreakerRule(**wrong)  # type: ignore[arg-type]


async def test_the_same_candidate_is_the_same_breaker(bench: Bench) -> None:
    await bench.fail(3)
    await bench.fail(2, type(OPENAI)("openai", "gpt-4o-mini"))
    assert bench.states == [BreakerState.OPEN]
    assert len(bench.breakers.list_views()) == 1
