"""One asyncio client of Redis that never keeps a request waiting, and knows when it is back."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from hiredis import pack_command
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError

from services.adapters.redis_store.scripts import Script
from services.adapters.redis_store.silence import SilenceLimit
from services.domain.errors import SourceDown
from services.domain.policy import REDIS_TIMEOUT_S

DOWN_S = 1.0
"""So long a store that did not answer is left alone; the same pause lies between two checks."""

CONNECTIONS = 16
"""More calls at once than this queue up: one loop keeps no more connections busy."""

LEAST_PAUSE_S = 0.02
ASK_TIMEOUT_S = 1.0
BACKGROUND_TIMEOUT_S = 2.0
_BATCH = 200
_FAILURES = (RedisError, OSError, TimeoutError)
_log = logging.getLogger(__name__)

T = TypeVar("T")
Keeper = Callable[[bool], Awaitable[None]]


class NotAsked(SourceDown):
    """Redis did not answer a moment ago, so it was not asked: nothing can have happened."""


class RedisConnection:
    """Runs scripts for requests, fast or not at all.

    Once a call fails, all calls fail at once until the watcher, which looks every second, has found
    Redis again and every keeper is done.

    Args:
        url: redis://, rediss:// or unix://.
        call_timeout_s: how long a silent Redis keeps a request waiting.
    """

    def __init__(
        self, url: str, *, call_timeout_s: float = REDIS_TIMEOUT_S, down_s: float = DOWN_S
    ) -> None:
        self._url = url
        self._call_timeout_s = call_timeout_s
        self._down_s = down_s
        self._loop: asyncio.AbstractEventLoop | None = None
        self._redis: Redis | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._keepers: list[Keeper] = []
        self._looks = asyncio.Event()
        self._down_since_s: float | None = None
        self._heard_s = 0.0
        self._run_id: str | None = None

    @property
    def is_down(self) -> bool:
        return self._down_since_s is not None

    def add_keeper(self, keeper: Keeper) -> None:
        """Call it once a second while Redis answers; with true when it is back after an outage or
        a restart. While it has not done its work, Redis counts as down."""
        self._keepers.append(keeper)

    def look(self) -> None:
        """Let the keepers look now, not only at their next turn; called on the loop."""
        self._looks.set()

    async def run(self, script: Script, *args: str | bytes | int) -> Any:
        """A script's reply; raises SourceDown, within 50 ms by default."""
        return await self._within(
            self._call_timeout_s, lambda redis: _evaluate(redis, script, args)
        )

    async def command(self, *args: str | bytes | int) -> Any:
        """A single command's reply; raises SourceDown, within 50 ms by default."""
        return await self._within(self._call_timeout_s, lambda redis: _execute(redis, args))

    async def ask(self, script: Script, *args: str | bytes | int) -> Any:
        """A script's reply for someone who can wait a second; raises SourceDown."""
        return await self._within(ASK_TIMEOUT_S, lambda redis: _evaluate(redis, script, args))

    async def run_each(
        self, script: Script, calls: Iterable[Sequence[str | bytes | int]]
    ) -> list[Any]:
        """The replies of many calls, for work beside the requests; raises SourceDown."""
        rows, replies = list(calls), list[Any]()
        try:
            for start in range(0, len(rows), _BATCH):
                async with asyncio.timeout(BACKGROUND_TIMEOUT_S):
                    pipeline = self._client().pipeline(transaction=False)
                    pipeline.script_load(script.text)
                    for row in rows[start : start + _BATCH]:
                        pipeline.evalsha(script.sha, 0, *row)
                    replies += (await pipeline.execute())[1:]
        except _FAILURES as error:
            raise self._mark_down(error) from error
        return replies

    async def close(self) -> None:
        """Close the connections and stop looking."""
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            watcher.cancel()
            await asyncio.gather(watcher, return_exceptions=True)
        redis, self._redis = self._redis, None
        if redis is not None:
            await redis.aclose()

    async def _within(self, timeout_s: float, work: Callable[[Redis], Awaitable[T]]) -> T:
        if self._down_since_s is not None:
            raise NotAsked(_explain("it did not answer a moment ago"))
        redis = self._client()
        try:
            async with SilenceLimit(timeout_s, lambda: self._heard_s):
                reply = await work(redis)
        except _FAILURES as error:
            raise self._mark_down(error) from error
        self._heard_s = time.monotonic()
        return reply

    def _client(self) -> Redis:
        """The client of the running loop, made at its first use."""
        loop = asyncio.get_running_loop()
        if self._redis is None or self._loop is not loop:
            self._loop = loop
            # Whoever calls has a time limit of its own and decides about trying again.
            pool = BlockingConnectionPool.from_url(
                self._url,
                max_connections=CONNECTIONS,
                timeout=None,
                protocol=2,
                socket_timeout=None,
                socket_connect_timeout=None,
                retry=Retry(NoBackoff(), 0),
            )
            self._redis = Redis.from_pool(pool)
            self._looks = asyncio.Event()
            self._watcher = loop.create_task(self._watch(self._redis), name="redis-watcher")
        return self._redis

    def _mark_down(self, error: BaseException) -> SourceDown:
        cause = str(error) or "no answer in time"
        if self._down_since_s is None:
            _log.warning("redis_down", extra={"fields": {"cause": cause}})
        self._down_since_s = time.monotonic()
        return SourceDown(_explain(cause))

    async def _watch(self, redis: Redis) -> None:
        while True:
            await self._wait()
            try:
                await self._check(redis)
            except (SourceDown, *_FAILURES) as error:
                self._mark_down(error)
            except Exception:  # noqa: BLE001 - a defect of a keeper must not end the watch
                _log.exception("redis_keeper_failed")

    async def _wait(self) -> None:
        if self._down_since_s is not None:
            await asyncio.sleep(max(self._down_since_s + self._down_s - time.monotonic(), 0.0))
            return
        # Many things that change at once are looked at once.
        await asyncio.sleep(min(LEAST_PAUSE_S, self._down_s))
        with suppress(TimeoutError):
            await asyncio.wait_for(self._looks.wait(), self._down_s)
        self._looks.clear()

    async def _check(self, redis: Redis) -> None:
        async with asyncio.timeout(BACKGROUND_TIMEOUT_S):
            run_id = str((await redis.info("server"))["run_id"])
        was_down = self._down_since_s
        is_back = was_down is not None or self._run_id not in (None, run_id)
        for keeper in self._keepers:
            await keeper(is_back)
        self._run_id = run_id
        if was_down is not None and self._down_since_s == was_down:
            self._down_since_s = None
            _log.info("redis_up")


async def _execute(redis: Redis, args: Sequence[str | bytes | int]) -> Any:
    """One command's reply, straight from a connection: the client would pack the command in Python
    and wrap it in trials and measurements that nobody reads, half of the work that it is."""
    pool = redis.connection_pool
    connection = await pool.get_connection()  # type: ignore[no-untyped-call]
    try:
        await connection.send_packed_command(pack_command(args))  # type: ignore[arg-type]
        return await connection.read_response()
    finally:
        await pool.release(connection)


async def _evaluate(redis: Redis, script: Script, args: Sequence[str | bytes | int]) -> Any:
    try:
        return await _execute(redis, ("EVALSHA", script.sha, 0, *args))
    except NoScriptError:
        return await _execute(redis, ("EVAL", script.text, 0, *args))


def _explain(cause: str) -> str:
    return (
        f"Redis, which holds the counters of the fleet, does not answer: {cause}. Bring it back; "
        "what happened meanwhile is told to it then."
    )
