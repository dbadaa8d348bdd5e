"""The range and zone of a page, kept in its address so that a link shows the same figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import streamlit as st

from console.format import minute_text, seconds_text
from services.domain.costs import day_edges
from services.domain.reliability import frame_of

DAY_RANGES = {
    "today": "Today",
    "yesterday": "Yesterday",
    "7d": "7 days",
    "30d": "30 days",
    "month": "This month",
    "90d": "90 days",
    "custom": "Other days",
}
SPANS = {
    "1h": ("Last hour", timedelta(hours=1)),
    "6h": ("6 hours", timedelta(hours=6)),
    "24h": ("24 hours", timedelta(hours=24)),
    "7d": ("7 days", timedelta(days=7)),
    "30d": ("30 days", timedelta(days=30)),
}


@dataclass(frozen=True, slots=True)
class DayRange:
    """Calendar days in a zone, both included."""

    first: date
    last: date
    zone: ZoneInfo


def day_range_bar(prefix: str, now: datetime, zone: ZoneInfo) -> DayRange:
    """Let the reader choose days and zone.

    Args:
        prefix: the page's own, for its parameters in the address.
        zone: the console's, which is the default.
    """
    bar = st.container(horizontal=True, vertical_alignment="top")
    choice = bar.segmented_control(
        "Whole calendar days",
        list(DAY_RANGES),
        default="7d",
        format_func=DAY_RANGES.__getitem__,
        key=f"{prefix}_range",
        bind="query-params",
    )
    zones = _list_zones(str(zone), st.context.timezone or "UTC")
    name = bar.selectbox(
        "Days are days in", zones, key=f"{prefix}_zone", bind="query-params", width=220
    )
    chosen = ZoneInfo(name or str(zone))
    today = now.astimezone(chosen).date()
    if choice == "custom":
        return _choose_days(bar, prefix, today, chosen)
    first, last = resolve_days(choice or "7d", today)
    return DayRange(first, last, chosen)


def resolve_days(choice: str, today: date) -> tuple[date, date]:
    """The first and last day that a choice means."""
    if choice == "today":
        return today, today
    if choice == "yesterday":
        return today - timedelta(days=1), today - timedelta(days=1)
    if choice == "month":
        return today.replace(day=1), today
    return today - timedelta(days=int(choice.removesuffix("d")) - 1), today


def days_text(days: DayRange, now: datetime) -> str:
    """From when to when calendar days reach, in words."""
    edges = day_edges(days.first, days.last, days.zone)
    start, zone = minute_text(edges[0], days.zone), days.zone
    end = minute_text(edges[-1], zone) if edges[-1] <= now else _now_text(now, zone)
    return (
        f"**Whole calendar days** in {zone}: from {start} to {end}. "
        "Reliability counts back from now instead, so its numbers of requests differ."
    )


def span_text(span: timedelta, now: datetime, zone: ZoneInfo) -> str:
    """From when to when a span that ends now reaches, in words."""
    frame = frame_of(now, span)
    return (
        f"**Counted back from now**, in steps of {seconds_text(frame.step.total_seconds())}: from "
        f"{minute_text(frame.edges[0], zone)} to {_now_text(now, zone)}, {zone}. "
        "Cost counts whole calendar days instead, so its numbers of requests differ."
    )


def _now_text(now: datetime, zone: ZoneInfo) -> str:
    return f"now, {minute_text(now, zone)}"


def span_bar(prefix: str, default: str = "24h") -> timedelta:
    """Let the reader choose how far back to look."""
    choice = st.segmented_control(
        "Counted back from now",
        list(SPANS),
        default=default,
        format_func=lambda key: SPANS[key][0],
        key=f"{prefix}_span",
        bind="query-params",
    )
    return SPANS[choice or default][1]


@cache
def _list_zones(own: str, browser: str) -> list[str]:
    """The likely zones, then all others: a link from elsewhere must find its zone."""
    every = sorted(available_timezones())
    return list(dict.fromkeys([own, *(z for z in (browser, "UTC") if z in every), *every]))


def _choose_days(
    bar: st.delta_generator.DeltaGenerator, prefix: str, today: date, zone: ZoneInfo
) -> DayRange:
    earliest = today - timedelta(days=3 * 366)
    first = bar.date_input(
        "First day",
        value=today - timedelta(days=6),
        min_value=earliest,
        max_value=today,
        key=f"{prefix}_first",
        bind="query-params",
        width=150,
    )
    last = bar.date_input(
        "Last day",
        value=today,
        min_value=earliest,
        max_value=today,
        key=f"{prefix}_last",
        bind="query-params",
        width=150,
    )
    low, high = sorted((first, last))
    return DayRange(low, high, zone)
