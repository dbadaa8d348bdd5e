"""Every implementation of the BreakerStore port, and a bench to put one on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count

from services.adapters.memory.breakers import MemoryBreakers
from services.adapters.redis_store.breakers import RedisBreakers
from services.adapters.redis_store.connection import RedisConnection
from services.domain.breakers import BreakerOrder, BreakerRule, BreakerState, BreakerView, Permit
from services.domain.calls import Candidate
from services.domain.ports import BreakerStore
from tests.clock import FakeClock
from tests.contract.counters_bench import PATIENCE_S, Server
from tests.redis_server import RedisClock

KINDS = ("memory", "redis")
OPENAI = Candidate("openai", "gpt-4o-mini")
OLLAMA = Candidate("ollama", "llama3")
CAUSE = "provider_timeout"
MILLISECOND = 0.001


class Bench:
    """A store, its clock, and the changes it told of."""

    breakers: BreakerStore

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.seen: list[tuple[str, BreakerState]] = []
        self._requests = count(1)

    def note(self, candidate: Candidate, view: BreakerView) -> None:
        self.seen.append((candidate.provider, view.state))

    @property
    def states(self) -> list[BreakerState]:
        return [state for _, state in self.seen]

    async def ask(self, candidate: Candidate = OPENAI) -> Permit:
        return await self.breakers.ask(candidate, f"request-{next(self._requests)}")

    async def is_allowed(self) -> bool:
        """Whether a call may be made; the permit is given back."""
        permit = await self.ask()
        await self.breakers.release(OPENAI, permit)
        return permit.is_allowed

    async def fail(self, times: int = 1, candidate: Candidate = OPENAI) -> None:
        """Calls that fail, all let through."""
        for _ in range(times):
            permit = await self.admitted(candidate)
            await self.breakers.record_failure(candidate, permit, CAUSE)

    async def succeed(self, times: int = 1, candidate: Candidate = OPENAI) -> None:
        """Calls that are answered, all let through."""
        for _ in range(times):
            permit = await self.admitted(candidate)
            await self.breakers.record_success(candidate, permit)

    async def admitted(self, candidate: Candidate = OPENAI) -> Permit:
        """The permit of the next call that is let through: while calls return, not each is."""
        for _ in range(100):
            permit = await self.ask(candidate)
            if permit.is_allowed:
                return permit
        raise AssertionError("no call is let through")

    async def half_open(self, after_s: float = 60) -> None:
        """Open it and let the break pass."""
        await self.fail(5)
        self.clock.advance(after_s)

    async def set(self, state: BreakerState, reason: str = "a test") -> None:
        await self.breakers.force(OPENAI, BreakerOrder(state, reason, self.clock.now()))

    def view(self, candidate: Candidate = OPENAI) -> BreakerView:
        views = self.breakers.list_views()
        return next(
            v for v in views if (v.provider, v.model) == (candidate.provider, candidate.model)
        )

    @property
    def state(self) -> BreakerState:
        return self.view().state


@asynccontextmanager
async def open_bench(
    kind: str, redis_server: Server, rule: BreakerRule | None = None
) -> AsyncIterator[Bench]:
    rule = rule or BreakerRule()
    if kind == "memory":
        bench = Bench(FakeClock())
        bench.breakers = MemoryBreakers(rule, bench.clock, bench.note)
        yield bench
        return
    client = redis_server().client
    client.flushdb()
    clock = RedisClock(client)
    bench = Bench(clock)
    connection = RedisConnection(redis_server().url, call_timeout_s=PATIENCE_S)
    bench.breakers = RedisBreakers(rule, connection, clock, bench.note, time_us=clock.micros)
    try:
        yield bench
    finally:
        await connection.close()


def order(state: BreakerState, reason: str = "a test", at: datetime | None = None) -> BreakerOrder:
    return BreakerOrder(state, reason, at or datetime.now(UTC))


def count_allowed(permits: Iterable[Permit]) -> int:
    return sum(permit.is_allowed for permit in permits)
