"""The range and zone of a page, kept in its address so that a link shows the same figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import streamlit as st

DAY_RANGES = {
    "today": "Today",
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
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    choice = bar.segmented_control(
        "Calendar days, today included",
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
    if choice == "month":
        return today.replace(day=1), today
    return today - timedelta(days=int(choice.removesuffix("d")) - 1), today


def span_bar(prefix: str, default: str = "24h") -> timedelta:
    """Let the reader choose how far back to look."""
    choice = st.segmented_control(
        "Range",
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
