"""What every implementation of the Counters port does with the minutes of providers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.adapters.redis_store.counters import RedisCounters
from services.domain.provider_limits import (
    PROVIDER_RPM,
    PROVIDER_TPM,
    ProviderDemand,
    ProviderLimit,
    ProviderRoom,
)
from tests.contract.counters_bench import KINDS, Bench, Server, open_bench
from tests.contract.redis_fleet import counting
from tests.redis_server import RedisServer


@pytest.fixture(params=KINDS)
async def bench(request: pytest.FixtureRequest, redis_server: Server) -> AsyncIterator[Bench]:
    async with open_bench(request.param, redis_server) as bench:
        yield bench


async def take(
    bench: Bench,
    attempt: str,
    tokens: int = 0,
    *shadow: str,
    rpm: int | None = None,
    tpm: int | None = None,
    provider: str = "openai",
) -> ProviderRoom:
    limit = ProviderLimit(rpm, tpm)
    demand = ProviderDemand(attempt, provider, limit, tokens, frozenset(shadow))
    return await bench.counters.take_provider(demand)


async def test_requests_of_a_minute_are_taken_up_to_the_limit(bench: Bench) -> None:
    assert await take(bench, "a", rpm=2) == ProviderRoom()
    bench.clock.advance(20)
    assert await take(bench, "b", rpm=2) == ProviderRoom()
    bench.clock.advance(10)
    refused = await take(bench, "c", rpm=2)
    assert (refused.limit, refused.allowance) == (PROVIDER_RPM, 2)
    assert refused.wait_s == pytest.approx(30)
    bench.clock.advance(refused.wait_s)
    assert await take(bench, "c", rpm=2) == ProviderRoom()
    assert (await take(bench, "d", rpm=2)).wait_s == pytest.approx(20)


async def test_wait_for_tokens_is_until_enough_of_them_have_left(bench: Bench) -> None:
    for attempt, tokens in (("a", 10), ("b", 30), ("c", 50)):
        assert await take(bench, attempt, tokens, tpm=100) == ProviderRoom()
        bench.clock.advance(10)
    assert await take(bench, "d", 10, tpm=100) == ProviderRoom()
    assert (await take(bench, "e", 5, tpm=100)).wait_s == pytest.approx(30)
    refused = await take(bench, "e", 11, tpm=100)
    assert (refused.limit, refused.allowance) == (PROVIDER_TPM, 100)
    assert refused.wait_s == pytest.approx(40)
    bench.clock.advance(40)
    assert await take(bench, "e", 11, tpm=100) == ProviderRoom()


async def test_estimate_is_corrected_by_what_the_attempt_took(bench: Bench) -> None:
    await take(bench, "a", 80, tpm=100)
    assert (await take(bench, "b", 50, tpm=100)).limit == PROVIDER_TPM
    await bench.counters.correct_provider("openai", "a", 50)
    assert await take(bench, "b", 50, tpm=100) == ProviderRoom()
    await bench.counters.correct_provider("openai", "b", 90)
    bench.clock.advance(60)
    assert await take(bench, "c", 100, tpm=100) == ProviderRoom()
    await bench.counters.correct_provider("openai", "a", 10)
    await bench.counters.correct_provider("openai", "nobody", 10)
    await bench.counters.correct_provider("nobody", "a", 10)
    assert (await take(bench, "d", 1, tpm=100)).wait_s == pytest.approx(60)


async def test_attempt_larger_than_the_limit_goes_alone(bench: Bench) -> None:
    await take(bench, "a", 1, tpm=100)
    assert (await take(bench, "huge", 500, tpm=100)).wait_s == pytest.approx(60)
    bench.clock.advance(60)
    assert await take(bench, "huge", 500, tpm=100) == ProviderRoom()
    assert (await take(bench, "b", 1, tpm=100)).wait_s == pytest.approx(60)


async def test_refused_attempt_takes_from_neither_limit(bench: Bench) -> None:
    await take(bench, "a", 90, rpm=2, tpm=100)
    for _ in range(5):
        assert (await take(bench, "b", 20, rpm=2, tpm=100)).limit == PROVIDER_TPM
    assert await take(bench, "c", 10, rpm=2, tpm=100) == ProviderRoom()
    assert (await take(bench, "d", 0, rpm=2, tpm=100)).limit == PROVIDER_RPM


async def test_providers_have_minutes_of_their_own(bench: Bench) -> None:
    await take(bench, "a", rpm=1)
    assert await take(bench, "b", rpm=1, provider="azure") == ProviderRoom()
    assert (await take(bench, "c", rpm=1)).limit == PROVIDER_RPM


async def test_limits_in_shadow_are_told_and_refuse_nothing(bench: Bench) -> None:
    await take(bench, "a", 90, PROVIDER_RPM, PROVIDER_TPM, rpm=1, tpm=100)
    beyond = await take(bench, "b", 90, PROVIDER_RPM, PROVIDER_TPM, rpm=1, tpm=100)
    assert beyond == ProviderRoom(shadow=(PROVIDER_RPM, PROVIDER_TPM))
    assert (await take(bench, "c", 90, PROVIDER_RPM, rpm=1, tpm=100)).limit == PROVIDER_TPM
    # What a limit in shadow let pass was not taken from it.
    assert await take(bench, "d", 10, PROVIDER_RPM, rpm=1, tpm=100) == ProviderRoom(
        shadow=(PROVIDER_RPM,)
    )


moves = st.lists(
    st.tuples(st.sampled_from(["take", "take", "correct", "wait"]), st.integers(0, 60)),
    max_size=60,
)


@given(moves=moves)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_fleet_decides_as_one_process_does(
    redis_server: Server, moves: list[tuple[str, int]]
) -> None:
    asyncio.run(_compare(redis_server, moves))


async def _compare(redis_server: Server, moves: list[tuple[str, int]]) -> None:
    async with (
        open_bench("memory", redis_server) as one,
        open_bench("redis", redis_server) as fleet,
    ):
        for number, (kind, amount) in enumerate(moves):
            rooms = []
            for bench in (one, fleet):
                if kind == "wait":
                    bench.clock.advance(amount * 0.7)
                elif kind == "correct":
                    attempt = f"a-{amount % (number + 1)}"
                    await bench.counters.correct_provider("openai", attempt, amount)
                else:
                    room = await take(bench, f"a-{number}", amount, rpm=6, tpm=150)
                    rooms.append((room.limit, round(room.wait_s, 3)))
            assert rooms[:1] == rooms[1:]


async def test_no_minute_of_many_callers_holds_more_tokens_than_allowed(bench: Bench) -> None:
    rng, taken = random.Random(7), list[tuple[float, int]]()
    for number in range(600):
        bench.clock.advance(rng.random())
        tokens = rng.randint(1, 40)
        if not (await take(bench, f"a-{number}", tokens, tpm=200)).limit:
            taken.append((bench.clock.monotonic_s(), tokens))
    for start, _ in taken:
        assert sum(n for at, n in taken if start <= at < start + 60 - 1e-3) <= 200


async def test_each_instance_takes_its_share_while_redis_is_away(own_redis: RedisServer) -> None:
    async with counting(own_redis.url) as counters:
        assert isinstance(counters, RedisCounters)
        counters.set_instances(2)
        await counters.seed_spend([])
        own_redis.kill()
        limit = ProviderLimit(6, None)
        rooms = [
            await counters.take_provider(ProviderDemand(f"a-{n}", "openai", limit, 0))
            for n in range(4)
        ]
        assert [room.limit for room in rooms] == ["", "", "", PROVIDER_RPM]
        await counters.correct_provider("openai", "a-0", 5)
