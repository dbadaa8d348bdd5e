"""How the counters' refusals read to whoever called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.domain.admissions import GONE, Admission, Demand, Denial
from services.domain.calls import Candidate, Endpoint
from services.domain.errors import QuotaExceeded, Refusal, SluiceError, TooLargeForQuota
from services.domain.identity import ApiKey
from services.domain.ledger import Source
from services.domain.limits import LIMIT_NAMES
from services.domain.messages import Incoming
from services.domain.periods import Period, window_of
from services.domain.provider_limits import PROVIDER_RPM, PROVIDER_TPM, ProviderRoom
from services.domain.quotas import Quota
from services.domain.rate_limits import BucketLimit, RateLimit
from services.domain.rollout import Rollout, Stage
from services.domain.rollout_access import Subject, decide_access
from services.gateway.answers import error_answer
from services.gateway.exchange import Caller, Exchange
from services.gateway.provider_gate import choose_failure
from services.gateway.refusals import refusal_of, refusal_of_access, refusal_of_top_up
from tests.clock import FakeClock

DAY = window_of(datetime(2026, 11, 25, 12, tzinfo=UTC), Period.DAY, UTC)
DEMAND = Demand(
    "r",
    rates=(RateLimit("user_rpm", "user:a", 10, 60), RateLimit("user_rph", "user:a", 100, 3600)),
    buckets=(BucketLimit("feature", "feature:hint", 60, 20),),
    quotas=(Quota("feature_daily", "feature:hint", DAY, 300, 1500),),
    tokens=512,
)
TOKEN_QUOTAS = (
    Quota("feature_daily", "feature:hint", DAY, 300, None),
    Quota("user_daily", "user:a", DAY, 300, 1500),
    Quota("user_monthly", "user:a", window_of(DAY.starts_at, Period.MONTH, UTC), 300, 9000),
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
        (Denial.BUCKET, "feature", 60, ("60 requests a minute, 20 at once, is reached",)),
    ],
)
def test_a_refusal_says_which_limit_of_what_and_what_helps(
    denial: Denial, limit: str, allowance: int, said: tuple[str, ...]
) -> None:
    refusal = refusal_of(Admission(denial, limit, allowance, 7.0), DEMAND)
    assert refusal is not None
    assert [words for words in said if words not in refusal.message] == []
    assert refusal.retry_after_s == 7.0


@pytest.mark.parametrize("refused_by", ["user_daily", "user_monthly"])
def test_a_call_larger_than_a_whole_quota_is_told_so_and_not_to_wait(refused_by: str) -> None:
    demand = Demand("r", quotas=TOKEN_QUOTAS, tokens=1501)
    refusal = refusal_of(Admission(Denial.QUOTA, refused_by, 9000, 7.0), demand)
    assert isinstance(refusal, TooLargeForQuota)
    assert (refusal.status, refusal.limit, refusal.retry_after_s) == (413, "user_daily", None)
    for words in ("may take 1,501 tokens", "user_daily is 1,500", "smaller max_tokens"):
        assert words in refusal.message
    headers = dict(error_answer(an_exchange(), refusal).headers)
    assert headers[b"x-should-retry"] == b"false"
    assert b"retry-after" not in headers


@pytest.mark.parametrize(
    "demand",
    [
        Demand("r", quotas=TOKEN_QUOTAS, tokens=1500),
        Demand("r", quotas=TOKEN_QUOTAS, tokens=1501, shadow=frozenset({"user_daily"})),
    ],
)
def test_a_call_that_an_empty_quota_would_hold_is_told_when_it_starts_anew(demand: Demand) -> None:
    refusal = refusal_of(Admission(Denial.QUOTA, "user_monthly", 9000, 7.0), demand)
    assert isinstance(refusal, QuotaExceeded)
    assert (refusal.limit, refusal.retry_after_s) == ("user_monthly", 7.0)


def test_a_follower_larger_than_a_whole_quota_is_not_told_to_wait() -> None:
    demand = Demand("r", quotas=TOKEN_QUOTAS)
    short = Admission(Denial.QUOTA, "user_daily", 1500, 7.0)
    for tokens, kind in ((1500, QuotaExceeded), (1501, TooLargeForQuota)):
        assert type(refusal_of_top_up(short, demand, "The equal call failed", tokens)) is kind


@pytest.mark.parametrize("limit", ["user_rpm", "user_rph", "user_daily", "user_monthly"])
def test_a_users_limit_tells_of_a_role_that_opened_nothing(limit: str) -> None:
    demand = Demand("r", DEMAND.rates, quotas=TOKEN_QUOTAS)
    denial = Denial.RATE if limit.startswith("user_rp") else Denial.QUOTA
    too_large = refusal_of(
        Admission(denial, limit, 300, 7.0), replace(demand, tokens=9000), "pilot"
    )
    assert too_large is not None
    assert "Role 'pilot' counts as an ordinary user" in too_large.message
    told = refusal_of(Admission(denial, limit, 300, 7.0), demand, "teachr")
    silent = refusal_of(Admission(denial, limit, 300, 7.0), demand)
    assert told is not None
    assert silent is not None
    assert told.message == (
        f"{silent.message} Role 'teachr' counts as an ordinary user: let in from internal_only on "
        "are admin, staff, and higher limits are for admin, staff, teacher. Did you mean teacher?"
    )


def test_a_limit_that_no_role_raises_says_nothing_of_roles() -> None:
    refusal = refusal_of(Admission(Denial.BUCKET, "feature", 60, 7.0), DEMAND, "teachr")
    assert refusal is not None
    assert "teachr" not in refusal.message


@pytest.mark.parametrize(
    ("stage", "role", "is_told"),
    [
        (Stage.INTERNAL_ONLY, "stuff", True),
        (Stage.CANARY, "pupil", True),
        (Stage.DISABLED, "stuff", False),
        (Stage.INTERNAL_ONLY, "teacher", False),
        (Stage.INTERNAL_ONLY, "pilot", False),
        (Stage.INTERNAL_ONLY, None, False),
    ],
)
def test_the_rollout_tells_of_a_role_that_opened_nothing_where_staff_would_be_let_in(
    stage: Stage, role: str | None, is_told: bool
) -> None:
    now = FakeClock().now()
    key = ApiKey("1", "app", "", frozenset(), now, "a", role="pilot")
    caller = Caller(key, "hint", Subject(None, role or key.role), Source.APPLICATION)
    ceiling, feature = Rollout("all", stage, 0, now), Rollout("hint", Stage.GENERAL, 10_000, now)
    access = decide_access(ceiling, feature, caller.subject)
    refusal = refusal_of_access(access, ceiling, feature, caller)
    assert refusal.decision == access.decision
    assert ("counts as an ordinary user" in refusal.message) == is_told
    assert "without AI." in refusal.message


def refusals() -> Iterator[tuple[str, SluiceError]]:
    """Every refusal of ours that waiting can end, with the limit that it has to name."""
    names = {
        Denial.BLOCKED: "abuse", Denial.COOLDOWN: "abuse", Denial.RATE: "user_rph",
        Denial.BUCKET: "feature", Denial.QUOTA: "feature_daily",
        Denial.BUDGET_SPENT: "daily_budget", Denial.BUDGET_HELD: "daily_budget",
    }  # fmt: skip
    for denial in Denial:
        refusal = refusal_of(Admission(denial, names[denial], 300, 7.0), DEMAND)
        assert refusal is not None
        yield names[denial], refusal
    for denial in (Denial.QUOTA, Denial.BUDGET_SPENT, Denial.BUDGET_HELD):
        short = Admission(denial, names[denial], 300, 7.0)
        yield names[denial], refusal_of_top_up(short, DEMAND, "The equal call gave no answer")
    yield "", refusal_of_top_up(GONE, DEMAND, "The equal call gave no answer")
    for name in (PROVIDER_RPM, PROVIDER_TPM):
        yield name, choose_failure(None, Candidate("openai", "gpt"), ProviderRoom(name, 300, 7.0))


def test_every_429_says_which_limit_and_when_to_come_back() -> None:
    told = [(name, refusal) for name, refusal in refusals() if refusal.status == 429]
    for name, refusal in told:
        headers = dict(error_answer(an_exchange(), refusal).headers)
        assert int(headers[b"retry-after"]) in (1, 7), refusal
        assert name in refusal.message
    assert {type(refusal) for _, refusal in told} == set(kinds_of_429(SluiceError))


def test_every_refusal_carries_the_name_of_its_limit() -> None:
    for name, refusal in refusals():
        assert isinstance(refusal, Refusal)
        assert refusal.limit.removesuffix(" openai") == name
        assert name in {"", *LIMIT_NAMES}


def kinds_of_429(kind: type[SluiceError]) -> Iterator[type[SluiceError]]:
    """All classes of errors that answer 429, also those that nobody has written yet."""
    if kind.status == 429:
        yield kind
    for narrower in kind.__subclasses__():
        yield from kinds_of_429(narrower)


def an_exchange() -> Exchange:
    snapshot: Any = None
    clock = FakeClock()
    return Exchange(Incoming(Endpoint.CHAT, {}, b"", ""), "r", clock.now(), 0.0, clock, snapshot)
