from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from services.adapters.redis_store.doorbell import Bell, Doorbell
from services.adapters.redis_store.kill import RedisKillPlace
from tests.contract.counters_bench import Server
from tests.contract.records import KILL
from tests.redis_server import RedisServer


class Listener:
    """One instance that listens; it counts what it heard."""

    def __init__(self, url: str) -> None:
        self.doorbell = Doorbell(url)
        self.heard = 0
        self.doorbell.on_ring(Bell.CONTROL, self._hear)

    def _hear(self) -> None:
        self.heard += 1


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[Listener]:
    listener = Listener(url)
    task = asyncio.create_task(listener.doorbell.listen())
    try:
        # Whoever begins to listen may have missed something, and looks.
        await eventually(lambda: listener.heard == 1)
        yield listener
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        listener.doorbell.close()


async def eventually(look: Callable[[], bool], within_s: float = 8.0) -> None:
    deadline = time.monotonic() + within_s
    while not look():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def test_ring_reaches_every_instance(redis_server: Server) -> None:
    url = redis_server().url
    async with listening(url) as one, listening(url) as two:
        await asyncio.to_thread(one.doorbell.ring, Bell.CONTROL)
        await eventually(lambda: (one.heard, two.heard) == (2, 2))


async def test_ring_for_something_else_is_not_answered(redis_server: Server) -> None:
    async with listening(redis_server().url) as one:
        await asyncio.to_thread(one.doorbell.ring, Bell.BREAKERS)
        await asyncio.to_thread(one.doorbell.ring, Bell.CONTROL)
        await eventually(lambda: one.heard == 2)


async def test_kill_written_to_redis_rings(redis_server: Server) -> None:
    redis_server().client.flushdb()
    place = RedisKillPlace(redis_server().url)
    async with listening(redis_server().url) as one:
        await asyncio.to_thread(place.write, KILL, None)
        await eventually(lambda: one.heard == 2)
    place.close()


async def test_listener_outlives_redis_and_looks_when_it_is_back(own_redis: RedisServer) -> None:
    async with listening(own_redis.url) as one:
        own_redis.kill()
        await asyncio.to_thread(one.doorbell.ring, Bell.CONTROL)
        own_redis.start()
        await eventually(lambda: one.heard == 2)
        await asyncio.to_thread(one.doorbell.ring, Bell.CONTROL)
        await eventually(lambda: one.heard == 3)
