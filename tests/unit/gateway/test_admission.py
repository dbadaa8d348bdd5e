"""How the counters' refusals read to whoever called."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.domain.admissions import Admission, Demand, Denial
from services.domain.budgets import Period, window_of
from services.domain.quotas import Quota
from services.domain.rate_limits import BucketLimit, RateLimit
from services.gateway.admission import refusal_of

DAY = window_of(datetime(2026, 11, 25, 12, tzinfo=UTC), Period.DAY, UTC)
DEMAND = Demand(
    "r",
    rates=(RateLimit("user_rpm", "user:a", 10, 60), RateLimit("user_rph", "user:a", 100, 3600)),
    buckets=(BucketLimit("feature", "feature:hint", 60, 20),),
    quotas=(Quota("feature_daily", "feature:hint", DAY, 300, 1500),),
    tokens=512,
)


@pytest.mark.parametrize(
    ("denial", "limit", "allowance", "said"),
    [
        (Denial.QUOTA, "feature_daily", 300, ("300 requests is used up", "2026-11-26 00:00 UTC")),
        (
            *(Denial.QUOTA, "feature_daily", 1500),
            ("1,500 tokens", "may take 512", "smaller max_tokens", "or wait", "2026-11-26 00:00"),
        ),
        (Denial.RATE, "user_rpm", 10, ("Limit user_rpm of 10 requests a minute is reached",)),
        (Denial.RATE, "user_rph", 100, ("Limit user_rph of 100 requests an hour is reached",)),
        (Denial.BUCKET, "feature", 60, ("Limit feature of 60 requests a minute is reached",)),
    ],
)
def test_a_refusal_says_which_limit_of_what_and_what_helps(
    denial: Denial, limit: str, allowance: int, said: tuple[str, ...]
) -> None:
    refusal = refusal_of(Admission(denial, limit, allowance, 7.0), DEMAND)
    assert refusal is not None
    assert [words for words in said if words not in refusal.message] == []
    assert refusal.retry_after_s == 7.0


def test_a_call_that_no_window_holds_is_not_told_to_wait() -> None:
    demand = Demand("r", quotas=DEMAND.quotas, tokens=1501)
    refusal = refusal_of(Admission(Denial.QUOTA, "feature_daily", 1500, 7.0), demand)
    assert refusal is not None
    assert "wait" not in refusal.message
    assert "smaller max_tokens" in refusal.message
