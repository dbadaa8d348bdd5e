"""What every implementation of the Counters port does with limits in shadow."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.domain.admissions import Admission, Denial
from services.domain.blocks import AbuseRule
from services.domain.periods import Period
from services.domain.rate_limits import BucketLimit, RateLimit
from tests.contract.counters_bench import KINDS, Bench, Server, open_bench

MINUTE, HOUR = RateLimit("global_rpm", "global", 2, 60), RateLimit("global_rph", "global", 4, 3600)
USER = RateLimit("user_rpm", "user:ali", 1, 60)
BUCKET = BucketLimit("feature", "feature:hint", 60, 2)
RULE = AbuseRule(cooldown_s=30, violations=2, within_s=600, block_s=900)


@pytest.fixture(params=KINDS)
async def bench(request: pytest.FixtureRequest, redis_server: Server) -> AsyncIterator[Bench]:
    async with open_bench(request.param, redis_server) as bench:
        yield bench


async def ask(bench: Bench, *shadow: str, **wants: Any) -> Admission:
    return await bench.ask(shadow=frozenset(shadow), **wants)


async def test_rate_in_shadow_is_told_and_refuses_nobody(bench: Bench) -> None:
    found = [await ask(bench, "global_rpm", rates=(MINUTE,)) for _ in range(3)]
    assert [(a.denial, a.shadow) for a in found] == [
        (None, ()), (None, ()), (None, ("global_rpm",)),
    ]  # fmt: skip


async def test_shadow_tells_the_refusals_that_the_limit_would_make(bench: Bench) -> None:
    told = []
    for _ in range(60):
        bench.clock.advance(10)
        told.append((await ask(bench, "global_rpm", rates=(MINUTE,))).shadow)
    enforced = []
    bench.clock.advance(7200)
    for _ in range(60):
        bench.clock.advance(10)
        enforced.append((await ask(bench, rates=(MINUTE,))).denial)
    assert [bool(names) for names in told] == [denial is not None for denial in enforced]
    assert any(told)


async def test_other_windows_of_the_same_key_are_enforced_all_the_same(bench: Bench) -> None:
    found = [await ask(bench, "global_rpm", rates=(MINUTE, HOUR)) for _ in range(5)]
    assert [a.denial for a in found] == [None] * 4 + [Denial.RATE]
    assert (found[4].limit, found[4].shadow) == ("global_rph", ())


async def test_remaining_does_not_speak_of_a_rate_in_shadow(bench: Bench) -> None:
    admission = await ask(bench, "global_rpm", rates=(MINUTE, HOUR))
    assert admission.remaining == {"global_rph": (4, 3, 3600.0)}


async def test_bucket_in_shadow_is_told_and_refills_as_ever(bench: Bench) -> None:
    found = [(await ask(bench, "feature", buckets=(BUCKET,))).shadow for _ in range(4)]
    assert found == [(), (), ("feature",), ("feature",)]
    bench.clock.advance(1)
    assert (await ask(bench, "feature", buckets=(BUCKET,))).shadow == ()
    assert (await ask(bench, buckets=(BUCKET,))).denial is Denial.BUCKET


async def test_quota_in_shadow_goes_on_counting(bench: Bench) -> None:
    quota = bench.quota(1, None)
    await ask(bench, "user_day", quotas=(quota,))
    assert (await ask(bench, "user_day", quotas=(quota,))).shadow == ("user_day",)
    assert (await ask(bench, quotas=(bench.quota(2, None),))).denial is Denial.QUOTA
    assert (await ask(bench, quotas=(bench.quota(3, None),))).denial is None


async def test_cap_in_shadow_goes_on_counting_beside_one_that_refuses(bench: Bench) -> None:
    caps = bench.caps(feature_daily_requests=1, feature_monthly_requests=2)
    told = [(await ask(bench, "feature_daily", quotas=caps)) for _ in range(3)]
    assert [a.shadow for a in told] == [(), ("feature_daily",), ()]
    assert (told[2].denial, told[2].limit) == (Denial.QUOTA, "feature_monthly")
    assert await bench.used(*caps) == [(2, 0), (2, 0)]


async def test_budget_in_shadow_holds_and_spends_beyond_itself(bench: Bench) -> None:
    budget = bench.budget(100)
    wants: dict[str, Any] = {"budgets": (budget,), "hold_nano_usd": 80}
    assert (await ask(bench, "daily_budget", request_id="a", **wants)).shadow == ()
    assert (await ask(bench, "daily_budget", request_id="b", **wants)).shadow == ("daily_budget",)
    assert await bench.money(budget) == (0, 160)
    await bench.settle("a", 80)
    assert await bench.top_up("b", 50) is None
    await bench.settle("b", 130)
    assert await bench.money(budget) == (210, 0)


async def test_budget_beside_one_in_shadow_is_enforced(bench: Bench) -> None:
    budgets = (bench.budget(100), bench.budget(150, period=Period.MONTH))
    await ask(bench, "daily_budget", request_id="a", budgets=budgets, hold_nano_usd=80)
    refused = await ask(bench, "daily_budget", budgets=budgets, hold_nano_usd=80)
    assert (refused.denial, refused.limit) == (Denial.BUDGET_HELD, "monthly_budget")
    assert await bench.top_up("a", 80) is Denial.BUDGET_SPENT


async def test_user_rate_in_shadow_starts_no_cool_down(bench: Bench) -> None:
    wants: dict[str, Any] = {"rates": (USER,), "abuse_key": "ali", "abuse": RULE}
    for _ in range(3):
        await ask(bench, "user_rpm", **wants)
    assert (await ask(bench, "user_rpm", **wants)).shadow == ("user_rpm",)


async def test_abuse_in_shadow_blocks_nobody(bench: Bench) -> None:
    wants: dict[str, Any] = {"rates": (USER,), "abuse_key": "ali", "abuse": RULE}
    found = [await ask(bench, "abuse", **wants) for _ in range(5)]
    assert [a.denial for a in found] == [None] + [Denial.RATE] * 4
    for _ in range(2):
        bench.clock.advance(60)
        assert (await ask(bench, "abuse", **wants)).shadow == ("abuse",)
    assert (await ask(bench, **wants)).denial is Denial.BLOCKED


async def test_all_that_would_refuse_are_told_together(bench: Bench) -> None:
    wants: dict[str, Any] = {
        "rates": (MINUTE,),
        "buckets": (BUCKET,),
        "quotas": (bench.quota(2, None),),
        "budgets": (bench.budget(5),),
        "hold_nano_usd": 2,
    }
    names = ("global_rpm", "feature", "user_day", "daily_budget")
    for _ in range(2):
        assert (await ask(bench, *names, **wants)).shadow == ()
    assert (await ask(bench, *names, **wants)).shadow == names
