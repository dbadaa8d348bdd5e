"""What every implementation of the BreakerStore port does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.adapters.memory.breakers import MemoryBreakers
from services.adapters.redis_store.breakers import RedisBreakers
from services.adapters.redis_store.connection import RedisConnection
from services.domain.breakers import BreakerRule, BreakerState, BreakerView
from services.domain.calls import Candidate
from services.domain.ports import BreakerStore
from tests.clock import FakeClock
from tests.contract.counters_bench import KINDS, PATIENCE_S, Server
from tests.redis_server import RedisClock

OPENAI = Candidate("openai", "gpt-4o-mini")
OLLAMA = Candidate("ollama", "llama3")
MILLISECOND = 0.001


class Bench:
    breakers: BreakerStore

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.seen: list[tuple[str, BreakerState]] = []

    def note(self, candidate: Candidate, view: BreakerView) -> None:
        self.seen.append((candidate.provider, view.state))

    async def fail(self, times: int, candidate: Candidate = OPENAI) -> None:
        for _ in range(times):
            permit = await self.breakers.ask(candidate)
            await self.breakers.record_failure(candidate, permit, "provider_timeout")

    async def succeed(self, times: int, candidate: Candidate = OPENAI) -> None:
        for _ in range(times):
            permit = await self.breakers.ask(candidate)
            await self.breakers.record_success(candidate, permit)


@asynccontextmanager
async def open_bench(kind: str, redis_server: Server) -> AsyncIterator[Bench]:
    if kind == "memory":
        bench = Bench(FakeClock())
        bench.breakers = MemoryBreakers(BreakerRule(), bench.clock, bench.note)
        yield bench
        return
    client = redis_server().client
    client.flushdb()
    clock = RedisClock(client)
    bench = Bench(clock)
    connection = RedisConnection(redis_server().url, call_timeout_s=PATIENCE_S)
    bench.breakers = RedisBreakers(
        BreakerRule(), connection, clock, bench.note, time_us=clock.micros
    )
    try:
        yield bench
    finally:
        await connection.close()


@pytest.fixture(params=KINDS)
async def bench(request: pytest.FixtureRequest, redis_server: Server) -> AsyncIterator[Bench]:
    async with open_bench(request.param, redis_server) as bench:
        yield bench


async def test_every_transition_is_told_once(bench: Bench) -> None:
    await bench.fail(5)
    assert (await bench.breakers.ask(OPENAI)).is_allowed is False
    bench.clock.advance(60)
    for _ in range(3):
        permit = await bench.breakers.ask(OPENAI)
        assert permit.is_probe is True
        await bench.breakers.record_success(OPENAI, permit)
    assert bench.seen == [
        ("openai", BreakerState.OPEN),
        ("openai", BreakerState.HALF_OPEN),
        ("openai", BreakerState.CLOSED),
    ]


async def test_each_candidate_has_its_own_breaker(bench: Bench) -> None:
    await bench.fail(5)
    await bench.succeed(1, OLLAMA)
    views = {v.provider: v.state for v in bench.breakers.list_views()}
    assert views == {"openai": BreakerState.OPEN, "ollama": BreakerState.CLOSED}


async def test_success_begins_the_row_of_failures_anew(bench: Bench) -> None:
    await bench.fail(4)
    await bench.succeed(1)
    await bench.fail(4)
    assert (await bench.breakers.ask(OPENAI)).is_allowed is True
    (view,) = bench.breakers.list_views()
    assert view.failures_in_row == 4


async def test_half_of_ten_calls_that_fail_open_it(bench: Bench) -> None:
    for _ in range(4):
        await bench.succeed(1)
        await bench.fail(1)
    await bench.succeed(1)
    assert (await bench.breakers.ask(OPENAI)).is_allowed is True
    await bench.fail(1)
    assert (await bench.breakers.ask(OPENAI)).is_allowed is False


async def test_successes_before_a_failure_weigh_against_it(bench: Bench) -> None:
    await bench.succeed(30)
    for _ in range(6):
        await bench.fail(1)
        await bench.succeed(1)
    assert (await bench.breakers.ask(OPENAI)).is_allowed is True
    bench.clock.advance(61)
    await bench.succeed(5)
    await bench.fail(4)
    await bench.succeed(1)
    assert (await bench.breakers.ask(OPENAI)).is_allowed is True
    await bench.fail(2)
    assert (await bench.breakers.ask(OPENAI)).is_allowed is False


async def test_view_has_times_from_now(bench: Bench) -> None:
    await bench.fail(5)
    bench.clock.advance(20)
    (view,) = bench.breakers.list_views()
    times = (view.for_s, view.not_closed_for_s, view.next_probe_in_s)
    assert times == pytest.approx((20, 20, 40), abs=MILLISECOND)
    assert view.reason == "5 failures in a row: provider_timeout"


async def test_refused_call_is_told_when_the_probe_comes(bench: Bench) -> None:
    await bench.fail(5)
    bench.clock.advance(45)
    permit = await bench.breakers.ask(OPENAI)
    assert permit.retry_after_s == pytest.approx(15, abs=MILLISECOND)


async def test_late_answer_of_an_old_probe_neither_counts_nor_frees_the_new_one(
    bench: Bench,
) -> None:
    await bench.fail(5)
    bench.clock.advance(60)
    old = await bench.breakers.ask(OPENAI)
    bench.clock.advance(60)
    new = await bench.breakers.ask(OPENAI)
    assert new.is_probe is True
    await bench.breakers.record_failure(OPENAI, old, "provider_timeout")
    await bench.breakers.release(OPENAI, old)
    assert (await bench.breakers.ask(OPENAI)).is_allowed is False
    await bench.breakers.record_success(OPENAI, new)
    assert (await bench.breakers.ask(OPENAI)).is_probe is True


async def test_released_probe_lets_the_next_one_through(bench: Bench) -> None:
    await bench.fail(5)
    bench.clock.advance(60)
    permit = await bench.breakers.ask(OPENAI)
    await bench.breakers.release(OPENAI, permit)
    assert (await bench.breakers.ask(OPENAI)).is_probe is True


async def test_failed_probe_opens_it_again_for_the_whole_time(bench: Bench) -> None:
    await bench.fail(5)
    bench.clock.advance(60)
    await bench.fail(1)
    bench.clock.advance(59)
    assert (await bench.breakers.ask(OPENAI)).is_allowed is False
    (view,) = bench.breakers.list_views()
    assert view.not_closed_for_s == pytest.approx(119, abs=MILLISECOND)
    bench.clock.advance(1)
    assert (await bench.breakers.ask(OPENAI)).is_probe is True


async def test_operator_forces_and_resets(bench: Bench) -> None:
    await bench.breakers.force(OPENAI, BreakerState.FORCED_OPEN, "maintenance")
    assert (await bench.breakers.ask(OPENAI)).is_allowed is False
    assert bench.breakers.list_views()[0].reason == "maintenance"
    await bench.breakers.force(OPENAI, BreakerState.CLOSED, "done")
    assert (await bench.breakers.ask(OPENAI)).is_allowed is True
    await bench.breakers.force(OPENAI, BreakerState.DISABLED, "let it fail")
    await bench.fail(20)
    assert (await bench.breakers.ask(OPENAI)).is_allowed is True
    assert [state for _, state in bench.seen] == [
        BreakerState.FORCED_OPEN,
        BreakerState.CLOSED,
        BreakerState.DISABLED,
    ]
