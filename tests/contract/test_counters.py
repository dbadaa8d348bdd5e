"""What every implementation of the Counters port does with limits, quotas and abuse."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.domain.admissions import Denial
from services.domain.blocks import AbuseRule
from services.domain.periods import Period
from services.domain.quotas import Quota, QuotaState
from services.domain.rate_limits import BucketLimit, RateLimit
from tests.contract.counters_bench import KINDS, Bench, Server, open_bench

RULE = AbuseRule(cooldown_s=30, violations=3, within_s=600, block_s=900)
USER_RATE = RateLimit("user_rpm", "user:ali", 2, 60)


@pytest.fixture(params=KINDS)
async def bench(request: pytest.FixtureRequest, redis_server: Server) -> AsyncIterator[Bench]:
    async with open_bench(request.param, redis_server) as bench:
        yield bench


# Rate limits


async def test_rate_limit_admits_its_number_and_refuses_the_next(bench: Bench) -> None:
    rate = RateLimit("global_rpm", "global", 3, 60)
    for _ in range(3):
        assert (await bench.ask(rates=(rate,))).denial is None
    refused = await bench.ask(rates=(rate,))
    assert (refused.denial, refused.limit, refused.allowance) == (Denial.RATE, "global_rpm", 3)


async def test_waiting_as_long_as_told_is_enough_and_a_little_less_is_not(bench: Bench) -> None:
    rate = RateLimit("global_rpm", "global", 2, 60)
    await bench.ask(rates=(rate,))
    bench.clock.advance(7.3)
    await bench.ask(rates=(rate,))
    bench.clock.advance(0.1)
    wait_s = (await bench.ask(rates=(rate,))).retry_after_s
    assert wait_s == pytest.approx(52.6)
    assert wait_s is not None
    bench.clock.advance(wait_s - 0.01)
    assert (await bench.ask(rates=(rate,))).denial is Denial.RATE
    bench.clock.advance(0.01)
    assert (await bench.ask(rates=(rate,))).denial is None


async def test_window_moves_with_the_clock_and_has_no_seam(bench: Bench) -> None:
    rate = RateLimit("global_rpm", "global", 10, 60)
    admitted: list[float] = []
    for _ in range(400):
        bench.clock.advance(1.7)
        if (await bench.ask(rates=(rate,))).denial is None:
            admitted.append(bench.clock.monotonic_s())
    for start in admitted:
        assert sum(start <= at < start + 60 - 1e-3 for at in admitted) <= 10
    assert len(admitted) >= 10 * (400 * 1.7 // 60)


async def test_refused_calls_take_nothing(bench: Bench) -> None:
    rate = RateLimit("global_rpm", "global", 1, 60)
    await bench.ask(rates=(rate,))
    for _ in range(5):
        bench.clock.advance(10)
        await bench.ask(rates=(rate,))
    bench.clock.advance(10)
    assert (await bench.ask(rates=(rate,))).denial is None


async def test_keys_do_not_share_a_limit(bench: Bench) -> None:
    for address in ("10.0.0.1", "10.0.0.2"):
        rate = RateLimit("address_rpm", f"address:{address}", 1, 60)
        assert (await bench.ask(rates=(rate,))).denial is None


async def test_of_two_refusing_rates_the_longer_one_is_told(bench: Bench) -> None:
    rates = (RateLimit("global_rpm", "global", 1, 60), RateLimit("global_rph", "global", 1, 3600))
    await bench.ask(rates=rates)
    refused = await bench.ask(rates=rates)
    assert (refused.limit, refused.retry_after_s) == ("global_rph", 3600)


async def test_remaining_tells_limit_left_and_time_until_free(bench: Bench) -> None:
    rates = (RateLimit("global_rpm", "global", 2, 60), RateLimit("global_rph", "global", 9, 3600))
    first = await bench.ask(rates=rates)
    assert first.remaining == {"global_rpm": (2, 1, 60.0), "global_rph": (9, 8, 3600.0)}
    bench.clock.advance(20)
    await bench.ask(rates=rates)
    bench.clock.advance(5)
    refused = await bench.ask(rates=rates)
    assert refused.denial is Denial.RATE
    assert refused.remaining == {"global_rpm": (2, 0, 55.0), "global_rph": (9, 7, 3595.0)}


async def test_limit_of_zero_admits_nobody(bench: Bench) -> None:
    assert (await bench.ask(rates=(RateLimit("g", "g", 0, 60),))).denial is Denial.RATE
    assert (await bench.ask(buckets=(BucketLimit("f", "f", 0, 5),))).denial is Denial.BUCKET


# Token buckets


async def test_bucket_gives_its_burst_and_then_refills_evenly(bench: Bench) -> None:
    bucket = BucketLimit("feature", "feature:hint", per_minute=60, burst=20)
    for _ in range(20):
        assert (await bench.ask(buckets=(bucket,))).denial is None
    refused = await bench.ask(buckets=(bucket,))
    assert (refused.denial, refused.limit, refused.allowance) == (Denial.BUCKET, "feature", 60)
    assert refused.retry_after_s == pytest.approx(1.0)
    for _ in range(3):
        bench.clock.advance(1)
        assert (await bench.ask(buckets=(bucket,))).denial is None
        assert (await bench.ask(buckets=(bucket,))).denial is Denial.BUCKET


async def test_bucket_saves_no_more_than_its_burst(bench: Bench) -> None:
    bucket = BucketLimit("feature", "feature:hint", per_minute=60, burst=5)
    await bench.ask(buckets=(bucket,))
    bench.clock.advance(3600)
    admitted = [(await bench.ask(buckets=(bucket,))).denial is None for _ in range(7)]
    assert admitted == [True] * 5 + [False] * 2


async def test_wait_for_a_bucket_is_exact(bench: Bench) -> None:
    bucket = BucketLimit("feature", "feature:hint", per_minute=7, burst=1)
    await bench.ask(buckets=(bucket,))
    bench.clock.advance(0.37)
    wait_s = (await bench.ask(buckets=(bucket,))).retry_after_s
    assert wait_s is not None
    bench.clock.advance(wait_s - 0.01)
    assert (await bench.ask(buckets=(bucket,))).denial is Denial.BUCKET
    bench.clock.advance(0.01)
    assert (await bench.ask(buckets=(bucket,))).denial is None


# Quotas


async def test_quota_of_requests_refuses_until_its_window_ends(bench: Bench) -> None:
    quota = bench.quota(2, None)
    await bench.ask(quotas=(quota,))
    await bench.ask(quotas=(quota,))
    refused = await bench.ask(quotas=(quota,))
    assert (refused.denial, refused.limit, refused.allowance) == (Denial.QUOTA, "user_day", 2)
    assert refused.retry_after_s == 12 * 3600
    bench.clock.advance(12 * 3600)
    assert (await bench.ask(quotas=(bench.quota(2, None),))).denial is None


async def test_quota_of_tokens_is_taken_by_estimate_and_corrected(bench: Bench) -> None:
    quota = bench.quota(None, 1000)
    await bench.ask(request_id="a", quotas=(quota,), tokens=600)
    assert (await bench.ask(quotas=(quota,), tokens=600)).allowance == 1000
    await bench.settle("a", 0, tokens=100)
    assert (await bench.ask(quotas=(quota,), tokens=901)).denial is Denial.QUOTA
    assert (await bench.ask(quotas=(quota,), tokens=900)).denial is None


async def test_tokens_of_all_attempts_count(bench: Bench) -> None:
    quota = bench.quota(None, 1000)
    await bench.ask(request_id="a", quotas=(quota,), tokens=100)
    await bench.settle("a", 0, attempt=1, tokens=300, final=False)
    await bench.settle("a", 0, attempt=2, tokens=500)
    assert (await bench.ask(quotas=(quota,), tokens=201)).denial is Denial.QUOTA
    assert (await bench.ask(quotas=(quota,), tokens=200)).denial is None


async def test_of_two_used_up_quotas_the_longer_one_is_told(bench: Bench) -> None:
    quotas = (bench.quota(1, None), bench.quota(1, None, Period.MONTH))
    await bench.ask(quotas=quotas)
    refused = await bench.ask(quotas=quotas)
    assert refused.limit == "user_month"
    assert refused.retry_after_s == timedelta(days=9, hours=12).total_seconds()


async def test_cap_of_a_feature_is_of_all_its_users_and_of_no_other_feature(bench: Bench) -> None:
    caps = bench.caps(feature_daily_requests=3)
    for user in ("ali", "ayşe", "can"):
        own = Quota("user_daily", f"user:{user}", caps[0].window, 2, None)
        assert (await bench.ask(quotas=(own, *caps))).denial is None
    refused = await bench.ask(quotas=(replace(own, key="user:veli"), *caps))
    assert (refused.denial, refused.limit, refused.allowance) == (Denial.QUOTA, "feature_daily", 3)
    assert refused.retry_after_s == 12 * 3600
    other = bench.caps("plan", feature_daily_requests=3)
    assert (await bench.ask(quotas=other)).denial is None
    assert await bench.used(*caps, *other) == [(3, 0), (1, 0)]


async def test_cap_of_a_month_outlasts_the_day(bench: Bench) -> None:
    limits = {"feature_daily_requests": 1, "feature_monthly_requests": 2}
    await bench.ask(quotas=bench.caps(**limits))
    assert (await bench.ask(quotas=bench.caps(**limits))).limit == "feature_daily"
    bench.clock.advance(12 * 3600)
    assert await bench.used(*bench.caps(**limits)) == [(0, 0), (1, 0)]
    await bench.ask(quotas=bench.caps(**limits))
    refused = await bench.ask(quotas=bench.caps(**limits))
    assert (refused.limit, refused.retry_after_s) == ("feature_monthly", 9 * 86_400)


async def test_cap_of_tokens_is_corrected_by_what_calls_really_took(bench: Bench) -> None:
    caps = bench.caps(feature_daily_tokens=1000)
    await bench.ask(request_id="a", quotas=caps, tokens=900)
    assert (await bench.ask(quotas=caps, tokens=101)).allowance == 1000
    await bench.settle("a", 0, tokens=40)
    assert await bench.used(*caps) == [(1, 40)]
    assert (await bench.ask(quotas=caps, tokens=960)).denial is None


async def test_user_refused_by_their_own_quota_takes_nothing_of_the_feature(bench: Bench) -> None:
    caps = bench.caps(feature_daily_requests=9, feature_monthly_tokens=99)
    own = bench.quota(1, None)
    for _ in range(3):
        await bench.ask(quotas=(own, *caps), tokens=5)
    assert await bench.used(own, *caps) == [(1, 5)] * 3


async def test_what_the_ledger_knows_of_a_cap_is_told_once_and_counts(bench: Bench) -> None:
    caps = bench.caps(feature_daily_requests=4, feature_monthly_tokens=1000)
    taken = [QuotaState(caps[0], 3, 60), QuotaState(caps[1], 7, 400)]
    for _ in range(2):
        await bench.counters.seed_quotas(taken)
    assert await bench.used(*caps) == [(3, 60), (7, 400)]
    assert (await bench.ask(quotas=caps, tokens=601)).allowance == 1000
    assert (await bench.ask(request_id="a", quotas=caps, tokens=600)).denial is None
    assert (await bench.ask(quotas=caps)).limit == "feature_daily"
    await bench.settle("a", 0, tokens=10)
    await bench.counters.seed_quotas(taken)
    assert await bench.used(*caps) == [(4, 70), (8, 410)]


async def test_what_was_told_of_a_day_is_forgotten_with_it(bench: Bench) -> None:
    caps = bench.caps(feature_daily_requests=4)
    await bench.counters.seed_quotas([QuotaState(caps[0], 3, 60)])
    bench.clock.advance(12 * 3600)
    assert await bench.used(*bench.caps(feature_daily_requests=4)) == [(0, 0)]


# All or nothing


async def test_refused_demand_takes_from_no_other_limit(bench: Bench) -> None:
    rate, quota = RateLimit("global_rpm", "global", 1, 60), bench.quota(1, 50)
    bucket, budget = BucketLimit("feature", "f", 1, 1), bench.budget(100)
    full = {"rates": (rate,), "buckets": (bucket,), "quotas": (quota,), "budgets": (budget,)}
    refused = await bench.ask(**full, hold_nano_usd=101, tokens=50)
    assert refused.denial is Denial.BUDGET_SPENT
    refused = await bench.ask(**full, hold_nano_usd=100, tokens=51)
    assert refused.denial is Denial.QUOTA
    assert await bench.money(budget) == (0, 0)
    assert (await bench.ask(**full, hold_nano_usd=100, tokens=50)).denial is None


async def test_kinds_of_limits_are_asked_in_order(bench: Bench) -> None:
    wants: dict[str, Any] = {
        "rates": (RateLimit("rate", "r", 1, 60),),
        "buckets": (BucketLimit("bucket", "b", 1, 1),),
        "quotas": (bench.quota(1, None),),
        "budgets": (bench.budget(1),),
        "hold_nano_usd": 1,
    }
    await bench.ask(**wants)
    denials = []
    for kind in ("rates", "buckets", "quotas", "budgets"):
        denials.append((await bench.ask(**wants)).denial)
        wants[kind] = ()
    assert denials == [Denial.RATE, Denial.BUCKET, Denial.QUOTA, Denial.BUDGET_HELD]


# Abuse


def users(**changes: Any) -> dict[str, Any]:
    return {"rates": (USER_RATE,), "abuse_key": "ali", "abuse": replace(RULE, **changes)}


async def refuse_once(bench: Bench) -> None:
    """Use up the user's limit and be refused by it."""
    for _ in range(2):
        await bench.ask(**users())
    assert (await bench.ask(**users())).denial is Denial.RATE


async def test_call_refused_by_the_user_limit_starts_a_cool_down(bench: Bench) -> None:
    await refuse_once(bench)
    bench.clock.advance(10)
    refused = await bench.ask(**users())
    assert refused.denial is Denial.COOLDOWN
    assert refused.retry_after_s == pytest.approx(20)


async def test_whoever_waits_as_told_has_cooled_down_as_well(bench: Bench) -> None:
    rate = RateLimit("user_rpm", "user:ali", 1, 5)
    wants: dict[str, Any] = {"rates": (rate,), "abuse_key": "ali", "abuse": RULE}
    await bench.ask(**wants)
    refused = await bench.ask(**wants)
    assert (refused.limit, refused.retry_after_s) == ("user_rpm", 30)
    bench.clock.advance(30)
    assert (await bench.ask(**wants)).denial is None


async def test_calls_in_a_cool_down_do_not_prolong_it(bench: Bench) -> None:
    await refuse_once(bench)
    bench.clock.advance(29)
    assert (await bench.ask(**users())).denial is Denial.COOLDOWN
    bench.clock.advance(1)
    assert (await bench.ask(**users())).denial is Denial.RATE
    bench.clock.advance(30)
    assert (await bench.ask(**users())).denial is None


async def test_other_limits_start_no_cool_down(bench: Bench) -> None:
    rate = RateLimit("global_rpm", "global", 1, 60)
    for _ in range(3):
        await bench.ask(rates=(rate,), abuse_key="ali", abuse=RULE)
    assert (await bench.ask(abuse_key="ali", abuse=RULE)).denial is None


async def test_violations_block_until_a_time(bench: Bench) -> None:
    await refuse_once(bench)
    kinds = [(await bench.ask(**users())).denial for _ in range(4)]
    assert kinds == [Denial.COOLDOWN, Denial.COOLDOWN, Denial.BLOCKED, Denial.BLOCKED]
    bench.clock.advance(300)
    refused = await bench.ask(**users())
    assert (refused.denial, refused.retry_after_s) == (Denial.BLOCKED, pytest.approx(600))
    until = bench.clock.now() + timedelta(seconds=600)
    (block,) = await bench.counters.list_blocked()
    assert block.key == "ali"
    assert abs(block.until - until) < timedelta(milliseconds=1)
    bench.clock.advance(600)
    assert await bench.counters.list_blocked() == ()
    assert (await bench.ask(**users())).denial is None


async def test_block_tells_its_violations_and_the_calls_refused_since(bench: Bench) -> None:
    await refuse_once(bench)
    for _ in range(RULE.violations):
        await bench.ask(**users())
    assert [b.violations for b in await bench.counters.list_blocked()] == [3]
    for _ in range(4):
        await bench.ask(**users())
    assert [b.violations for b in await bench.counters.list_blocked()] == [7]


async def test_a_second_block_counts_anew(bench: Bench) -> None:
    for _ in range(2):
        await refuse_once(bench)
        for _ in range(RULE.violations + 1):
            await bench.ask(**users())
        assert [b.violations for b in await bench.counters.list_blocked()] == [4]
        bench.clock.advance(900)


async def test_blocks_are_listed_the_longest_last(bench: Bench) -> None:
    for user, block_s in (("can", 300), ("ali", 900), ("@application:shop", 600)):
        rate = RateLimit("user_rpm", f"user:{user}", 0, 60)
        rule = replace(RULE, violations=1, block_s=block_s)
        for _ in range(2):
            await bench.ask(rates=(rate,), abuse_key=user, abuse=rule)
    blocks = await bench.counters.list_blocked()
    assert [b.key for b in blocks] == ["can", "@application:shop", "ali"]


async def test_block_is_for_one_user_only(bench: Bench) -> None:
    await refuse_once(bench)
    for _ in range(3):
        await bench.ask(**users())
    assert (await bench.ask(abuse_key="ayşe", abuse=RULE)).denial is None


async def test_old_violations_are_forgiven(bench: Bench) -> None:
    await refuse_once(bench)
    kinds = []
    # At 31 the cool-down is over and the limit refuses again; at 56 the violation of 25 is old.
    for wait_s in (25, 6, 25, 1, 1):
        bench.clock.advance(wait_s)
        kinds.append((await bench.ask(**users(within_s=30.0))).denial)
    assert kinds == [
        Denial.COOLDOWN,
        Denial.RATE,
        Denial.COOLDOWN,
        Denial.COOLDOWN,
        Denial.BLOCKED,
    ]


async def test_operator_lifts_a_block_with_its_violations(bench: Bench) -> None:
    await refuse_once(bench)
    for _ in range(3):
        await bench.ask(**users())
    bench.clock.advance(61)
    assert await bench.counters.unblock("ali") is True
    assert await bench.counters.unblock("ali") is False
    assert await bench.counters.list_blocked() == ()
    assert (await bench.ask(**users())).denial is None
