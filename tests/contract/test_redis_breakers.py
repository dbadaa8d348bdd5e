"""What only breakers of a fleet do: they are shared, probe once, and go on without Redis."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from services.adapters.redis_store.breakers import RedisBreakers
from services.adapters.redis_store.connection import RedisConnection
from services.domain.breakers import BreakerRule, BreakerState, Permit
from tests.contract.breaker_bench import CAUSE, OPENAI, order
from tests.contract.counters_bench import PATIENCE_S, SILENCE_S, Server
from tests.redis_server import RedisClock, RedisServer

RULE = BreakerRule()


class Fleet:
    """Instances on one Redis, in one process: each has its own connection and mirror."""

    def __init__(self, server: RedisServer) -> None:
        server.client.flushdb()
        self.server = server
        self.clock = RedisClock(server.client)
        self.connections: list[RedisConnection] = []

    def instance(self, call_timeout_s: float = PATIENCE_S) -> RedisBreakers:
        connection = RedisConnection(self.server.url, call_timeout_s=call_timeout_s, down_s=0.1)
        self.connections.append(connection)
        return RedisBreakers(
            RULE, connection, self.clock, lambda *_: None, time_us=self.clock.micros
        )


@asynccontextmanager
async def open_fleet(server: RedisServer) -> AsyncIterator[Fleet]:
    fleet = Fleet(server)
    try:
        yield fleet
    finally:
        for connection in fleet.connections:
            await connection.close()


@pytest.fixture
async def fleet(redis_server: Server) -> AsyncIterator[Fleet]:
    async with open_fleet(redis_server()) as fleet:
        yield fleet


async def ask(breakers: RedisBreakers) -> Permit:
    return await breakers.ask(OPENAI, "request")


async def fail(breakers: RedisBreakers, times: int = 1) -> None:
    for _ in range(times):
        await breakers.record_failure(OPENAI, await ask(breakers), CAUSE)


def state_of(breakers: RedisBreakers) -> BreakerState:
    (view,) = breakers.list_views()
    return view.state


async def eventually(look: Callable[[], bool], within_s: float = 8.0) -> None:
    deadline = time.monotonic() + within_s
    while not look():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def test_failures_of_all_instances_count_together(fleet: Fleet) -> None:
    one, two = fleet.instance(), fleet.instance()
    await fail(one, 3)
    await fail(two, 1)
    assert state_of(two) is BreakerState.CLOSED
    await fail(two, 1)
    assert state_of(two) is BreakerState.OPEN
    await one.synchronise()
    assert (await ask(one)).is_allowed is False


async def test_what_was_read_before_a_change_does_not_undo_it(fleet: Fleet) -> None:
    breakers = fleet.instance()
    await fail(breakers, 4)
    permit = await ask(breakers)
    lock = breakers._locks[OPENAI]
    async with lock:
        changing = asyncio.create_task(breakers.record_failure(OPENAI, permit, CAUSE))
        await asyncio.sleep(0)  # it queues first for the lock, so that what is read next is old
        reading = asyncio.create_task(breakers.synchronise())
        await eventually(lambda: len(lock._waiters or ()) == 2)
    await changing
    await reading
    assert state_of(breakers) is BreakerState.OPEN


async def test_failures_at_the_same_moment_are_all_counted(fleet: Fleet) -> None:
    instances = [fleet.instance() for _ in range(4)]
    await asyncio.gather(*(fail(breakers) for breakers in instances))
    for breakers in instances:
        await breakers.synchronise()
        (view,) = breakers.list_views()
        assert view.failures_in_row == 4


async def test_one_instance_of_all_gets_the_probe(fleet: Fleet) -> None:
    instances = [fleet.instance() for _ in range(6)]
    await fail(instances[0], 5)
    for breakers in instances:
        await breakers.synchronise()
    for _ in range(3):
        fleet.clock.advance(60)
        permits = await asyncio.gather(*(ask(b) for b in instances for _ in range(5)))
        assert sum(permit.is_allowed for permit in permits) == 1


async def test_successes_elsewhere_weigh_against_failures_here(fleet: Fleet) -> None:
    busy, unlucky = fleet.instance(), fleet.instance()
    for _ in range(40):
        await busy.record_success(OPENAI, await ask(busy))
    await fail(unlucky, 1)
    await busy.synchronise()
    for _ in range(8):
        await unlucky.record_success(OPENAI, await ask(unlucky))
        await fail(unlucky, 1)
    assert state_of(unlucky) is BreakerState.CLOSED


async def test_call_that_succeeds_costs_no_trip(fleet: Fleet) -> None:
    breakers = fleet.instance()
    await breakers.synchronise()
    before = fleet.server.client.info("commandstats")["cmdstat_evalsha"]["calls"]
    for _ in range(50):
        await breakers.record_success(OPENAI, await ask(breakers))
    after = fleet.server.client.info("commandstats")["cmdstat_evalsha"]["calls"]
    assert after - before < 5


async def test_new_instance_takes_over_what_the_fleet_knows(fleet: Fleet) -> None:
    await fail(fleet.instance(), 5)
    fleet.clock.advance(30)
    late = fleet.instance()
    await late.synchronise()
    (view,) = late.list_views()
    assert view.state is BreakerState.OPEN
    assert view.next_probe_in_s == pytest.approx(30, abs=0.001)


async def test_breakers_go_on_without_redis_and_are_shared_again(own_redis: RedisServer) -> None:
    async with open_fleet(own_redis) as fleet:
        one, two = fleet.instance(), fleet.instance()
        for breakers in (one, two):
            await breakers.record_success(OPENAI, await ask(breakers))
            await breakers.synchronise()
        own_redis.kill()
        fleet.clock.advance_alone(5)
        await fail(one, 5)
        assert state_of(one) is BreakerState.OPEN
        assert state_of(two) is BreakerState.CLOSED
        own_redis.start()
        await eventually(lambda: state_of(two) is BreakerState.OPEN)


async def test_failures_wait_for_a_hanging_redis_once_in_all(own_redis: RedisServer) -> None:
    async with open_fleet(own_redis) as fleet:
        breakers = fleet.instance(call_timeout_s=SILENCE_S)
        await fail(breakers)
        own_redis.pause()
        began_s = time.monotonic()
        await asyncio.gather(*(fail(breakers) for _ in range(20)))
        assert 0.9 * SILENCE_S < time.monotonic() - began_s < 2 * SILENCE_S
        assert state_of(breakers) is BreakerState.OPEN


async def test_call_cancelled_while_it_asks_gives_the_probe_back(fleet: Fleet) -> None:
    breakers = fleet.instance()
    await fail(breakers, 5)
    fleet.clock.advance(60)
    asking = asyncio.create_task(ask(breakers))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await eventually(lambda: state_of(breakers) is BreakerState.HALF_OPEN)
    permits = [await ask(breakers)]
    while not permits[-1].is_allowed and len(permits) < 100:
        await asyncio.sleep(0.01)
        permits.append(await ask(breakers))
    assert permits[-1].is_probe is True


async def test_later_order_wins_over_what_happened_without_redis(own_redis: RedisServer) -> None:
    async with open_fleet(own_redis) as fleet:
        one, two = fleet.instance(), fleet.instance()
        at = fleet.clock.now()
        for breakers in (one, two):
            await breakers.follow(OPENAI, order(BreakerState.FORCED_OPEN, at=at))
        own_redis.kill()
        fleet.clock.advance_alone(5)
        reset = order(BreakerState.CLOSED, at=fleet.clock.now())
        await one.force(OPENAI, reset)
        assert state_of(two) is BreakerState.FORCED_OPEN
        await two.follow(OPENAI, reset)
        assert state_of(two) is BreakerState.CLOSED
        fleet.clock.advance_alone(1)
        await fail(two, 5)
        own_redis.start()
        await eventually(lambda: state_of(one) is BreakerState.OPEN)
        assert state_of(two) is BreakerState.OPEN


async def test_lost_state_is_told_again_by_whoever_knows_it(fleet: Fleet) -> None:
    one, two = fleet.instance(), fleet.instance()
    await fail(one, 5)
    fleet.server.client.flushdb()
    await two.synchronise()
    assert two.list_views() == ()
    await one.synchronise()
    await two.synchronise()
    assert state_of(two) is BreakerState.OPEN
