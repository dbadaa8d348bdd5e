"""What instances share: in one Redis where there is one, else in this process alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog

from services.adapters.memory.breakers import MemoryBreakers
from services.adapters.memory.counters import MemoryCounters
from services.adapters.memory.evidence import MemoryEvidence
from services.adapters.redis_store.breakers import RedisBreakers
from services.adapters.redis_store.connection import RedisConnection
from services.adapters.redis_store.counters import RedisCounters
from services.adapters.redis_store.doorbell import Bell, Doorbell
from services.adapters.redis_store.evidence import RedisEvidence
from services.adapters.redis_store.kill import RedisKillPlace
from services.adapters.redis_store.ringing_control import RingingControl
from services.domain.breakers import BreakerRule, BreakerView
from services.domain.calls import Candidate
from services.domain.errors import SourceDown
from services.domain.limits import BudgetWindow, Settlement
from services.domain.policy import LEASE_S
from services.domain.ports import (
    BreakerStore,
    Call,
    Clock,
    ControlStore,
    Counters,
    EvidenceLog,
    FleetStore,
    KillPlace,
)
from services.settings import Settings

OnTransition = Callable[[Candidate, BreakerView], None]
Spent = Sequence[tuple[BudgetWindow, int]]
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Redis:
    connection: RedisConnection
    counters: RedisCounters
    breakers: RedisBreakers
    doorbell: Doorbell


class Shared:
    """Counters, breakers, evidence and the doorbell of one instance.

    Args:
        on_transition: told whenever this instance learns of a breaker's new state.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        instance_id: str,
        rule: BreakerRule,
        on_transition: OnTransition,
    ) -> None:
        self._redis: _Redis | None = None
        self._listening: asyncio.Task[None] | None = None
        self.counters: Counters
        self.breakers: BreakerStore
        self.evidence: EvidenceLog
        if settings.redis_url is None:
            self.counters = MemoryCounters(clock)
            self.breakers = MemoryBreakers(rule, clock, on_transition)
            self.evidence = MemoryEvidence(clock, instance_id)
            return
        url = settings.redis_url.get_secret_value()
        connection = RedisConnection(url)
        counters = RedisCounters(connection, clock, when_down=settings.ai_budget_when_redis_down)
        breakers = RedisBreakers(rule, connection, clock, on_transition)
        self.counters, self.breakers = counters, breakers
        self.evidence = RedisEvidence(connection, clock, instance_id)
        self._redis = _Redis(connection, counters, breakers, Doorbell(url))

    @property
    def redis_counters(self) -> RedisCounters | None:
        """The counters when they are in Redis."""
        return None if self._redis is None else self._redis.counters

    def ringing(self, store: ControlStore) -> ControlStore:
        """The store, ringing for the other instances after each change."""
        return store if self._redis is None else RingingControl(store, self._redis.doorbell)

    async def start(self, look: Callable[[], None]) -> None:
        """Learn what the fleet knows, and listen.

        Args:
            look: called on this loop when another instance changed the control state.
        """
        redis = self._redis
        if redis is None:
            return
        with suppress(SourceDown):
            await redis.breakers.synchronise()
        redis.doorbell.on_ring(Bell.CONTROL, look)
        redis.doorbell.on_ring(Bell.BREAKERS, redis.connection.look)
        self._listening = asyncio.create_task(redis.doorbell.listen(), name="doorbell")

    async def stop(self) -> None:
        """Tell what was not told yet, and close the connections."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        if self._redis is not None:
            with suppress(SourceDown):
                await self.evidence.flush()
            self._redis.doorbell.close()
            await self._redis.connection.close()


@dataclass(frozen=True)
class SharedUpkeep:
    """What looks after the shared state beside the requests.

    Args:
        read_spent: what the ledger says was spent in each budget's window; raises SourceDown.
        read_settlements: what the ledger says a request took, () while it does not know.
        call: runs a coroutine on the I/O loop.
    """

    shared: Shared
    fleet: FleetStore
    clock: Clock
    read_spent: Callable[[], Spent]
    read_settlements: Callable[[str], tuple[Settlement, ...]]
    call: Call

    async def start(self, look: Callable[[], None]) -> None:
        """As `Shared.start`."""
        await self.shared.start(look)

    async def stop(self) -> None:
        """As `Shared.stop`."""
        await self.shared.stop()

    def seed(self) -> None:
        """Tell the budgets what the ledger says was spent.

        Without Redis this instance starts all the same: until `tend` has done it, its budgets are
        closed or, by setting, its share.
        """
        spent = self.read_spent()
        try:
            self.call(self.shared.counters.seed_spend(spent))
        except SourceDown as error:
            if self.shared.redis_counters is None:
                raise
            _log.warning("budgets_not_seeded", cause=error.message)

    def tend(self) -> None:
        """Rebuild budgets that were lost, settle what dead instances left, count the live ones."""
        counters = self.shared.redis_counters
        if counters is None:
            return
        if counters.needs_seed:
            self.seed()
        oldest = self.clock.now() - timedelta(seconds=LEASE_S)
        alive = [
            i for i in self.fleet.list_instances() if i.kind != "cli" and i.heartbeat_at > oldest
        ]
        counters.set_instances(len(alive))
        # While Redis or SQL is away it waits; that is logged where it is noticed.
        with suppress(SourceDown):
            for request_id in self.call(counters.list_unsettled()):
                for settlement in self.read_settlements(request_id):
                    self.call(counters.settle(settlement))


def redis_kill_places(settings: Settings) -> tuple[KillPlace, ...]:
    """The kill register's place in Redis, where there is one."""
    if settings.redis_url is None:
        return ()
    return (RedisKillPlace(settings.redis_url.get_secret_value()),)
