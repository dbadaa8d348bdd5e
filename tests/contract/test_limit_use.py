"""What every implementation of the Counters port tells of limits in use."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.domain.limit_use import LimitUse, SharedLimits
from services.domain.provider_limits import ProviderDemand, ProviderLimit
from services.domain.rate_limits import BucketLimit, RateLimit
from tests.contract.counters_bench import KINDS, Bench, Server, open_bench

MINUTE = RateLimit("global_rpm", "global", 3, 60)
HOUR = RateLimit("global_rph", "global", 9, 3600)
BUCKET = BucketLimit("feature", "feature:hint", 60, 5)


@pytest.fixture(params=KINDS)
async def bench(request: pytest.FixtureRequest, redis_server: Server) -> AsyncIterator[Bench]:
    async with open_bench(request.param, redis_server) as bench:
        yield bench


async def used(bench: Bench, **asked: Any) -> list[int]:
    return [use.used for use in await bench.counters.get_use(SharedLimits(**asked))]


async def test_use_of_nothing_is_nothing(bench: Bench) -> None:
    asked = SharedLimits((MINUTE,), (BUCKET,), (("openai", ProviderLimit(4, 100)),))
    assert await bench.counters.get_use(asked) == (
        LimitUse("global_rpm", "global", 0, 3),
        LimitUse("feature", "feature:hint", 0, 5),
        LimitUse("provider_rpm openai", "openai", 0, 4),
        LimitUse("provider_tpm openai", "openai", 0, 100),
    )
    assert await bench.counters.get_use(SharedLimits()) == ()


async def test_rates_count_the_window_that_ends_now(bench: Bench) -> None:
    await bench.ask(rates=(MINUTE, HOUR))
    bench.clock.advance(40)
    await bench.ask(rates=(MINUTE, HOUR))
    assert await used(bench, rates=(MINUTE, HOUR)) == [2, 2]
    bench.clock.advance(20)
    assert await used(bench, rates=(MINUTE, HOUR)) == [1, 2]


async def test_rate_in_shadow_has_a_count_of_its_own(bench: Bench) -> None:
    shadow = frozenset({"global_rpm"})
    for _ in range(5):
        await bench.ask(rates=(MINUTE, HOUR), shadow=shadow)
    assert await used(bench, rates=(MINUTE, HOUR), shadow=shadow) == [3, 5]


async def test_bucket_tells_what_is_not_refilled_yet(bench: Bench) -> None:
    for _ in range(7):
        await bench.ask(buckets=(BUCKET,))
    assert await used(bench, buckets=(BUCKET,)) == [5]
    bench.clock.advance(1.5)
    assert await used(bench, buckets=(BUCKET,)) == [4]
    bench.clock.advance(3.5)
    assert await used(bench, buckets=(BUCKET,)) == [0]


async def test_provider_tells_requests_and_tokens_of_its_minute(bench: Bench) -> None:
    limit = ProviderLimit(4, 100)
    for attempt, tokens in (("a", 10), ("b", 30)):
        await bench.counters.take_provider(ProviderDemand(attempt, "openai", limit, tokens))
        bench.clock.advance(30)
    await bench.counters.correct_provider("openai", "b", 25)
    assert await used(bench, providers=(("openai", limit), ("azure", limit))) == [1, 25, 0, 0]
    assert await used(bench, providers=(("openai", ProviderLimit(None, 100)),)) == [25]


async def test_asking_takes_nothing(bench: Bench) -> None:
    await bench.ask(rates=(MINUTE,), buckets=(BUCKET,))
    for _ in range(5):
        assert await used(bench, rates=(MINUTE,), buckets=(BUCKET,)) == [1, 1]
    assert (await bench.ask(rates=(MINUTE,), buckets=(BUCKET,))).denial is None
