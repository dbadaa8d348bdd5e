"""What instances share: in one Redis where there is one, else in this process alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.adapters.memory.breakers import MemoryBreakers
from services.adapters.memory.counters import MemoryCounters
from services.adapters.memory.evidence import MemoryEvidence
from services.domain.breakers import BreakerRule, OnTransition
from services.domain.budgets import BudgetWindow
from services.domain.errors import SourceDown
from services.domain.evidence import PastEvidence
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
from services.domain.quotas import QuotaState
from services.domain.settlements import Settlement
from services.settings import Settings

if TYPE_CHECKING:
    from services.adapters.redis_store.counters import RedisCounters
    from services.bootstrap.redis import RedisParts

QUOTAS_AT_ONCE = 500
"""So many are told at a time: neither Redis nor this loop is kept from requests for long."""

Spent = Sequence[tuple[BudgetWindow, int]]
_log = logging.getLogger(__name__)


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
        self._redis: RedisParts | None = None
        self.counters: Counters
        self.breakers: BreakerStore
        self.evidence: EvidenceLog
        if settings.redis_url is None:
            self.counters = MemoryCounters(clock)
            self.breakers = MemoryBreakers(rule, clock, on_transition)
            self.evidence = MemoryEvidence(clock, instance_id)
            return
        from services.bootstrap.redis import RedisParts  # noqa: PLC0415 - see there

        url = settings.redis_url.get_secret_value()
        redis = RedisParts(url, settings, clock, instance_id, rule, on_transition)
        self._redis = redis
        self.counters, self.breakers = redis.counters, redis.breakers
        self.evidence = redis.evidence

    @property
    def redis_counters(self) -> RedisCounters | None:
        """The counters when they are in Redis."""
        return None if self._redis is None else self._redis.counters

    def ringing(self, store: ControlStore) -> ControlStore:
        """The store, ringing for the other instances, if there can be any, after each change."""
        return store if self._redis is None else self._redis.ringing(store)

    async def start(self, look: Callable[[], None]) -> None:
        """Learn what the fleet knows, and listen; `look` is called on this loop when another
        instance changed the control state."""
        if self._redis is not None:
            await self._redis.start(look)

    async def stop(self) -> None:
        """Tell what was not told yet, and close the connections."""
        if self._redis is not None:
            await self._redis.stop()


@dataclass(frozen=True)
class SharedUpkeep:
    """What looks after the shared state beside the requests.

    Args:
        read_spent: what the ledger says was spent in each budget's window; raises SourceDown.
        read_taken: what it says was taken of quotas, or of features' caps only; raises SourceDown.
        read_evidence: what it still knows of evidence; raises SourceDown.
        read_settlements: what the ledger says a request took, () while it does not know.
        call: runs a coroutine on the I/O loop.
    """

    shared: Shared
    fleet: FleetStore
    clock: Clock
    read_spent: Callable[[], Spent]
    read_taken: Callable[[bool], Sequence[QuotaState]]
    read_evidence: Callable[[], PastEvidence]
    read_settlements: Callable[[str], tuple[Settlement, ...]]
    call: Call

    async def start(self, look: Callable[[], None]) -> None:
        """As `Shared.start`."""
        await self.shared.start(look)

    async def stop(self) -> None:
        """As `Shared.stop`."""
        await self.shared.stop()

    def seed(self) -> None:
        """As `rebuild`. Where Redis is away this instance starts all the same: until `tend` has
        done it, its budgets are closed or, by setting, its share."""
        try:
            self.rebuild()
        except SourceDown as error:
            if self.shared.redis_counters is None:
                raise
            _log.warning("budgets_not_seeded", extra={"fields": {"cause": error.message}})

    def rebuild(self) -> None:
        """Tell counters and evidence what the ledger knows: all of it where they know nothing, else
        what is new to them. Raises SourceDown."""
        counters, redis = self.shared.counters, self.shared.redis_counters
        is_lost = redis is None or self.call(redis.is_lost())
        if is_lost:
            self.call(self.shared.evidence.restore(self.read_evidence()))
        began_s = self.clock.monotonic_s()
        spent, taken = self.read_spent(), self.read_taken(not is_lost)
        for at in range(0, len(taken), QUOTAS_AT_ONCE):
            self.call(counters.seed_quotas(taken[at : at + QUOTAS_AT_ONCE]))
        age_s = self.clock.monotonic_s() - began_s
        self.call(counters.seed_spend(spent, age_s))

    def tend(self) -> None:
        """Rebuild counters that were lost, settle what dead instances left, count the live ones."""
        counters = self.shared.redis_counters
        if counters is None:
            return
        if counters.needs_seed:
            self.rebuild()
        now, instances = self.clock.now(), self.fleet.list_instances()
        alive = [i for i in instances if i.answers_calls and not i.is_off_by_lease(now)]
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
    from services.bootstrap.redis import open_kill_place  # noqa: PLC0415 - see there

    return (open_kill_place(settings.redis_url.get_secret_value()),)
