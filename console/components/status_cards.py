"""The cards of the Overview: money against budget, errors, latency and requests."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import streamlit as st

from console.components.cards import even_trend, pick_budget, pick_reading, state_card
from console.format import (
    count_text,
    counted_text,
    money_text,
    percent_text,
    percentile_text,
    share_text,
)
from console.verdict import Level, error_level, latency_level
from services.domain.budgets import BudgetView
from services.domain.kill import KillEntry
from services.domain.periods import Period
from services.domain.readings import Reading
from services.domain.rollout import Rollout, Stage
from services.domain.shares import is_enough_for_rate
from services.domain.traffic import Traffic


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
    label: str, period: Period, budgets: Reading[tuple[BudgetView, ...]], now: datetime
) -> None:
    """Draw what a period's calls of applications cost, against its budget and with a forecast."""
    state_card(
        label,
        pick_budget(budgets, "global", period),
        lambda view: money_text(view.spent_nano_usd),
        now=now,
        note=lambda view: (
            f"of {money_text(view.budget.limit_nano_usd)}, "
            f"ends near {money_text(view.forecast_nano_usd)}"
        ),
        alarm=_budget_alarm,
    )


def _budget_alarm(view: BudgetView) -> str | None:
    if view.is_shadow:
        return f"{percent_text(view.share)} of budget, in shadow: stops nobody"
    return f"{percent_text(view.share)} of budget" if view.is_warning else None


def error_card(traffic: Reading[Traffic], now: datetime) -> None:
    """Draw the share of failed requests, of few the counts; refusals are outside it."""

    def note(figures: Traffic) -> str:
        # The card cuts what is longer than about 30 characters; few errors are the value itself.
        quality = figures.quality
        is_rate = is_enough_for_rate(quality.counted)
        failed = f"{count_text(quality.failed)} failed" if is_rate else "failed"
        return f"{failed}, {count_text(quality.refused)} refused"

    def alarm(figures: Traffic) -> str | None:
        failed, counted = figures.quality.failed, figures.quality.counted
        if error_level(failed, counted) in (None, Level.FEW):
            return None
        return f"{count_text(failed)} of {counted_text(counted, 'request')} failed"

    state_card(
        "Errors, 24 h",
        pick_reading(
            traffic,
            lambda figures: figures if figures.quality.counted else None,
            lambda figures: figures.quality.failed == 0,
        ),
        lambda figures: share_text(figures.quality.failed, figures.quality.counted),
        now=now,
        note=note,
        alarm=alarm,
        trend=lambda figures: even_trend([(at, failed) for at, _, failed in figures.series]),
    )


def latency_card(traffic: Reading[Traffic], now: datetime) -> None:
    """Draw the 95th percentile of the time to the end of an answer."""
    state_card(
        "P95 latency, 24 h",
        pick_reading(
            traffic,
            lambda figures: None if figures.quality.latency_ms(0.95) is None else figures.quality,
            lambda _: False,
        ),
        lambda quality: percentile_text(quality.latency_ms(0.95)),
        now=now,
        alarm=lambda quality: slow_text(quality.latency_counts),
    )


def slow_text(counts: tuple[int, ...]) -> str | None:
    """What is wrong with a latency's histogram, if that is proven."""
    is_slow = latency_level(counts) not in (None, Level.FEW)
    return "slower than 5 s" if is_slow else None


def request_card(traffic: Reading[Traffic], now: datetime) -> None:
    """Draw how many requests applications sent."""
    state_card(
        "Requests, 24 h",
        pick_reading(
            traffic, lambda figures: figures, lambda figures: figures.quality.requests == 0
        ),
        lambda figures: count_text(figures.quality.requests),
        now=now,
        note=lambda figures: f"{count_text(figures.cached)} from cache",
        trend=lambda figures: even_trend([(at, n) for at, n, _ in figures.series]),
    )
