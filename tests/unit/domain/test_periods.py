from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.periods import Period, Window, window_of

ISTANBUL = ZoneInfo("Europe/Istanbul")
# All offsets from -11 to +14, halves and quarters, both hemispheres, clock changes at midnight
# (Havana, Cairo, Beirut, Santiago, Asuncion, Azores) and of half an hour (Lord Howe).
ZONES = [
    "UTC", "Europe/Istanbul", "Europe/Berlin", "Europe/London", "Europe/Lisbon", "Europe/Chisinau",
    "Atlantic/Azores", "America/New_York", "America/Chicago", "America/Denver", "America/St_Johns",
    "America/Los_Angeles", "America/Anchorage", "America/Sao_Paulo", "America/Havana",
    "America/Santiago", "America/Asuncion", "America/Nuuk", "Africa/Cairo", "Africa/Casablanca",
    "Asia/Beirut", "Asia/Tehran", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Tokyo", "Asia/Gaza",
    "Australia/Adelaide", "Australia/Lord_Howe", "Australia/Sydney", "Pacific/Auckland",
    "Pacific/Chatham", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Antarctica/Troll",
]  # fmt: skip
INSTANTS = st.datetimes(datetime(2022, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def test_day_follows_the_zone_not_utc() -> None:
    window = window_of(datetime(2026, 11, 20, 21, 30, tzinfo=UTC), Period.DAY, ISTANBUL)
    assert window == Window(
        Period.DAY,
        "2026-11-21",
        datetime(2026, 11, 20, 21, tzinfo=UTC),
        datetime(2026, 11, 21, 21, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-11-01", 25),
        ("America/Havana", "2026-03-08", 23),
        ("America/Havana", "2026-11-01", 25),
        ("Africa/Cairo", "2026-04-24", 23),
        ("Africa/Cairo", "2026-10-29", 25),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("Europe/Istanbul", "2026-10-25", 24),
    ],
)
def test_day_of_a_clock_change_has_its_real_length(zone: str, day: str, hours: float) -> None:
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=ZoneInfo(zone))
    window = window_of(noon, Period.DAY, ZoneInfo(zone))
    assert window.key == day
    assert window.ends_at - window.starts_at == timedelta(hours=hours)


def test_both_passes_of_a_repeated_hour_are_the_same_day() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    instants = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]
    assert [i.astimezone(berlin).hour for i in instants] == [2, 2]
    assert len({window_of(i, Period.DAY, berlin) for i in instants}) == 1


@pytest.mark.parametrize(
    ("at", "key", "days"),
    [
        ("2026-02-15T12:00+00:00", "2026-02", 28),
        ("2028-02-29T12:00+00:00", "2028-02", 29),
        ("2026-12-31T23:00+00:00", "2027-01", 31),
        ("2026-04-30T20:59+00:00", "2026-04", 30),
    ],
)
def test_month_is_a_calendar_month(at: str, key: str, days: int) -> None:
    window = window_of(datetime.fromisoformat(at), Period.MONTH, ISTANBUL)
    assert window.key == key
    assert window.ends_at - window.starts_at == timedelta(days=days)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("period", list(Period))
@given(at=INSTANTS)
def test_window_holds_its_instant_and_the_next_begins_where_it_ends(
    zone: str, period: Period, at: datetime
) -> None:
    tz = ZoneInfo(zone)
    window = window_of(at, period, tz)
    assert window.starts_at <= at < window.ends_at
    assert window_of(window.starts_at, period, tz) == window
    following = window_of(window.ends_at, period, tz)
    assert following.starts_at == window.ends_at
    assert following.key > window.key
    assert window_of(window.ends_at - timedelta(microseconds=1), period, tz) == window
