"""What is used up: caps and budgets that let no further call through until they start anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.domain.budgets import BudgetState
from services.domain.quotas import CapView


class Measure(StrEnum):
    """What a cap or a budget counts."""

    REQUESTS = "requests"
    TOKENS = "tokens"
    NANO_USD = "nano_usd"


@dataclass(frozen=True, slots=True)
class Exhausted:
    """A cap or a budget of which nothing is left.

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


def exhausted_caps(caps: Iterable[CapView]) -> tuple[Exhausted, ...]:
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
        for measure, used, allowed in (
            (Measure.REQUESTS, view.state.requests, view.state.quota.requests),
            (Measure.TOKENS, view.state.tokens, view.state.quota.tokens),
        )
        if allowed is not None and used >= allowed
    )


def exhausted_budgets(
    budgets: Iterable[BudgetState], shadow: frozenset[str]
) -> tuple[Exhausted, ...]:
    """The budgets that are spent.

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
        if state.spent_nano_usd >= state.budget.limit_nano_usd
    )
