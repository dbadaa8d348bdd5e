"""Every implementation of the Counters port, and a bench to put one on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC
from itertools import count
from typing import Any

from services.adapters.memory.counters import MemoryCounters
from services.adapters.redis_store.connection import RedisConnection
from services.adapters.redis_store.counters import RedisCounters
from services.domain.admissions import Admission, Demand, Denial
from services.domain.budgets import Budget, BudgetWindow
from services.domain.limits import LimitSettings, feature_caps
from services.domain.periods import Period, window_of
from services.domain.ports import Counters
from services.domain.quotas import Quota
from services.domain.settlements import Settlement
from tests.clock import FakeClock
from tests.redis_server import RedisClock, RedisServer

KINDS = ("memory", "redis")
"""Implementations of the port."""

PATIENCE_S = 10.0
"""A busy test machine is no Redis that is down."""

SILENCE_S = 0.4
"""A patience that a busy machine hardly uses up by itself, and that a test can wait for."""

Server = Callable[[], RedisServer]


@dataclass
class Bench:
    counters: Counters
    clock: FakeClock

    def __post_init__(self) -> None:
        self._ids = count(1)
        self._demands: dict[str, Demand] = {}

    async def ask(self, *, cache_key: str | None = None, **wants: Any) -> Admission:
        """Admit a demand of a new request."""
        wants.setdefault("request_id", f"r-{next(self._ids)}")
        demand = self._demands[wants["request_id"]] = Demand(**wants)
        return await self.counters.admit(demand, cache_key)

    async def take_more(self, request_id: str, amount: int, tokens: int = 0) -> Admission | None:
        """Top up a request that was asked for, or one that is unknown."""
        demand = self._demands.get(request_id) or Demand(request_id)
        return await self.counters.top_up(demand, amount, tokens)

    async def top_up(self, request_id: str, amount: int, tokens: int = 0) -> Denial | None:
        """The same; only why it was refused."""
        short = await self.take_more(request_id, amount, tokens)
        return None if short is None else short.denial

    async def settle(
        self, request_id: str, cost: int, attempt: int = 1, tokens: int = 0, *, final: bool = True
    ) -> None:
        await self.counters.settle(Settlement(request_id, attempt, cost, tokens, final))

    def budget(
        self, limit: int, scope: str = "global", period: Period = Period.DAY
    ) -> BudgetWindow:
        return BudgetWindow(Budget(scope, period, limit), window_of(self.clock.now(), period, UTC))

    def quota(self, requests: int | None, tokens: int | None, period: Period = Period.DAY) -> Quota:
        window = window_of(self.clock.now(), period, UTC)
        return Quota(f"user_{period}", "user:ali", window, requests, tokens)

    def caps(self, feature: str = "hint", **limits: int) -> tuple[Quota, ...]:
        """The caps of a feature in the present day and month, as settings set them."""
        now = self.clock.now()
        windows = window_of(now, Period.DAY, UTC), window_of(now, Period.MONTH, UTC)
        return feature_caps(feature, LimitSettings(**limits), windows)

    async def used(self, *quotas: Quota) -> list[tuple[int, int]]:
        """(requests, tokens) taken of each quota."""
        return [(s.requests, s.tokens) for s in await self.counters.get_quotas(quotas)]

    async def money(self, budget: BudgetWindow) -> tuple[int, int]:
        """(spent, held) of a budget."""
        (state,) = await self.counters.get_budgets([budget])
        return state.spent_nano_usd, state.held_nano_usd


@asynccontextmanager
async def open_bench(kind: str, redis_server: Server) -> AsyncIterator[Bench]:
    """A bench with nothing counted yet."""
    if kind == "memory":
        clock = FakeClock()
        yield Bench(MemoryCounters(clock), clock)
        return
    client = redis_server().client
    client.flushdb()
    clock = RedisClock(client)
    connection = RedisConnection(redis_server().url, call_timeout_s=PATIENCE_S)
    counters = RedisCounters(connection, clock, time_us=clock.micros)
    await counters.seed_spend([])
    try:
        yield Bench(counters, clock)
    finally:
        await connection.close()
