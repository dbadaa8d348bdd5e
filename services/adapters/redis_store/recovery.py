"""What a Redis is told again after an outage or a total loss, by its instances and the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import orjson

from services.adapters.redis_store.alone import AloneCounters
from services.adapters.redis_store.books import decode_budgets, encode_spent, encode_taken
from services.adapters.redis_store.connection import RedisConnection
from services.adapters.redis_store.keys import budget_key, micros
from services.adapters.redis_store.recent import RecentCalls
from services.adapters.redis_store.scripts import read_script
from services.domain.budgets import BudgetWindow
from services.domain.ports import Clock
from services.domain.quotas import QuotaState

REBUILD_AFTER_S = 2.0
"""After a total loss the ledger is read so much later, when the ended requests are all in it, and
admissions open so much later still, when every instance has said its running requests again."""


class Recovery:
    """Watches what Redis knows, and says again what it does not.

    Args:
        recent: what this instance told the counters lately.
        alone: the counters of this instance while Redis is away.
        time: the time that scripts are given; "" for the clock of Redis.
    """

    def __init__(
        self,
        connection: RedisConnection,
        clock: Clock,
        *,
        recent: RecentCalls,
        alone: AloneCounters,
        time: Callable[[], int | str],
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._recent = recent
        self._alone = alone
        self._time = time
        self._is_seeded = False
        self._lost_at_s: float | None = None
        self._restores_all = False
        connection.add_keeper(self._keep)

    @property
    def needs_seed(self) -> bool:
        """Whether `seed_spend` is due: at first, and a while after a total loss."""
        if self._connection.is_down:
            return False
        if self._lost_at_s is None:
            return not self._is_seeded
        return self._clock.monotonic_s() >= self._lost_at_s + REBUILD_AFTER_S

    async def is_lost(self) -> bool:
        """Whether nothing is counted yet, or no longer; raises SourceDown."""
        reply = await self._connection.ask(read_script("budgets"), self._time(), b"[]")
        return not reply[0]

    async def seed_quotas(self, taken: Sequence[QuotaState]) -> None:
        """Tell what the ledger says was taken; raises SourceDown.

        Users who took nothing are not among them: once the counters are rebuilt, nobody can tell
        such a user from one who is missing in Redis, and so no user is told any more.
        """
        for when_lost, is_cap in (("1", False), ("", True)):
            states = [state for state in taken if state.quota.is_cap is is_cap]
            if states:
                rows = encode_taken(states)
                await self._connection.ask(
                    read_script("seed_quotas"), self._time(), when_lost, rows
                )

    async def seed_spend(
        self, spent: Sequence[tuple[BudgetWindow, int]], age_s: float = 0.0
    ) -> None:
        """Tell what the ledger says was spent; after a total loss this opens admissions again.

        A window is told once, by whichever instance comes first. Raises SourceDown.
        """
        pause_us = 0 if self._lost_at_s is None else micros(REBUILD_AFTER_S)
        await self._connection.ask(
            read_script("seed"), self._time(), pause_us, micros(age_s), encode_spent(spent)
        )
        self._is_seeded, self._lost_at_s = True, None
        await self._restore()

    def note_loss(self) -> None:
        """The counters of all requests were found to be gone."""
        # Before its first seed an instance has nothing to say again, so nothing to wait for.
        if self._is_seeded and self._lost_at_s is None:
            self._lost_at_s = self._clock.monotonic_s()
        self._restores_all = True

    async def _keep(self, is_back: bool) -> None:
        """Look for a total loss, learn what the fleet has spent, say again what is owed."""
        budgets = self._alone.watched()
        keys = orjson.dumps([budget_key(b) for b in budgets])
        (reply,) = await self._connection.run_each(read_script("budgets"), [(self._time(), keys)])
        self._alone.learn(decode_budgets(budgets, reply[1:]))
        if not reply[0]:
            self.note_loss()
        else:
            self._lost_at_s = None
        self._restores_all = self._restores_all or is_back
        await self._restore()
        if not self._connection.is_down:
            self._alone.end()

    async def _restore(self) -> None:
        """Say again what Redis may not know: all of it after an outage, else what is owed."""
        now_s = self._clock.monotonic_s()
        calls = self._recent.list_calls(now_s, only_owed=not self._restores_all)
        attempts = [call.unconfirmed for call in calls]
        replies = await self._connection.run_each(
            read_script("restore"), [(self._time(), *c.restore_args(now_s)) for c in calls]
        )
        for call, said, is_known in zip(calls, attempts, replies, strict=True):
            if is_known:
                self._recent.confirm(call, said, now_s)
        self._restores_all = self._restores_all and not all(replies)
