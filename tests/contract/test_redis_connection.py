"""How many calls at once one instance's connection to Redis takes, and how it ends a silence."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator

import pytest

from services.adapters.redis_store.connection import RedisConnection
from services.domain.errors import SourceDown
from services.domain.policy import REDIS_MOST_WAIT_S
from tests.redis_server import RedisServer

CALLS = 600


@pytest.fixture
async def connection(own_redis: RedisServer) -> AsyncIterator[RedisConnection]:
    connection = RedisConnection(own_redis.url, down_s=0.2)
    yield connection
    await connection.close()


async def call_at_once(connection: RedisConnection) -> tuple[int, float]:
    """How many calls were answered, and how long the slowest took."""
    began_s = time.monotonic()
    calls = (connection.command("SET", "a", "b") for _ in range(CALLS))
    results = await asyncio.gather(*calls, return_exceptions=True)
    failed = [result for result in results if isinstance(result, BaseException)]
    assert all(isinstance(error, SourceDown) for error in failed)
    return CALLS - len(failed), time.monotonic() - began_s


async def test_a_burst_of_calls_is_no_outage(connection: RedisConnection) -> None:
    assert (await call_at_once(connection))[0] == CALLS
    assert not connection.is_down


async def test_a_loop_that_stood_still_is_no_silence_of_redis(connection: RedisConnection) -> None:
    await call_at_once(connection)
    asyncio.get_running_loop().call_later(0.001, time.sleep, 2 * REDIS_MOST_WAIT_S)
    assert (await call_at_once(connection))[0] == CALLS
    assert not connection.is_down


async def test_a_frozen_redis_ends_every_call_of_a_burst_together(
    connection: RedisConnection, own_redis: RedisServer
) -> None:
    is_back = asyncio.Event()

    async def keep(was_down: bool) -> None:
        if was_down:
            asyncio.get_running_loop().call_soon(is_back.set)

    connection.add_keeper(keep)
    await call_at_once(connection)
    own_redis.pause()
    answered, seconds = await call_at_once(connection)
    assert (answered, connection.is_down) == (0, True)
    assert seconds < 1.0, "one wait for all of them, not one for each"
    own_redis.resume()
    async with asyncio.timeout(5):
        await is_back.wait()
    assert (await call_at_once(connection))[0] == CALLS


async def test_calls_leave_nothing_to_the_garbage_collector(connection: RedisConnection) -> None:
    await connection.command("SET", "a", "b")
    gc.collect()
    gc.disable()
    try:
        for _ in range(CALLS):
            await connection.command("SET", "a", "b")
        assert gc.collect() < CALLS / 10
    finally:
        gc.enable()
