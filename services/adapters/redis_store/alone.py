"""What one instance allows while it cannot see what the others take: its share of every limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.adapters.memory.counters import MemoryCounters
from services.adapters.redis_store.keys import budget_key
from services.domain.admissions import GONE, Admission, Demand
from services.domain.budgets import BudgetState, BudgetWindow
from services.domain.ports import Clock
from services.domain.provider_limits import ProviderDemand, ProviderLimit, ProviderRoom
from services.domain.settlements import Settlement

WATCHED_BUDGETS = 256
"""So many budget windows are followed, the ones used last."""


class AloneCounters:
    """Counters of one instance, with the limits divided by the number of instances.

    A budget's share is of what was neither spent nor held when the fleet's counters were last seen;
    a rate's or quota's is of the whole, because what was taken of it is not known here.

    Args:
        instances: the number of instances that were alive when that was last known.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, BudgetState] = {}
        self._counters: MemoryCounters | None = None
        self.instances = 1

    def watch(self, budgets: Sequence[BudgetWindow]) -> None:
        """Follow the windows that requests use."""
        for row in budgets:
            if budget_key(row) not in self._known:
                self.learn([BudgetState(row.budget, row.window, 0, 0)])

    def watched(self) -> list[BudgetWindow]:
        """The windows to be learned of, those that are over left out."""
        now = self._clock.now()
        over = [key for key, state in self._known.items() if state.window.ends_at <= now]
        for key in over:
            del self._known[key]
        return [BudgetWindow(state.budget, state.window) for state in self._known.values()]

    def learn(self, states: Sequence[BudgetState]) -> None:
        """What the fleet has spent and holds."""
        for state in states:
            self._known[budget_key(BudgetWindow(state.budget, state.window))] = state
        while len(self._known) > WATCHED_BUDGETS:
            del self._known[next(iter(self._known))]

    def end(self) -> None:
        """The fleet's counters are back: forget what was taken of the share."""
        self._counters = None

    async def admit(self, demand: Demand) -> Admission:
        """Admit against the share; there is no cache."""
        return await self._present().admit(self._share(demand), None)

    async def settle(self, settlement: Settlement) -> None:
        """Book what was admitted here."""
        if self._counters is not None:
            await self._counters.settle(settlement)

    async def top_up(
        self, demand: Demand, amount_nano_usd: int, tokens: int = 0
    ) -> Admission | None:
        """Raise what was taken here."""
        if self._counters is None:
            return GONE
        return await self._counters.top_up(demand, amount_nano_usd, tokens)

    async def take_provider(self, demand: ProviderDemand) -> ProviderRoom:
        """Take from the share of a provider's minute."""
        parts, limit = max(self.instances, 1), demand.limit
        share = ProviderLimit(
            None if limit.requests is None else _part(limit.requests, parts),
            None if limit.tokens is None else _part(limit.tokens, parts),
        )
        return await self._present().take_provider(replace(demand, limit=share))

    async def correct_provider(self, provider: str, attempt: str, tokens: int) -> None:
        """Correct what was taken here."""
        if self._counters is not None:
            await self._counters.correct_provider(provider, attempt, tokens)

    def _present(self) -> MemoryCounters:
        if self._counters is None:
            self._counters = MemoryCounters(self._clock)
        return self._counters

    def _share(self, demand: Demand) -> Demand:
        parts = max(self.instances, 1)
        return replace(
            demand,
            rates=tuple(replace(r, requests=_part(r.requests, parts)) for r in demand.rates),
            buckets=tuple(
                replace(b, per_minute=_part(b.per_minute, parts), burst=_part(b.burst, parts))
                for b in demand.buckets
            ),
            quotas=tuple(
                replace(
                    q,
                    requests=None if q.requests is None else _part(q.requests, parts),
                    tokens=None if q.tokens is None else _part(q.tokens, parts),
                )
                for q in demand.quotas
            ),
            budgets=tuple(self._share_budget(row, parts) for row in demand.budgets),
        )

    def _share_budget(self, row: BudgetWindow, parts: int) -> BudgetWindow:
        left, known = row.budget.limit_nano_usd, self._known.get(budget_key(row))
        if known is not None:
            left = max(left - known.spent_nano_usd - known.held_nano_usd, 0)
        return BudgetWindow(replace(row.budget, limit_nano_usd=left // parts), row.window)


def _part(limit: int, parts: int) -> int:
    return max(limit // parts, 1) if limit > 0 else limit
