"""The Counters port for a fleet: every decision is one script on one Redis, by its clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

import orjson

from services.adapters.redis_store.admissions import decode_admission, decode_shortage
from services.adapters.redis_store.alone import AloneCounters
from services.adapters.redis_store.books import (
    decode_blocked,
    decode_budgets,
    decode_quotas,
)
from services.adapters.redis_store.connection import NotAsked, RedisConnection
from services.adapters.redis_store.demands import DemandArgs, DemandEncoder
from services.adapters.redis_store.keys import budget_key, quota_key
from services.adapters.redis_store.limit_use import decode_use, use_args
from services.adapters.redis_store.near_callers import decode_near, near_args
from services.adapters.redis_store.provider_limits import decode_room, provider_args
from services.adapters.redis_store.recent import RecentCalls
from services.adapters.redis_store.recovery import REBUILD_AFTER_S, Recovery
from services.adapters.redis_store.scripts import read_script
from services.domain.admissions import Admission, Demand
from services.domain.blocks import Block
from services.domain.budgets import BudgetState, BudgetWindow
from services.domain.errors import BudgetUnavailable, SourceDown
from services.domain.limit_use import LimitUse, SharedLimits
from services.domain.near_callers import CallerUse, OwnLimits
from services.domain.policy import WhenRedisDown
from services.domain.ports import Clock
from services.domain.provider_limits import ProviderDemand, ProviderRoom
from services.domain.quotas import Quota, QuotaState
from services.domain.settlements import Settlement

UNSETTLED_AT_ONCE = 100
"""So many requests are looked up in the ledger at a time."""


class RedisCounters:
    """Counters shared by all instances; semantics as MemoryCounters.

    Rate limits of one key ("user:ali") share a sorted set, so they are to be asked together.

    Args:
        when_down: refuse, or go on with this instance's share of every limit.
        time_us: replaces the clock of Redis in tests; production leaves it out.
    """

    def __init__(
        self,
        connection: RedisConnection,
        clock: Clock,
        *,
        when_down: WhenRedisDown = WhenRedisDown.CLOSED,
        time_us: Callable[[], int] | None = None,
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._when_down = when_down
        self._time_us = time_us
        self._recent = RecentCalls()
        self._encoder = DemandEncoder()
        self._alone = AloneCounters(clock)
        self._recovery = Recovery(
            connection, clock, recent=self._recent, alone=self._alone, time=self._time
        )

    @property
    def needs_seed(self) -> bool:
        """Whether `seed_spend` is due: at first, and a while after a total loss."""
        return self._recovery.needs_seed

    def set_instances(self, number: int) -> None:
        """How many instances share the limits, as last known."""
        self._alone.instances = number

    async def admit(self, demand: Demand, cache_key: str | None) -> Admission:
        """Admit or refuse; raises BudgetUnavailable while nobody can say which."""
        args = self._encoder.encode(demand, cache_key)
        try:
            reply = await self._connection.run(
                read_script("admit"), self._time(), args.demand, args.budgets, args.quotas
            )
        except SourceDown as error:
            return await self._admit_alone(demand, args, error)
        except asyncio.CancelledError:
            self._recent.add_void(demand, args, self._clock.monotonic_s())
            raise
        if reply[0] == b"lost":
            self._recovery.note_loss()
            raise _rebuilding()
        admission = decode_admission(demand, reply)
        if admission.denial is None and admission.cached is None:
            self._recent.add(demand, args, self._clock.monotonic_s())
            self._alone.watch(demand.budgets)
        return admission

    async def settle(self, settlement: Settlement) -> None:
        """Book an attempt; what Redis cannot take now is told to it when it is back."""
        await self._alone.settle(settlement)
        call = self._recent.settle(settlement, self._clock.monotonic_s())
        try:
            is_known = await self._connection.run(
                read_script("settle"),
                self._time(),
                settlement.request_id,
                settlement.attempt,
                settlement.cost_nano_usd,
                settlement.tokens,
                int(settlement.is_final),
            )
        except SourceDown:
            return
        if call is not None and is_known:
            self._recent.confirm(call, (settlement.attempt,), self._clock.monotonic_s())

    async def top_up(
        self, demand: Demand, amount_nano_usd: int, tokens: int = 0
    ) -> Admission | None:
        request_id = demand.request_id
        try:
            reply = await self._connection.run(
                read_script("top_up"), self._time(), request_id, amount_nano_usd, tokens
            )
        except SourceDown as error:
            return await self._top_up_alone(demand, amount_nano_usd, tokens, error)
        if reply:
            return decode_shortage(demand, reply)
        self._recent.top_up(request_id, amount_nano_usd, tokens, self._clock.monotonic_s())
        return None

    async def take_provider(self, demand: ProviderDemand) -> ProviderRoom:
        """Take it from the fleet's minute, or from this instance's share while Redis is away."""
        try:
            reply = await self._connection.run(
                read_script("take_provider"), self._time(), *provider_args(demand)
            )
        except SourceDown:
            return await self._alone.take_provider(demand)
        return decode_room(demand, reply)

    async def correct_provider(self, provider: str, attempt: str, tokens: int) -> None:
        """Correct an estimate; while Redis is away it stays, for the minute it counts."""
        await self._alone.correct_provider(provider, attempt, tokens)
        with suppress(SourceDown):
            await self._connection.run(read_script("correct_provider"), provider, attempt, tokens)

    async def store_answer(self, key: str, value: bytes, ttl_s: float) -> None:
        """Keep an answer; while Redis is away there is no cache."""
        ttl_ms = int(ttl_s * 1000)
        if ttl_ms <= 0:
            return
        try:
            await self._connection.command("SET", key, value, "PX", ttl_ms)
        except SourceDown:
            return

    async def get_budgets(self, budgets: Sequence[BudgetWindow]) -> tuple[BudgetState, ...]:
        """Spent and held; raises SourceDown."""
        keys = orjson.dumps([budget_key(b) for b in budgets])
        reply = await self._connection.ask(read_script("budgets"), self._time(), keys)
        return tuple(decode_budgets(budgets, reply[1:]))

    async def get_quotas(self, quotas: Sequence[Quota]) -> tuple[QuotaState, ...]:
        """Requests and tokens taken; raises SourceDown."""
        rows = orjson.dumps([(quota_key(q), q.window.key) for q in quotas])
        reply = await self._connection.ask(read_script("quotas"), rows)
        return decode_quotas(quotas, reply)

    async def get_use(self, asked: SharedLimits) -> tuple[LimitUse, ...]:
        """What the fleet has used; raises SourceDown."""
        reply = await self._connection.ask(read_script("use"), self._time(), *use_args(asked))
        return decode_use(asked, reply)

    async def list_near(self, asked: OwnLimits) -> tuple[CallerUse, ...]:
        """Who is near a limit of their own; raises SourceDown."""
        args = near_args(asked)
        reply = await self._connection.ask(read_script("near_callers"), self._time(), *args)
        return decode_near(asked, reply)

    async def is_lost(self) -> bool:
        """Whether nothing is counted yet, or no longer; raises SourceDown."""
        return await self._recovery.is_lost()

    async def seed_quotas(self, taken: Sequence[QuotaState]) -> None:
        """Tell what the ledger says was taken; raises SourceDown."""
        await self._recovery.seed_quotas(taken)

    async def seed_spend(
        self, spent: Sequence[tuple[BudgetWindow, int]], age_s: float = 0.0
    ) -> None:
        """Tell what the ledger says was spent; after a total loss this opens admissions again.
        Raises SourceDown."""
        await self._recovery.seed_spend(spent, age_s)

    async def list_unsettled(self) -> tuple[str, ...]:
        """Requests whose holds lapsed before their instance said what they cost; raises SourceDown.

        It died, or could not reach Redis: the ledger tells what became of them.
        """
        reply = await self._connection.ask(
            read_script("unsettled"), self._time(), UNSETTLED_AT_ONCE
        )
        return tuple(request_id.decode() for request_id in reply)

    async def list_blocked(self) -> tuple[Block, ...]:
        """Who is blocked until when; raises SourceDown."""
        return decode_blocked(await self._connection.ask(read_script("blocked"), self._time()))

    async def unblock(self, abuse_key: str) -> bool:
        """Forget a user's violations; raises SourceDown."""
        return bool(await self._connection.ask(read_script("unblock"), self._time(), abuse_key))

    async def _admit_alone(self, demand: Demand, args: DemandArgs, error: SourceDown) -> Admission:
        now_s = self._clock.monotonic_s()
        if self._when_down is WhenRedisDown.CLOSED:
            if not isinstance(error, NotAsked):
                # It may have been admitted, or be when Redis wakes up: its hold must go.
                self._recent.add_void(demand, args, now_s)
            raise _closed(error) from error
        admission = await self._alone.admit(demand)
        if admission.denial is None:
            self._recent.add(demand, args, now_s, is_owed=True)
        return admission

    async def _top_up_alone(
        self, demand: Demand, amount: int, tokens: int, error: SourceDown
    ) -> Admission | None:
        if self._when_down is WhenRedisDown.CLOSED:
            raise _closed(error) from error
        shortage = await self._alone.top_up(demand, amount, tokens)
        if shortage is None:
            self._recent.top_up(demand.request_id, amount, tokens, self._clock.monotonic_s())
        return shortage

    def _time(self) -> int | str:
        return "" if self._time_us is None else self._time_us()


def _rebuilding() -> BudgetUnavailable:
    return BudgetUnavailable(
        "The counters of budgets and limits were lost and are being rebuilt from the ledger: "
        "nothing was sent. Try again in a few seconds.",
        retry_after_s=REBUILD_AFTER_S,
    )


def _closed(error: SourceDown) -> BudgetUnavailable:
    return BudgetUnavailable(
        f"{error.message} Without the counters of budgets and limits nothing is sent "
        "(AI_BUDGET_WHEN_REDIS_DOWN=closed). Try again when Redis is back.",
        retry_after_s=1.0,
    )
