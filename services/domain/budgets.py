"""Budgets: money per calendar period, in whole nano-dollars."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.domain.ledger import Source
from services.domain.periods import Period, Window

BUDGET_NAMES: Mapping[tuple[str, Period], str] = {
    ("global", Period.DAY): "daily_budget",
    ("global", Period.MONTH): "monthly_budget",
    ("playground", Period.DAY): "playground_budget",
}
"""The budgets that settings set, by scope and period."""


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit of money for a scope: "global", "feature:NAME", "user:ID", "application:NAME",
    "playground"."""

    scope: str
    period: Period
    limit_nano_usd: int

    @property
    def name(self) -> str:
        """How settings and refusals name it: "daily_budget"; others by scope and period."""
        return BUDGET_NAMES.get((self.scope, self.period), f"{self.scope} {self.period.value}")

    @property
    def source(self) -> Source:
        """Whose requests spend it: the playground has a budget of its own."""
        return Source.PLAYGROUND if self.scope == "playground" else Source.APPLICATION


@dataclass(frozen=True, slots=True)
class BudgetWindow:
    """A budget in the calendar window of the request's start."""

    budget: Budget
    window: Window


@dataclass(frozen=True, slots=True)
class BudgetState:
    """A budget's window with what is spent in it and what running calls hold."""

    budget: Budget
    window: Window
    spent_nano_usd: int
    held_nano_usd: int

    @property
    def available_nano_usd(self) -> int:
        return self.budget.limit_nano_usd - self.spent_nano_usd - self.held_nano_usd


@dataclass(frozen=True, slots=True)
class BudgetView:
    """A budget's window: spent (the ledger's sum), held by running calls, forecast to its end.

    Args:
        counted_nano_usd: spent by the counters, which decide; ahead of the ledger by what the
            journal still holds.
        is_shadow: counted only: it stops nobody.
    """

    budget: Budget
    window: Window
    spent_nano_usd: int
    held_nano_usd: int
    forecast_nano_usd: int
    alert_share: float
    counted_nano_usd: int = 0
    is_shadow: bool = False

    @property
    def share(self) -> float:
        """Spent as a share of the limit; 1 for a limit of nothing."""
        limit = self.budget.limit_nano_usd
        return self.spent_nano_usd / limit if limit else 1.0

    @property
    def forecast_share(self) -> float:
        """The forecast as a share of the limit; 1 for a limit of nothing."""
        limit = self.budget.limit_nano_usd
        return self.forecast_nano_usd / limit if limit else 1.0

    @property
    def is_within(self) -> bool:
        return self.spent_nano_usd < self.budget.limit_nano_usd

    @property
    def is_warning(self) -> bool:
        return self.share >= self.alert_share


def find_short_budget(states: Iterable[BudgetState], amount_nano_usd: int) -> BudgetState | None:
    """Of the budgets without room for the amount the one with least left; None when all have."""
    short = [s for s in states if s.available_nano_usd < amount_nano_usd]
    return min(short, key=lambda s: s.available_nano_usd, default=None)


def forecast_nano_usd(spent_nano_usd: int, window: Window, now: datetime) -> int:
    """What the window will have cost at its end if spending goes on at its rate so far."""
    microsecond = timedelta(microseconds=1)
    elapsed = (now - window.starts_at) // microsecond
    length = (window.ends_at - window.starts_at) // microsecond
    if elapsed <= 0:
        return spent_nano_usd
    return spent_nano_usd * max(length, elapsed) // elapsed


def with_today(views: tuple[BudgetView, ...], now: datetime) -> tuple[BudgetView, ...]:
    """The views with no month that ends below what today alone foretells for its scope.

    After a quiet month its own rate foretells less than the day that is still running. A day counts
    once a quarter of it is over: a few calls after midnight foretell nothing.
    """
    days = {
        view.budget.scope: view
        for view in views
        if view.budget.period is Period.DAY and _is_quarter_over(view.window, now)
    }
    return tuple(
        _above(view, days.get(view.budget.scope)) if view.budget.period is Period.MONTH else view
        for view in views
    )


def _is_quarter_over(window: Window, now: datetime) -> bool:
    return now - window.starts_at >= (window.ends_at - window.starts_at) / 4


def _above(month: BudgetView, day: BudgetView | None) -> BudgetView:
    if day is None:
        return month
    least = month.spent_nano_usd - day.spent_nano_usd + day.forecast_nano_usd
    return replace(month, forecast_nano_usd=max(month.forecast_nano_usd, least))
