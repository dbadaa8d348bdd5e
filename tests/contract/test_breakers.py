"""What every implementation of the BreakerStore port does beside test_breaker_behaviours."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.domain.breakers import BreakerOrder, BreakerState
from tests.contract.breaker_bench import (
    KINDS,
    MILLISECOND,
    OLLAMA,
    OPENAI,
    Bench,
    open_bench,
)
from tests.contract.counters_bench import Server


@pytest.fixture(params=KINDS)
async def bench(request: pytest.FixtureRequest, redis_server: Server) -> AsyncIterator[Bench]:
    async with open_bench(request.param, redis_server) as bench:
        yield bench


async def test_each_candidate_has_its_own_breaker(bench: Bench) -> None:
    await bench.fail(5)
    await bench.succeed(1, OLLAMA)
    views = {v.provider: v.state for v in bench.breakers.list_views()}
    assert views == {"openai": BreakerState.OPEN, "ollama": BreakerState.CLOSED}


async def test_successes_before_a_failure_weigh_against_it(bench: Bench) -> None:
    await bench.succeed(30)
    for _ in range(6):
        await bench.fail()
        await bench.succeed()
    assert await bench.is_allowed()
    bench.clock.advance(61)
    await bench.succeed(5)
    await bench.fail(4)
    await bench.succeed()
    assert await bench.is_allowed()
    await bench.fail(2)
    assert not await bench.is_allowed()


async def test_view_has_times_from_now(bench: Bench) -> None:
    await bench.half_open(20)
    view = bench.view()
    times = (view.for_s, view.not_closed_for_s, view.next_probe_in_s)
    assert times == pytest.approx((20, 20, 40), abs=MILLISECOND)
    assert view.reason == "5 failures in a row: provider_timeout"


async def test_late_answer_of_an_old_probe_frees_nobody_elses_permit(bench: Bench) -> None:
    await bench.half_open()
    old = await bench.ask()
    bench.clock.advance(60)
    new = await bench.ask()
    assert new.is_probe is True
    await bench.breakers.release(OPENAI, old)
    assert (await bench.ask()).is_allowed is False
    await bench.breakers.record_success(OPENAI, new)
    assert (await bench.ask()).is_probe is True


async def test_released_probe_lets_the_next_one_through(bench: Bench) -> None:
    await bench.half_open()
    permit = await bench.ask()
    await bench.breakers.release(OPENAI, permit)
    assert (await bench.ask()).is_probe is True


async def test_closed_breaker_lets_calls_return_by_growing_shares(bench: Bench) -> None:
    await bench.half_open()
    await bench.succeed(3)
    shares = []
    for _ in range(3):
        shares.append(sum([await bench.is_allowed() for _ in range(400)]) / 400)
        bench.clock.advance(15)
    assert shares == [pytest.approx(0.25, abs=0.08), pytest.approx(0.5, abs=0.08), 1.0]
    assert bench.state is BreakerState.CLOSED


async def test_view_says_which_share_of_the_calls_returns(bench: Bench) -> None:
    await bench.half_open()
    assert bench.view().returning_percent is None
    await bench.succeed(3)
    found = []
    for _ in range(3):
        found.append(bench.view().returning_percent)
        bench.clock.advance(15)
    assert found == [25, 50, None]


async def test_failures_on_the_return_open_it_again_at_once_and_for_longer(bench: Bench) -> None:
    await bench.half_open()
    await bench.succeed(3)
    await bench.fail(2)
    assert bench.view().next_probe_in_s == pytest.approx(120, abs=MILLISECOND)
    assert bench.states[-2:] == [BreakerState.CLOSED, BreakerState.OPEN]


async def test_stored_order_is_followed_once(bench: Bench) -> None:
    stored = BreakerOrder(BreakerState.FORCED_OPEN, "set by ayse", bench.clock.now())
    await bench.breakers.follow(OPENAI, stored)
    assert (bench.state, bench.view().reason) == (BreakerState.FORCED_OPEN, "set by ayse")
    bench.clock.advance(1)
    await bench.set(BreakerState.CLOSED)
    await bench.breakers.follow(OPENAI, stored)
    assert bench.state is BreakerState.CLOSED
    await bench.fail(5)
    await bench.breakers.follow(OPENAI, stored)
    assert bench.state is BreakerState.OPEN


async def test_a_change_says_what_was_before_and_whether_an_operator_made_it(bench: Bench) -> None:
    await bench.fail(5)
    view = bench.view()
    assert (view.before, view.number, view.is_ordered) == (BreakerState.CLOSED, 1, False)
    await bench.set(BreakerState.DISABLED)
    view = bench.view()
    assert (view.before, view.number, view.is_ordered) == (BreakerState.OPEN, 2, True)
