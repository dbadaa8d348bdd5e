"""Ranges say from when to when they reach, and which kind they are."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from console.components import DayRange, days_text, span_text
from console.components.ranges import DAY_RANGES, resolve_days
from services.domain.reliability import frame_of

NOW = datetime(2026, 11, 21, 12, 7, 31, tzinfo=UTC)
ISTANBUL = ZoneInfo("Europe/Istanbul")


def test_days_that_last_until_today_end_now() -> None:
    text = days_text(DayRange(date(2026, 11, 15), date(2026, 11, 21), ISTANBUL), NOW)
    assert "**Whole calendar days** in Europe/Istanbul" in text
    assert "from 2026-11-15 00:00 to now, 2026-11-21 15:07." in text


def test_days_that_are_over_end_at_midnight() -> None:
    text = days_text(DayRange(date(2026, 11, 15), date(2026, 11, 16), ISTANBUL), NOW)
    assert "from 2026-11-15 00:00 to 2026-11-17 00:00." in text


def test_span_begins_where_its_figures_do() -> None:
    text = span_text(timedelta(hours=24), NOW, ISTANBUL)
    assert frame_of(NOW, timedelta(hours=24)).edges[0] == NOW.replace(day=20, minute=0, second=0)
    assert "**Counted back from now**, in steps of 15 min" in text
    assert "from 2026-11-20 15:00 to now, 2026-11-21 15:07, Europe/Istanbul." in text


def test_every_choice_of_days_but_yesterday_ends_today() -> None:
    today = date(2026, 12, 1)
    assert resolve_days("yesterday", today) == (date(2026, 11, 30), date(2026, 11, 30))
    assert resolve_days("month", today) == (today, today)
    assert resolve_days("7d", today) == (date(2026, 11, 25), today)
    assert "yesterday" in DAY_RANGES
