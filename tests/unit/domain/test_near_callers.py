"""Who is near a limit of their own, and how many have no room left."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.domain.limits import LimitSettings
from services.domain.near_callers import (
    MOST_NEAR,
    CallerUse,
    NearCallers,
    name_fullest,
    own_limits,
    sum_near,
)
from services.domain.periods import windows_at

WINDOWS = windows_at(datetime(2026, 11, 25, tzinfo=UTC), UTC)


@pytest.mark.parametrize(
    ("use", "is_near", "is_full"),
    [
        (CallerUse("user_rpm", "user:a", 7, 10), False, False),
        (CallerUse("user_rpm", "user:a", 8, 10), True, False),
        (CallerUse("user_rpm", "user:a", 10, 10), True, True),
        (CallerUse("user_rpm", "user:a", 12, 15), True, False),
        (CallerUse("user_rpm", "user:a", 0, 0), False, True),
        (CallerUse("user_daily", "user:a", 1, 9, 799, 1000), False, False),
        (CallerUse("user_daily", "user:a", 1, 9, 800, 1000), True, False),
        (CallerUse("user_daily", "user:a", 1, 9, 951, 1000), True, True),
        (CallerUse("user_daily", "user:a", 1, None, 950, 1000), True, False),
        (CallerUse("user_daily", "user:a", 9, 9, 0, None), True, True),
        (CallerUse("user_daily", "user:a", 9, None, 9, None), False, False),
    ],
)
def test_near_is_four_fifths_and_full_has_no_room_for_a_usual_call(
    use: CallerUse, is_near: bool, is_full: bool
) -> None:
    assert (use.is_near, use.is_full(50)) == (is_near, is_full)


def test_only_who_is_near_now_counts_and_the_fullest_is_named() -> None:
    uses = [
        CallerUse("user_rpm", "user:a", 9, 10),
        CallerUse("user_rpm", "user:b", 50, 50),
        CallerUse("user_rpm", "user:c", 3, 10),
        CallerUse("user_daily", "user:d", 1, 100, 990, 1000),
    ]
    assert sum_near(("address", "user_rpm", "user_daily"), uses, 50) == (
        NearCallers("address", 0, 0, None, is_cut=False),
        NearCallers("user_rpm", 2, 1, uses[1], is_cut=False),
        NearCallers("user_daily", 1, 1, uses[3], is_cut=False),
    )


def test_that_not_all_were_looked_at_is_told() -> None:
    uses = [CallerUse("address", f"address:{n}", 9, 10) for n in range(MOST_NEAR)]
    (near,) = sum_near(("address",), uses, 50)
    assert (near.near, near.is_cut) == (MOST_NEAR, True)


@pytest.mark.parametrize(
    ("limit", "key", "shown"),
    [
        ("user_rpm", "user:ali", "hash of ali"),
        ("user_rph", "user:@application:shop", "@application:shop"),
        ("user_rpm", "user:@playground:ali", "@playground:hash of ali"),
        ("user_daily", "user:1f", "1f"),
        ("user_monthly", "user:@playground:1f", "@playground:1f"),
        ("address", "address:2001:db8::7", "hash of 2001:db8::7"),
    ],
)
def test_callers_are_named_as_records_name_them(limit: str, key: str, shown: str) -> None:
    near = NearCallers(limit, 1, 1, CallerUse(limit, key, 10, 10), is_cut=False)
    named = name_fullest(near, lambda user: f"hash of {user}").fullest
    assert named is not None
    assert named.key == shown


def test_all_limits_of_single_callers_are_asked_for() -> None:
    own = own_limits(LimitSettings(shadow=frozenset({"user_rpm"})), WINDOWS)
    assert own.names == ("address", "user_rpm", "user_rph", "user_daily", "user_monthly")
    assert own.shadow == {"user_rpm"}
