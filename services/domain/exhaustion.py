"""What is used up: caps and budgets without room for a usual call until they start anew.

A call takes at first the most that it can need, so that none comes through long before the last
token or cent is spent: a usual call is one that sets no output limit of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.domain.budgets import BudgetState
from services.domain.money import price_estimate
from services.domain.quotas import CapView
from services.domain.snapshot import Snapshot


class Measure(StrEnum):
    """What a cap or a budget counts."""

    REQUESTS = "requests"
    TOKENS = "tokens"
    NANO_USD = "nano_usd"


@dataclass(frozen=True, slots=True)
class Exhausted:
    """A cap or a budget that has no room for a usual call.

    Args:
        limit: its name, as refusals tell it.
        scope: whose calls are refused, as budgets name scopes: "global", "feature:NAME", ….
        used, allowed: in the unit of `measure`.
        is_shadow: it is counted only, so that calls go on.
    """

    limit: str
    scope: str
    measure: Measure
    used: int
    allowed: int
    ends_at: datetime
    is_shadow: bool

    @property
    def has_rest(self) -> bool:
        """Whether something is left, too little for a usual call."""
        return self.used < self.allowed


@dataclass(frozen=True, slots=True)
class UsualCall:
    """What a call with a short question and no output limit of its own takes at first."""

    tokens: int
    nano_usd: int


def usual_call(snapshot: Snapshot) -> UsualCall:
    """It may go to the dearest model of the route."""
    prices = [snapshot.prices[c] for c in snapshot.candidates if c in snapshot.prices]
    costs = [price_estimate(0, snapshot.max_tokens, price) for price in prices]
    return UsualCall(snapshot.max_tokens, max(costs, default=0))


def exhausted_caps(caps: Iterable[CapView], call: UsualCall) -> tuple[Exhausted, ...]:
    """The caps of features that are used up, each by what it ran out of."""
    return tuple(
        Exhausted(
            view.state.quota.name,
            f"feature:{view.feature}",
            measure,
            used,
            allowed,
            view.state.quota.window.ends_at,
            view.is_shadow,
        )
        for view in caps
        for measure, used, allowed, needed in (
            (Measure.REQUESTS, view.state.requests, view.state.quota.requests, 1),
            (Measure.TOKENS, view.state.tokens, view.state.quota.tokens, call.tokens),
        )
        if allowed is not None and used + needed > allowed
    )


def exhausted_budgets(
    budgets: Iterable[BudgetState], shadow: frozenset[str], call: UsualCall
) -> tuple[Exhausted, ...]:
    """The budgets that are spent; what running calls hold comes free again.

    Args:
        shadow: names of limits that are counted but refuse nobody.
    """
    return tuple(
        Exhausted(
            state.budget.name,
            state.budget.scope,
            Measure.NANO_USD,
            state.spent_nano_usd,
            state.budget.limit_nano_usd,
            state.window.ends_at,
            state.budget.name in shadow,
        )
        for state in budgets
        if state.spent_nano_usd + max(call.nano_usd, 1) > state.budget.limit_nano_usd
    )
