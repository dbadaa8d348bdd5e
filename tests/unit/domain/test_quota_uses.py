"""What of a request's record counts against quotas, and how the sums become quotas again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.domain.calls import Usage
from services.domain.ledger import Source, Status
from services.domain.limits import LimitSettings
from services.domain.periods import Period, window_of
from services.domain.quota_uses import QuotaUse, states_of, use_of
from tests.contract.records import an_attempt, an_intent, an_outcome

ADMITTED = replace(an_outcome(), is_admitted=True)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
WINDOWS = window_of(NOON, Period.DAY, UTC), window_of(NOON, Period.MONTH, UTC)


@pytest.mark.parametrize("status", list(Status))
def test_an_admitted_request_counts_whatever_became_of_it(status: Status) -> None:
    use = use_of(replace(ADMITTED, status=status))
    assert use == QuotaUse("u-1", "question_hint", 1, 168)


def test_tokens_of_all_attempts_count() -> None:
    failed = an_attempt(ADMITTED.intent, 2, usage=Usage(12))
    use = use_of(replace(ADMITTED, attempts=(failed, *ADMITTED.attempts)))
    assert use is not None
    assert use.tokens == 180


def test_an_answer_that_nobody_was_called_for_takes_no_tokens() -> None:
    use = use_of(replace(ADMITTED, is_cached=True, attempts=()))
    assert use == QuotaUse("u-1", "question_hint", 1, 0)


@pytest.mark.parametrize(
    ("changes", "subject"),
    [
        ({}, "u-1"),
        ({"user": None}, "@application:school"),
        ({"source": Source.PLAYGROUND}, "@playground:u-1"),
    ],
)
def test_it_counts_for_its_user_or_else_its_application(
    changes: dict[str, Any], subject: str
) -> None:
    use = use_of(replace(ADMITTED, intent=an_intent(**changes)))
    assert use is not None
    assert use.subject == subject


def test_who_was_refused_and_sample_traffic_take_nothing() -> None:
    assert use_of(replace(ADMITTED, is_admitted=False)) is None
    assert use_of(replace(ADMITTED, intent=an_intent(source=Source.SAMPLE))) is None


def test_sums_are_told_by_user_over_features_and_by_feature_over_users() -> None:
    day = [QuotaUse("ali", "hint", 1, 10), QuotaUse("can", "hint", 2, 20)]
    month = [*day, QuotaUse("ali", "plan", 4, 40), QuotaUse("ece", "gone", 8, 80)]
    settings = LimitSettings(feature_daily_tokens=9, feature_monthly_requests=9)
    uses = zip(WINDOWS, (day, month), strict=True)
    states = states_of(uses, ["hint", "new", "plan"], settings, WINDOWS)
    assert {(s.quota.name, s.quota.key): (s.requests, s.tokens) for s in states} == {
        ("feature_daily", "feature:hint"): (3, 30),
        ("feature_monthly", "feature:hint"): (3, 30),
        ("feature_daily", "feature:plan"): (0, 0),
        ("feature_monthly", "feature:plan"): (4, 40),
        ("feature_daily", "feature:new"): (0, 0),
        ("feature_monthly", "feature:new"): (0, 0),
        ("user_daily", "user:ali"): (1, 10),
        ("user_monthly", "user:ali"): (5, 50),
        ("user_daily", "user:can"): (2, 20),
        ("user_monthly", "user:can"): (2, 20),
        ("user_monthly", "user:ece"): (8, 80),
    }
