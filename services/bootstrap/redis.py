"""What instances share in one Redis; imported only where there is one: its client takes 7 MB."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from services.adapters.redis_store.breakers import RedisBreakers
from services.adapters.redis_store.connection import RedisConnection
from services.adapters.redis_store.counters import RedisCounters
from services.adapters.redis_store.doorbell import Bell, Doorbell
from services.adapters.redis_store.evidence import RedisEvidence
from services.adapters.redis_store.kill import RedisKillPlace
from services.adapters.redis_store.ringing_control import RingingControl
from services.domain.breakers import BreakerRule, OnTransition
from services.domain.errors import SourceDown
from services.domain.ports import Clock, ControlStore, KillPlace
from services.settings import Settings


class RedisParts:
    """Counters, breakers, evidence and the doorbell over one Redis.

    Args:
        on_transition: told whenever this instance learns of a breaker's new state.
    """

    def __init__(
        self,
        url: str,
        settings: Settings,
        clock: Clock,
        instance_id: str,
        rule: BreakerRule,
        on_transition: OnTransition,
    ) -> None:
        self._connection = RedisConnection(url, call_timeout_s=settings.ai_redis_timeout)
        self._doorbell = Doorbell(url)
        self._listening: asyncio.Task[None] | None = None
        self.counters = RedisCounters(
            self._connection, clock, when_down=settings.ai_budget_when_redis_down
        )
        self.breakers = RedisBreakers(rule, self._connection, clock, on_transition)
        self.evidence = RedisEvidence(self._connection, clock, instance_id)

    def ringing(self, store: ControlStore) -> ControlStore:
        """The store, ringing for the other instances after each change."""
        return RingingControl(store, self._doorbell)

    async def start(self, look: Callable[[], None]) -> None:
        """Learn what the fleet knows, and listen.

        Args:
            look: called on this loop when another instance changed the control state.
        """
        with suppress(SourceDown):
            await self.breakers.synchronise()
        self._doorbell.on_ring(Bell.CONTROL, look)
        self._doorbell.on_ring(Bell.BREAKERS, self._connection.look)
        self._listening = asyncio.create_task(self._doorbell.listen(), name="doorbell")

    async def stop(self) -> None:
        """Tell what was not told yet, and close the connections."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        with suppress(SourceDown):
            await self.evidence.flush()
        self._doorbell.close()
        await self._connection.close()


def open_kill_place(url: str) -> KillPlace:
    """The kill register's place in Redis."""
    return RedisKillPlace(url)
