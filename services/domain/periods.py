"""Calendar periods, and the window of one that an instant falls into."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache


class Period(StrEnum):
    """A calendar period in the console's time zone."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Window:
    """One calendar day or month: `key` names it ("2026-11-21", "2026-11"), end exclusive."""

    period: Period
    key: str
    starts_at: datetime
    ends_at: datetime


def window_of(at: datetime, period: Period, zone: tzinfo) -> Window:
    """The calendar window that an instant falls into, in that zone, also over clock changes."""
    # Days begin at quarter-hours in every zone, so all of a quarter-hour has one window.
    minute = at.minute - at.minute % 15
    return _window_of(at.replace(minute=minute, second=0, microsecond=0), period, zone)


def windows_at(at: datetime, zone: tzinfo) -> tuple[Window, Window]:
    """The calendar day and month that an instant falls into."""
    return window_of(at, Period.DAY, zone), window_of(at, Period.MONTH, zone)


@lru_cache(maxsize=256)
def _window_of(at: datetime, period: Period, zone: tzinfo) -> Window:
    local = at.astimezone(zone)
    first = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if period is Period.DAY:
        following = first + timedelta(days=1)
        key = f"{first:%Y-%m-%d}"
    else:
        first = first.replace(day=1)
        following = (first + timedelta(days=32)).replace(day=1)
        key = f"{first:%Y-%m}"
    return Window(period, key, first.astimezone(UTC), following.astimezone(UTC))
