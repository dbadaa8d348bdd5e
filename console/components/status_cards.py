"""The cards of the Overview: money against budget, errors, latency and requests."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import streamlit as st

from console.components.cards import even_trend, pick_reading, state_card
from console.format import (
    count_text,
    counted_text,
    money_text,
    percent_text,
    percentile_text,
    share_text,
)
from console.verdict import Level, error_level, latency_level
from services.domain.budgets import Budget
from services.domain.kill import KillEntry
from services.domain.periods import Period
from services.domain.readings import Reading
from services.domain.rollout import Rollout, Stage
from services.domain.shares import is_enough_for_rate


class BudgetFigures(Protocol):
    """A budget's window."""

    @property
    def budget(self) -> Budget: ...

    @property
    def spent_nano_usd(self) -> int: ...

    @property
    def forecast_nano_usd(self) -> int: ...

    @property
    def share(self) -> float: ...

    @property
    def is_warning(self) -> bool: ...

    @property
    def is_shadow(self) -> bool: ...


class ControlFigures(Protocol):
    """What is switched on, for whom, and what is stopped."""

    @property
    def ceiling(self) -> Rollout: ...

    @property
    def kills(self) -> tuple[KillEntry, ...]: ...

    @property
    def primary(self) -> str: ...

    @property
    def revision(self) -> int: ...


class TrafficFigures(Protocol):
    """Applications' requests of a range."""

    @property
    def requests(self) -> int: ...

    @property
    def answered(self) -> int: ...

    @property
    def errors(self) -> int: ...

    @property
    def refused(self) -> int: ...

    @property
    def cached(self) -> int: ...

    @property
    def latency_counts(self) -> tuple[int, ...]: ...

    @property
    def p95_ms(self) -> float | None: ...

    @property
    def error_rate(self) -> float | None: ...

    @property
    def series(self) -> tuple[tuple[datetime, int, int, int], ...]: ...


def control_card(status: ControlFigures) -> None:
    """Draw whether AI runs, and for whom."""
    ceiling, stopped = status.ceiling, [kill.scope for kill in status.kills]
    is_internal = ceiling.stage is Stage.INTERNAL_ONLY
    share = "staff only" if is_internal else f"{ceiling.percentage:g}% of users"
    st.metric(
        "AI",
        "Stopped" if "all" in stopped else "Partly off" if stopped else "Running",
        delta=f"{ceiling.stage}, {share}",
        delta_color="red" if stopped else "gray",
        delta_arrow="off",
        icon=":material/front_hand:" if stopped else ":material/play_circle:",
        help=f"The primary model is {status.primary}. Control state revision {status.revision}.",
        border=True,
        height="stretch",
    )


def budget_card(
    label: str, period: Period, budgets: Reading[tuple[BudgetFigures, ...]], now: datetime
) -> None:
    """Draw what a period's calls of applications cost, against its budget and with a forecast."""

    def find(views: tuple[BudgetFigures, ...]) -> BudgetFigures | None:
        wanted = ("global", period)
        return next((v for v in views if (v.budget.scope, v.budget.period) == wanted), None)

    state_card(
        label,
        pick_reading(budgets, find, lambda view: view.spent_nano_usd == 0),
        lambda view: money_text(view.spent_nano_usd),
        now=now,
        note=lambda view: (
            f"of {money_text(view.budget.limit_nano_usd)}, "
            f"ends near {money_text(view.forecast_nano_usd)}"
        ),
        alarm=_budget_alarm,
    )


def _budget_alarm(view: BudgetFigures) -> str | None:
    if view.is_shadow:
        return f"{percent_text(view.share)} of budget, in shadow: stops nobody"
    return f"{percent_text(view.share)} of budget" if view.is_warning else None


def error_card(traffic: Reading[TrafficFigures], now: datetime) -> None:
    """Draw the share of failed requests, of few the counts; refusals are outside it."""

    def note(figures: TrafficFigures) -> str:
        # The card cuts what is longer than about 30 characters; few errors are the value itself.
        is_rate = is_enough_for_rate(figures.answered + figures.errors)
        failed = f"{count_text(figures.errors)} failed" if is_rate else "failed"
        return f"{failed}, {count_text(figures.refused)} refused"

    def alarm(figures: TrafficFigures) -> str | None:
        counted = figures.answered + figures.errors
        if error_level(figures.errors, counted) in (None, Level.FEW):
            return None
        return f"{count_text(figures.errors)} of {counted_text(counted, 'request')} failed"

    state_card(
        "Errors, 24 h",
        pick_reading(
            traffic,
            lambda figures: None if figures.error_rate is None else figures,
            lambda figures: figures.errors == 0,
        ),
        lambda figures: share_text(figures.errors, figures.answered + figures.errors),
        now=now,
        note=note,
        alarm=alarm,
        trend=lambda figures: even_trend([(at, bad) for at, _, bad, _ in figures.series]),
    )


def latency_card(traffic: Reading[TrafficFigures], now: datetime) -> None:
    """Draw the 95th percentile of the time to the end of an answer."""
    state_card(
        "P95 latency, 24 h",
        pick_reading(
            traffic, lambda figures: None if figures.p95_ms is None else figures, lambda _: False
        ),
        lambda figures: percentile_text(figures.p95_ms),
        now=now,
        alarm=lambda figures: slow_text(figures.latency_counts),
    )


def slow_text(counts: tuple[int, ...]) -> str | None:
    """What is wrong with a latency's histogram, if that is proven."""
    is_slow = latency_level(counts) not in (None, Level.FEW)
    return "slower than 5 s" if is_slow else None


def request_card(traffic: Reading[TrafficFigures], now: datetime) -> None:
    """Draw how many requests applications sent."""
    state_card(
        "Requests, 24 h",
        pick_reading(traffic, lambda figures: figures, lambda figures: figures.requests == 0),
        lambda figures: count_text(figures.requests),
        now=now,
        note=lambda figures: f"{count_text(figures.cached)} from cache",
        trend=lambda figures: even_trend([(at, n) for at, n, _, _ in figures.series]),
    )
