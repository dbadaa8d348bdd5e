"""What processes of a fleet do to one Redis, for tests that run several of them."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC
from multiprocessing.connection import Connection
from typing import Any

import redis

from services.adapters.clock import SystemClock
from services.adapters.redis_store.connection import RedisConnection
from services.adapters.redis_store.counters import RedisCounters
from services.domain.admissions import Demand
from services.domain.budgets import Budget, BudgetWindow
from services.domain.periods import Period, window_of
from services.domain.ports import Clock
from services.domain.quotas import Quota
from services.domain.rate_limits import RateLimit
from services.domain.settlements import Settlement
from tests.contract.counters_bench import PATIENCE_S

RATE = RateLimit("global_rpm", "global", 12, 1)


def dollar(limit: int = 1_000_000_000) -> BudgetWindow:
    budget = Budget("global", Period.DAY, limit)
    return BudgetWindow(budget, window_of(SystemClock().now(), Period.DAY, UTC))


@asynccontextmanager
async def counting(
    url: str, *, clock: Clock | None = None, call_timeout_s: float = PATIENCE_S, **options: Any
) -> AsyncIterator[RedisCounters]:
    """Counters of one instance, in real time unless told otherwise."""
    connection = RedisConnection(url, call_timeout_s=call_timeout_s, down_s=0.1)
    try:
        yield RedisCounters(connection, clock or SystemClock(), **options)
    finally:
        await connection.close()


def call_for(seconds: float, url: str, name: str) -> list[int]:
    """One process: callers that wait as long as they are told; when each call was admitted."""
    return asyncio.run(_call_for(seconds, url, name))


async def _call_for(seconds: float, url: str, name: str) -> list[int]:
    ends_s = asyncio.get_running_loop().time() + seconds
    admitted: list[int] = []
    with redis.Redis.from_url(url, protocol=2) as client:

        async def caller(number: int) -> None:
            calls = 0
            while asyncio.get_running_loop().time() < ends_s:
                calls += 1
                demand = Demand(f"{name}-{number}-{calls}", rates=(RATE,))
                admission = await counters.admit(demand, None)
                if admission.denial is None:
                    score = client.zscore("ai:rate:global", demand.request_id)
                    assert isinstance(score, float)
                    admitted.append(int(score))
                await asyncio.sleep(admission.retry_after_s or 0.01)

        async with counting(url) as counters:
            await asyncio.gather(*(caller(number) for number in range(4)))
    return admitted


def use_feature(url: str, name: str, cap: int) -> int:
    """One process: twice as many calls of a feature as its cap lets in; how many were admitted."""
    return asyncio.run(_use_feature(url, name, cap))


async def _use_feature(url: str, name: str, cap: int) -> int:
    day = window_of(SystemClock().now(), Period.DAY, UTC)
    quotas = (
        Quota("user_daily", f"user:{name}", day, 2 * cap, None),
        Quota("feature_daily", "feature:hint", day, cap, None),
    )
    async with counting(url) as counters:

        async def ask(number: int) -> bool:
            request_id = f"{name}-{number}"
            demand = Demand(request_id, quotas=quotas, tokens=7)
            if (await counters.admit(demand, None)).denial is not None:
                return False
            await counters.settle(Settlement(request_id, 1, 0, 2, is_final=True))
            return True

        return sum(await asyncio.gather(*(ask(number) for number in range(2 * cap))))


def hold_and_die(url: str, hold_s: float, pipe: Connection) -> None:
    """One process: takes twenty holds, settles eight of them, and is killed."""
    asyncio.run(_hold_and_die(url, hold_s, pipe))


async def _hold_and_die(url: str, hold_s: float, pipe: Connection) -> None:
    async with counting(url) as counters:
        for number in range(20):
            demand = Demand(
                f"dying-{number}", budgets=(dollar(),), hold_nano_usd=50_000_000, hold_s=hold_s
            )
            assert (await counters.admit(demand, None)).denial is None
        for number in range(8):
            settlement = Settlement(f"dying-{number}", 1, 1_000_003 * number, 0, is_final=True)
            await counters.settle(settlement)
        pipe.send("ready")
        os.kill(os.getpid(), signal.SIGKILL)
