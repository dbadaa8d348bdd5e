"""What every implementation of the Counters port tells of callers near a limit of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from services.domain.near_callers import MOST_NEAR, CallerUse, OwnLimits
from services.domain.quotas import Quota
from services.domain.rate_limits import RateLimit
from tests.contract.counters_bench import KINDS, Bench, Server, open_bench


@pytest.fixture(params=KINDS)
async def bench(request: pytest.FixtureRequest, redis_server: Server) -> AsyncIterator[Bench]:
    async with open_bench(request.param, redis_server) as bench:
        yield bench


def rpm(user: str = "ali", requests: int = 5) -> RateLimit:
    return RateLimit("user_rpm", f"user:{user}", requests, 60)


def rph(user: str = "ali", requests: int = 5) -> RateLimit:
    return RateLimit("user_rph", f"user:{user}", requests, 3600)


def daily(bench: Bench, requests: int | None, tokens: int | None) -> Quota:
    return replace(bench.quota(requests, tokens), name="user_daily")


async def near(
    bench: Bench, *quotas: Quota, shadow: frozenset[str] = frozenset()
) -> list[CallerUse]:
    asked = OwnLimits((rpm(""), rph("")), quotas, shadow)
    return list(await bench.counters.list_near(asked))


async def test_nobody_is_near_before_four_fifths_are_used(bench: Bench) -> None:
    for _ in range(3):
        await bench.ask(rates=(rpm(),))
    assert await near(bench) == []
    await bench.ask(rates=(rpm(),))
    assert await near(bench) == [CallerUse("user_rpm", "user:ali", 4, 5)]


async def test_what_is_used_now_is_told_until_it_is_over(bench: Bench) -> None:
    rates = (rpm(), rph())
    for _ in range(2):
        await bench.ask(rates=rates)
    bench.clock.advance(40)
    for _ in range(4):
        await bench.ask(rates=rates)
    assert [(u.limit, u.requests) for u in await near(bench)] == [("user_rpm", 5), ("user_rph", 5)]
    bench.clock.advance(30)
    assert [(u.limit, u.requests) for u in await near(bench)] == [("user_rpm", 3), ("user_rph", 5)]
    bench.clock.advance(31)
    assert [(u.limit, u.requests) for u in await near(bench)] == [("user_rph", 5)]
    bench.clock.advance(3600)
    assert await near(bench) == []


async def test_callers_are_told_apart_and_limits_of_all_are_not_told(bench: Bench) -> None:
    all_of_them = RateLimit("global_rpm", "global", 9, 60)
    address = RateLimit("address", "address:10.0.0.7", 9, 60)
    for user in ("ali", "can"):
        for _ in range(4):
            await bench.ask(rates=(address, all_of_them, rpm(user)))
    names = OwnLimits((replace(address, key="address:"), replace(all_of_them, key=""), rpm("")))
    found = await bench.counters.list_near(names)
    assert {(u.limit, u.key, u.requests) for u in found} == {
        ("address", "address:10.0.0.7", 8),
        ("user_rpm", "user:ali", 4),
        ("user_rpm", "user:can", 4),
    }


async def test_a_caller_is_told_by_the_limit_of_the_last_call(bench: Bench) -> None:
    for _ in range(4):
        await bench.ask(rates=(rpm(),))
    await bench.ask(rates=(rpm(requests=6),))
    assert await near(bench) == [CallerUse("user_rpm", "user:ali", 5, 6)]


async def test_a_limit_in_shadow_has_its_own_count(bench: Bench) -> None:
    shadow = frozenset({"user_rpm"})
    for _ in range(7):
        await bench.ask(rates=(rpm(), rph(requests=8)), shadow=shadow)
    found = await near(bench, shadow=shadow)
    assert [(u.key, u.requests, u.allowed) for u in found] == [
        ("user:ali", 5, 5),
        ("user:ali", 7, 8),
    ]


async def test_quotas_are_told_by_requests_and_tokens_of_the_present_window(bench: Bench) -> None:
    quota = daily(bench, 10, 100)
    await bench.ask(quotas=(quota,), tokens=79)
    assert await near(bench, quota) == []
    await bench.ask(request_id="late", quotas=(quota,), tokens=2)
    assert await near(bench, quota) == [CallerUse("user_daily", "user:ali", 2, 10, 81, 100)]
    await bench.settle("late", 0, tokens=12)
    assert await near(bench, quota) == [CallerUse("user_daily", "user:ali", 2, 10, 91, 100)]
    bench.clock.advance(86_400)
    assert await near(bench, daily(bench, 10, 100)) == []


async def test_a_quota_without_a_limit_of_requests_or_tokens_is_told_by_the_other(
    bench: Bench,
) -> None:
    quotas = daily(bench, None, 100), daily(bench, 1, None)
    await bench.ask(quotas=quotas[:1], tokens=90)
    assert await near(bench, quotas[0]) == [CallerUse("user_daily", "user:ali", 1, None, 90, 100)]
    await bench.ask(quotas=(replace(quotas[1], key="user:can"),), tokens=10**9)
    assert CallerUse("user_daily", "user:can", 1, 1, 10**9, None) in await near(bench, quotas[0])


async def test_whoever_is_refused_is_near_although_nothing_was_taken(bench: Bench) -> None:
    quota = daily(bench, 10, 100)
    for _ in range(10):
        await bench.ask(quotas=(replace(quota, requests=50),))
    assert await near(bench, quota) == []
    assert (await bench.ask(quotas=(quota,))).denial is not None
    assert await near(bench, quota) == [CallerUse("user_daily", "user:ali", 10, 10, 0, 100)]


async def test_caps_of_features_are_no_callers(bench: Bench) -> None:
    (cap,) = bench.caps(feature_daily_requests=1)
    await bench.ask(quotas=(cap,))
    assert await near(bench, cap) == []


async def test_of_many_callers_a_part_is_looked_at(bench: Bench) -> None:
    for number in range(MOST_NEAR + 5):
        await bench.ask(rates=(rpm(f"user{number}", 1),))
    assert len(await near(bench)) == MOST_NEAR


async def test_asking_takes_nothing(bench: Bench) -> None:
    for _ in range(4):
        await bench.ask(rates=(rpm(),))
    for _ in range(3):
        assert [use.requests for use in await near(bench)] == [4]
    assert (await bench.ask(rates=(rpm(),))).denial is None


async def test_names_may_hold_anything(bench: Bench) -> None:
    user = 'a"b:c/d\\ü:daily:shadow:user_rpm'
    quota = replace(daily(bench, 1, 9), key=f"user:{user}")
    await bench.ask(rates=(rpm(user, 1),), quotas=(quota,))
    assert [use.key for use in await near(bench, quota)] == [f"user:{user}"] * 2
