"""Limits, budgets and cached answers, counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from services.domain.admissions import Admission, Demand
from services.domain.blocks import Block
from services.domain.budgets import BudgetState, BudgetWindow
from services.domain.limit_use import LimitUse, SharedLimits
from services.domain.near_callers import CallerUse, OwnLimits
from services.domain.provider_limits import ProviderDemand, ProviderRoom
from services.domain.quotas import Quota, QuotaState
from services.domain.settlements import Settlement


class Counters(Protocol):
    """Limits, quotas, abuse, budget holds and the answer cache, all or nothing in one trip."""

    async def admit(self, demand: Demand, cache_key: str | None) -> Admission: ...

    async def settle(self, settlement: Settlement) -> None:
        """Book an attempt; a second settlement of the same (request, attempt) does nothing."""
        ...

    async def top_up(
        self, demand: Demand, amount_nano_usd: int, tokens: int = 0
    ) -> Admission | None:
        """Raise an admitted demand's hold in all its budgets and its estimate in all its quotas,
        or nothing.

        Returns:
            None when it was raised, else what refused. QUOTA when a quota has no room for the
            tokens. BUDGET_SPENT when a budget had no room even if all other calls gave back what
            they hold; BUDGET_HELD when it then would, or, without the name of a limit, when nobody
            knows the request (any more).
        """
        ...

    async def take_provider(self, demand: ProviderDemand) -> ProviderRoom:
        """Take an attempt's request and tokens from its provider's minute, or nothing."""
        ...

    async def correct_provider(self, provider: str, attempt: str, tokens: int) -> None:
        """Replace the attempt's estimated tokens by those it took."""
        ...

    async def store_answer(self, key: str, value: bytes, ttl_s: float) -> None: ...

    async def get_budgets(self, budgets: Sequence[BudgetWindow]) -> tuple[BudgetState, ...]: ...

    async def get_quotas(self, quotas: Sequence[Quota]) -> tuple[QuotaState, ...]: ...

    async def get_use(self, asked: SharedLimits) -> tuple[LimitUse, ...]:
        """What is used now of each, rates first, then buckets, then providers."""
        ...

    async def list_near(self, asked: OwnLimits) -> tuple[CallerUse, ...]:
        """What callers have used now that were near one of these limits when they called last, at
        most MOST_NEAR a limit, in the order of the limits."""
        ...

    async def seed_quotas(self, taken: Sequence[QuotaState]) -> None:
        """Set windows that are empty to what the ledger says was taken in them.

        Args:
            taken: every cap of every feature, and of users those that took something.
        """
        ...

    async def seed_spend(
        self, spent: Sequence[tuple[BudgetWindow, int]], age_s: float = 0.0
    ) -> None:
        """Set windows that are empty to what the ledger says was spent in them; after all else that
        is told of the time before.

        Args:
            age_s: how long ago the ledger was asked.
        """
        ...

    async def list_blocked(self) -> tuple[Block, ...]:
        """Everyone blocked, the one that is so longest last."""
        ...

    async def unblock(self, abuse_key: str) -> bool:
        """Forget their violations; whether they were blocked."""
        ...
