from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.rollout import CEILING, FULL_BP, Rollout, Stage
from services.domain.rollout_access import Subject, bucket_bp, decide_access

AT = datetime(2026, 11, 21, tzinfo=UTC)
OPEN = Rollout(CEILING, Stage.GENERAL, FULL_BP, AT)
HINT = Rollout("hint", Stage.CANARY, 500, AT)
# Each rule of a feature, the earlier one winning, with the caller's part in it.
RULES: list[tuple[str, dict[str, Any], dict[str, Any], bool]] = [
    ("feature_disabled", {"is_enabled": False}, {}, False),
    ("stage_disabled", {"stage": Stage.DISABLED}, {}, False),
    ("user_denied", {"denied_users": frozenset({"ali"})}, {"user": "ali"}, False),
    ("user_allowed", {"allowed_users": frozenset({"ali"})}, {"user": "ali"}, True),
    ("segment", {"segments": frozenset({"beta"})}, {"segments": frozenset({"beta"})}, True),
    ("staff", {}, {"role": "staff"}, True),
    ("outside_percentage", {"percentage_bp": 1}, {"user": "ali"}, False),
]
USERS = st.text(min_size=1, max_size=20)


@pytest.mark.parametrize("first", range(len(RULES)))
def test_of_all_rules_that_apply_the_earliest_decides(first: int) -> None:
    rollout: dict[str, Any] = {}
    subject: dict[str, Any] = {}
    for _, settings, caller, _ in RULES[first:]:
        rollout |= settings
        subject |= caller
    access = decide_access(OPEN, replace(HINT, **rollout), Subject(**subject))
    assert (access.decision, access.is_allowed) == (RULES[first][0], RULES[first][3])


@pytest.mark.parametrize(("name", "settings", "caller", "is_allowed"), RULES)
def test_the_ceiling_has_the_same_rules(
    name: str, settings: dict[str, Any], caller: dict[str, Any], is_allowed: bool
) -> None:
    feature = replace(HINT, stage=Stage.GENERAL, percentage_bp=FULL_BP)
    ceiling = replace(HINT, subject=CEILING, **settings)
    access = decide_access(ceiling, feature, Subject(**caller))
    assert (access.decision, access.is_allowed) == (name, is_allowed)


def test_nobody_is_let_in_by_chance_without_a_name() -> None:
    access = decide_access(OPEN, replace(HINT, percentage_bp=9_999), Subject())
    assert (access.is_allowed, access.decision) == (False, "no_user")


def test_a_full_release_needs_no_name() -> None:
    access = decide_access(OPEN, replace(HINT, percentage_bp=FULL_BP), Subject())
    assert (access.is_allowed, access.decision) == (True, "everyone")


def test_internal_only_lets_in_staff_alone() -> None:
    internal = replace(HINT, stage=Stage.INTERNAL_ONLY, percentage_bp=0)
    assert decide_access(OPEN, internal, Subject("ali")).decision == "staff_only"
    assert decide_access(OPEN, internal, Subject("ali", "admin")).is_allowed


@pytest.mark.parametrize(("group", "user", "place"), [("gr1", "123", 73), ("groupX", "999", 25)])
def test_whole_percentages_agree_with_unleash(group: str, user: str, place: int) -> None:
    # The values of the specification that all of Unleash's clients are tested with.
    assert bucket_bp(group, user) // 100 + 1 == place


@given(USERS, st.integers(0, FULL_BP), st.integers(0, FULL_BP))
def test_raising_a_percentage_removes_nobody(user: str, one: int, other: int) -> None:
    low, high = sorted((one, other))
    subject = Subject(user)
    if decide_access(OPEN, replace(HINT, percentage_bp=low), subject).is_allowed:
        assert decide_access(OPEN, replace(HINT, percentage_bp=high), subject).is_allowed


@given(USERS, st.integers(1, FULL_BP), st.integers(1, FULL_BP))
def test_who_is_let_in_is_let_in_by_both(user: str, ceiling_bp: int, feature_bp: int) -> None:
    ceiling = replace(OPEN, percentage_bp=ceiling_bp)
    access = decide_access(ceiling, replace(HINT, percentage_bp=feature_bp), Subject(user))
    assert access.is_allowed == (bucket_bp("hint", user) < min(ceiling_bp, feature_bp))


def test_a_hundredth_of_a_percent_lets_in_about_so_many() -> None:
    users = (f"user-{number}" for number in range(100_000))
    inside = sum(bucket_bp("hint", user) < 1 for user in users)
    assert 2 <= inside <= 25


def test_a_bucket_at_the_percentage_is_outside() -> None:
    feature, user = Rollout("groupX", Stage.CANARY, 2_461, AT), Subject("999")
    assert not decide_access(OPEN, feature, user).is_allowed
    assert decide_access(OPEN, replace(feature, percentage_bp=2_462), user).is_allowed
