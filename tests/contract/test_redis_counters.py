"""What only counters of a fleet do: many processes at once, outages, and losses of Redis."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import Any

import orjson
import pytest

from bench.drills.limits import run_kinds
from bench.drills.overshoot import run_trials
from services.adapters.redis_store.counters import REBUILD_AFTER_S, RedisCounters
from services.adapters.redis_store.demands import DemandEncoder
from services.domain.admissions import Demand, Denial
from services.domain.blocks import AbuseRule
from services.domain.errors import BudgetUnavailable, SourceDown
from services.domain.limits import LimitSettings, feature_caps, user_quotas, user_rates
from services.domain.periods import Period, window_of
from services.domain.policy import WhenRedisDown
from services.domain.quotas import QuotaState
from services.domain.rate_limits import BucketLimit, RateLimit
from services.domain.settlements import Settlement
from tests.clock import FakeClock
from tests.contract.counters_bench import SILENCE_S, Bench, Server, open_bench
from tests.contract.redis_fleet import (
    RATE,
    call_for,
    counting,
    dollar,
    hold_and_die,
    use_feature,
)
from tests.redis_server import RedisServer

NANO = 1_000_000_000


@pytest.fixture
async def bench(redis_server: Server) -> AsyncIterator[Bench]:
    async with open_bench("redis", redis_server) as bench:
        yield bench


def a_demand(request_id: str, hold: int = 100, **wants: Any) -> Demand:
    return Demand(request_id, budgets=(dollar(),), hold_nano_usd=hold, **wants)


async def money(counters: RedisCounters) -> tuple[int, int]:
    (state,) = await counters.get_budgets([dollar()])
    return state.spent_nano_usd, state.held_nano_usd


async def eventually(look: Callable[[], Awaitable[bool]], within_s: float = 8.0) -> None:
    deadline = time.monotonic() + within_s
    while not await look():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def until_back(counters: RedisCounters) -> None:
    async def answers() -> bool:
        try:
            await counters.get_budgets([])
        except SourceDown:
            return False
        return True

    await eventually(answers)


# Many processes


def test_processes_that_spend_at_once_pass_no_budget_and_use_it_up(redis_server: Server) -> None:
    redis_server().client.flushdb()
    for trial in run_trials(redis_server().url, [1, 2]):
        assert (trial.overshoot, trial.phantom, trial.held) == (0, 0, 0)
        assert trial.used >= 0.95


async def test_no_window_holds_more_than_its_limit_over_processes(redis_server: Server) -> None:
    redis_server().client.flushdb()
    async with counting(redis_server().url) as counters:
        await counters.seed_spend([])
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        calls = [pool.submit(call_for, 3.0, redis_server().url, name) for name in "abcd"]
        admitted = sorted(at for call in calls for at in call.result())
    window_us = RATE.window_s * 1_000_000
    most = max(sum(at <= other < at + window_us for other in admitted) for at in admitted)
    assert most == RATE.requests
    assert len(admitted) >= 2 * RATE.requests


def test_every_decision_of_every_kind_of_limit_is_exact_over_processes(
    redis_server: Server,
) -> None:
    redis_server().client.flushdb()
    results = run_kinds(redis_server().url, seconds=1.2)
    assert [result for result in results if not result.is_good] == []


def test_cap_of_a_feature_is_exact_over_processes(redis_server: Server) -> None:
    url, cap = redis_server().url, 50
    redis_server().client.flushdb()
    asyncio.run(_seed(url))
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        names = [f"process-{number}" for number in range(3)]
        admitted = sum(pool.map(use_feature, [url] * 3, names, [cap] * 3))
    (key,) = redis_server().client.keys("ai:quota:feature:hint:daily")
    taken = redis_server().client.hgetall(key)
    assert (admitted, taken["requests"], taken["tokens"]) == (cap, str(cap), str(cap * 2))


async def _seed(url: str) -> None:
    async with counting(url) as counters:
        await counters.seed_spend([])


async def test_killed_holder_leaves_spend_exact_and_its_holds_lapse(redis_server: Server) -> None:
    redis_server().client.flushdb()
    ours, theirs = multiprocessing.Pipe()
    async with counting(redis_server().url) as counters:
        await counters.seed_spend([])
        holder = get_context("spawn").Process(
            target=hold_and_die, args=(redis_server().url, 1.5, theirs)
        )
        await asyncio.to_thread(holder.start)
        assert await asyncio.to_thread(ours.recv) == "ready"
        await asyncio.to_thread(holder.join)
        settled = 1_000_003 * sum(range(8))
        assert await money(counters) == (settled, 12 * 50_000_000)
        held = await counters.admit(a_demand("late", NANO - settled), None)
        assert held.denial is Denial.BUDGET_HELD

        async def are_lapsed() -> bool:
            return await money(counters) == (settled, 0)

        await eventually(are_lapsed)
        rest = await counters.admit(a_demand("later", NANO - settled), None)
        assert rest.denial is None


# Keys


async def test_refused_calls_of_a_block_are_forgotten_with_it(
    bench: Bench, redis_server: Server
) -> None:
    client, until = redis_server().client, round(bench.clock.now().timestamp() * 1e6) + 60_000_000
    client.set("ai:abuse:user:ali:blocked", until)
    assert (await bench.ask(abuse_key="ali")).denial is Denial.BLOCKED
    assert client.get("ai:abuse:user:ali:refused") == "1"
    assert 60_000 < client.pttl("ai:abuse:user:ali:refused") <= 65_000


async def test_keys_have_their_names_and_vanish_by_themselves(
    bench: Bench, redis_server: Server
) -> None:
    wants: dict[str, Any] = {
        "rates": (RateLimit("user_rpm", "user:ali", 1, 60),),
        "abuse_key": "ali",
        "abuse": AbuseRule(violations=2),
    }
    await bench.ask(
        request_id="a",
        buckets=(BucketLimit("feature", "feature:hint", 60, 5),),
        quotas=(bench.quota(5, 100), bench.quota(50, 1000, Period.MONTH)),
        budgets=(bench.budget(100),),
        hold_nano_usd=7,
        tokens=9,
        **wants,
    )
    for _ in range(2):
        await bench.ask(**wants)
    await bench.counters.store_answer("ai:cache:response:abc", b"x", 60)
    client = redis_server().client
    violations = "ai:abuse:user:ali:violations"
    assert (client.type(violations), client.llen(violations)) == ("list", 1)
    await bench.ask(**wants)
    names = {str(key): client.type(key) for key in client.scan_iter()}
    assert names == {
        "ai:epoch": "string",
        "ai:rate:user:ali": "zset",
        "ai:near:user_rpm": "zset",
        "ai:bucket:feature:hint": "string",
        "ai:quota:user:ali:daily": "hash",
        "ai:quota:user:ali:monthly": "hash",
        "ai:abuse:user:ali:cooldown": "string",
        "ai:abuse:user:ali:refused": "string",
        "ai:abuse:user:ali:blocked": "string",
        "ai:abuse:blocked": "zset",
        "ai:cache:response:abc": "string",
        "ai:budget:global:day:2026-11-21": "hash",
        "ai:holds": "zset",
        "ai:request:a": "hash",
    }
    assert client.hgetall("ai:quota:user:ali:daily") == {
        "window": "2026-11-21",
        "tokens": "9",
        "requests": "1",
        "reset_at": str(int(datetime(2026, 11, 22, tzinfo=UTC).timestamp())),
    }
    assert client.hget("ai:quota:user:ali:monthly", "window") == "2026-11"
    blocked_until_us = float(str(client.get("ai:abuse:user:ali:blocked")))
    assert blocked_until_us == (bench.clock.now().timestamp() + 900) * 1_000_000
    assert {name for name in names if client.ttl(name) < 0} == {"ai:epoch", "ai:holds"}


async def test_callers_near_a_limit_are_forgotten_when_others_come(
    bench: Bench, redis_server: Server
) -> None:
    for user in ("ali", "can", "ece"):
        await bench.ask(rates=(RateLimit("user_rpm", f"user:{user}", 1, 60),))
        bench.clock.advance(40)
    near = redis_server().client.zrange("ai:near:user_rpm", 0, -1)
    assert [orjson.loads(str(caller))[0] for caller in near] == [
        "ai:rate:user:can", "ai:rate:user:ece",
    ]  # fmt: skip


def test_limits_of_a_request_have_the_names_that_dashboards_depend_on() -> None:
    day = window_of(datetime(2026, 11, 21, tzinfo=UTC), Period.DAY, UTC)
    month = window_of(datetime(2026, 11, 21, tzinfo=UTC), Period.MONTH, UTC)
    settings = LimitSettings(feature_daily_tokens=9, feature_monthly_requests=9)
    rates = user_rates("ali", None, settings)
    quotas = user_quotas("ali", None, settings, (day, month))
    quotas += feature_caps("question_hint", settings, (day, month))
    args = DemandEncoder().encode(
        Demand("r", rates=rates, quotas=quotas, abuse_key="ali"), "ai:cache"
    )
    demand = orjson.loads(args.demand)
    assert {row[0] for row in demand["rates"]} == {"ai:rate:user:ali"}
    assert demand["abuse"]["key"] == "ai:abuse:user:ali"
    assert [row[0] for row in orjson.loads(args.quotas)] == [
        "ai:quota:user:ali:daily",
        "ai:quota:user:ali:monthly",
        "ai:quota:feature:question_hint:daily",
        "ai:quota:feature:question_hint:monthly",
    ]


async def test_scripts_forgotten_by_redis_are_sent_again(
    bench: Bench, redis_server: Server
) -> None:
    await bench.ask(budgets=(bench.budget(100),), hold_nano_usd=10)
    redis_server().client.script_flush()
    await bench.ask(budgets=(bench.budget(100),), hold_nano_usd=10)
    assert await bench.money(bench.budget(100)) == (0, 20)


async def test_millions_of_dollars_are_counted_to_the_nano_dollar(bench: Bench) -> None:
    budget = bench.budget(9_000_000 * NANO)
    amount = 8_999_999 * NANO + 123_456_789
    await bench.ask(request_id="a", budgets=(budget,), hold_nano_usd=amount)
    assert await bench.money(budget) == (0, amount)
    await bench.settle("a", amount - 1)
    assert await bench.money(budget) == (amount - 1, 0)


# Redis does not answer


async def test_stopped_redis_costs_one_call_one_silence_and_the_next_ones_nothing(
    own_redis: RedisServer,
) -> None:
    async with counting(own_redis.url, call_timeout_s=SILENCE_S) as counters:
        await counters.seed_spend([])
        await counters.admit(a_demand("before"), None)
        own_redis.pause()
        assert 0.9 * SILENCE_S < await _refused_after(counters, "first") < 2 * SILENCE_S
        assert await _refused_after(counters, "later") < SILENCE_S / 2
        began_s = time.monotonic()
        await counters.settle(Settlement("before", 0, 10, 0, is_final=True))
        assert time.monotonic() - began_s < SILENCE_S / 2
        own_redis.resume()
        await until_back(counters)
        assert await money(counters) == (10, 0)


async def _refused_after(counters: RedisCounters, request_id: str) -> float:
    began_s = time.monotonic()
    with pytest.raises(BudgetUnavailable):
        await counters.admit(a_demand(request_id), None)
    return time.monotonic() - began_s


async def test_busy_loop_is_not_taken_for_a_slow_redis(own_redis: RedisServer) -> None:
    async with (
        counting(own_redis.url) as patient,
        counting(own_redis.url, call_timeout_s=SILENCE_S / 4) as counters,
    ):
        await patient.seed_spend([])
        await until_back(counters)
        asking = asyncio.create_task(counters.admit(a_demand("second"), None))
        await asyncio.sleep(0)
        time.sleep(SILENCE_S)  # noqa: ASYNC251 - the loop is kept busy, which is the point
        assert (await asking).denial is None


async def test_hold_that_redis_takes_when_it_wakes_up_is_given_back(
    own_redis: RedisServer,
) -> None:
    async with counting(own_redis.url, call_timeout_s=SILENCE_S) as counters:
        await counters.seed_spend([])
        await counters.admit(a_demand("early"), None)
        own_redis.pause()
        with pytest.raises(BudgetUnavailable):
            await counters.admit(a_demand("late"), None)
        own_redis.resume()
        await until_back(counters)
        assert own_redis.client.hget("ai:request:late", "is_over") == "1"
        assert await money(counters) == (0, 100)


async def test_cancelled_admission_holds_nothing(own_redis: RedisServer) -> None:
    async with counting(own_redis.url) as counters:
        await counters.seed_spend([])
        await counters.admit(a_demand("early"), None)
        own_redis.pause()
        asking = asyncio.create_task(counters.admit(a_demand("gone"), None))
        await asyncio.sleep(0.05)
        asking.cancel()
        own_redis.resume()
        with pytest.raises(asyncio.CancelledError):
            await asking

        async def is_given_back() -> bool:
            return own_redis.client.hget("ai:request:gone", "is_over") == "1"

        await eventually(is_given_back)
        assert await money(counters) == (0, 100)


async def test_killed_redis_closes_budgets_and_hears_what_it_missed(
    own_redis: RedisServer,
) -> None:
    async with counting(own_redis.url) as counters:
        await counters.seed_spend([(dollar(), 1_000)])
        for name in ("a", "b"):
            await counters.admit(a_demand(name), None)
        own_redis.kill()
        await counters.settle(Settlement("a", 1, 60, 0, is_final=True))
        with pytest.raises(BudgetUnavailable, match="AI_BUDGET_WHEN_REDIS_DOWN"):
            await counters.admit(a_demand("c"), None)
        own_redis.start()
        await until_back(counters)
        assert await money(counters) == (1_060, 100)
        await counters.settle(Settlement("b", 1, 50, 0, is_final=True))
        assert await money(counters) == (1_110, 0)


async def test_instance_alone_spends_its_share_of_what_was_left(own_redis: RedisServer) -> None:
    async with counting(own_redis.url, when_down=WhenRedisDown.SHARE) as counters:
        await counters.seed_spend([(dollar(), NANO // 5)])
        await counters.admit(a_demand("before", NANO // 5), None)
        await counters.settle(Settlement("before", 1, NANO // 5, 0, is_final=True))

        async def has_learned() -> bool:
            return counters._alone._known != {} and all(
                s.spent_nano_usd == 2 * NANO // 5 for s in counters._alone._known.values()
            )

        await eventually(has_learned)
        counters.set_instances(3)
        own_redis.kill()
        first = await counters.admit(a_demand("first", NANO // 10), None)
        second = await counters.admit(a_demand("second", NANO // 10), None)
        third = await counters.admit(a_demand("third", 1), None)
        assert [a.denial for a in (first, second, third)] == [None, None, Denial.BUDGET_HELD]
        await counters.settle(Settlement("first", 1, 77, 0, is_final=True))
        own_redis.start()
        await until_back(counters)
        assert await money(counters) == (2 * NANO // 5 + 77, NANO // 10)
        await counters.settle(Settlement("second", 1, 5, 0, is_final=True))
        assert await money(counters) == (2 * NANO // 5 + 82, 0)


async def test_reads_say_that_redis_is_away(own_redis: RedisServer) -> None:
    async with counting(own_redis.url) as counters:
        own_redis.kill()
        with pytest.raises(SourceDown, match="does not answer"):
            await counters.get_budgets([dollar()])
        with pytest.raises(SourceDown):
            await counters.list_blocked()
        await counters.store_answer("k", b"x", 60)
        assert counters.needs_seed is False


# Redis has lost everything


async def test_empty_redis_admits_nobody_until_the_ledger_was_told(redis_server: Server) -> None:
    redis_server().client.flushdb()
    async with counting(redis_server().url) as counters:
        assert counters.needs_seed is True
        with pytest.raises(BudgetUnavailable, match="rebuilt from the ledger"):
            await counters.admit(a_demand("a"), None)
        await counters.seed_spend([(dollar(), NANO - 100)])
        assert (await counters.admit(a_demand("b", 101), None)).denial is Denial.BUDGET_SPENT
        assert (await counters.admit(a_demand("c", 100), None)).denial is None


async def test_running_requests_are_said_again_after_a_total_loss(bench: Bench) -> None:
    counters, budget = bench.counters, bench.budget(100)
    assert isinstance(counters, RedisCounters)
    await bench.ask(request_id="runs", budgets=(budget,), hold_nano_usd=30)
    await bench.ask(request_id="ended", budgets=(budget,), hold_nano_usd=30)
    await bench.settle("ended", 20)
    await _lose_everything(bench)
    with pytest.raises(BudgetUnavailable):
        await bench.ask(budgets=(budget,), hold_nano_usd=1)
    assert counters.needs_seed is False
    bench.clock.advance(REBUILD_AFTER_S)
    assert counters.needs_seed is True
    # The ledger has the request that ended; the one that runs is known to its instance only.
    await counters.seed_spend([(budget, 20)])
    assert await bench.money(budget) == (20, 30)
    with pytest.raises(BudgetUnavailable):
        await bench.ask(budgets=(budget,), hold_nano_usd=1)
    bench.clock.advance(REBUILD_AFTER_S)
    assert (await bench.ask(budgets=(budget,), hold_nano_usd=50)).denial is None
    await bench.settle("runs", 29)
    assert await bench.money(budget) == (49, 50)


async def test_users_are_told_only_before_the_counters_are_rebuilt(bench: Bench) -> None:
    """Later nobody can tell a user who took nothing from one who is missing."""
    counters, quota = bench.counters, bench.quota(10, 500)
    assert isinstance(counters, RedisCounters)
    (cap,) = bench.caps(feature_daily_requests=9)
    assert await counters.is_lost() is False
    await counters.seed_quotas([QuotaState(quota, 3, 60), QuotaState(cap, 3, 60)])
    assert await bench.used(quota, cap) == [(0, 0), (3, 60)]
    await bench.ask(request_id="runs", quotas=(quota, cap), tokens=100)
    await _lose_everything(bench)
    assert await counters.is_lost() is True
    with pytest.raises(BudgetUnavailable):
        await bench.ask(quotas=(quota,))
    bench.clock.advance(REBUILD_AFTER_S)
    for _ in range(2):
        await counters.seed_quotas([QuotaState(quota, 2, 40), QuotaState(cap, 5, 90)])
    await counters.seed_spend([])
    # What the ledger has, and the request that runs.
    assert await bench.used(quota, cap) == [(3, 140), (6, 190)]
    await bench.settle("runs", 0, tokens=7)
    assert await bench.used(quota, cap) == [(3, 47), (6, 97)]


async def test_what_ended_while_the_ledger_was_read_is_said_again(bench: Bench) -> None:
    """It is not in what was read, however long that took."""
    counters, quota = bench.counters, bench.quota(10, 500)
    assert isinstance(counters, RedisCounters)
    for name in ("before", "meanwhile"):
        await bench.ask(request_id=name, quotas=(quota,))
    await bench.settle("before", 0, tokens=5)
    await _lose_everything(bench)
    with pytest.raises(BudgetUnavailable):
        await bench.ask(quotas=(quota,))
    bench.clock.advance(REBUILD_AFTER_S)
    await counters.seed_quotas([QuotaState(quota, 1, 5)])
    await bench.settle("meanwhile", 0, tokens=7)
    bench.clock.advance(3)
    await counters.seed_spend([], age_s=3)
    assert await bench.used(quota) == [(2, 12)]


async def _lose_everything(bench: Bench) -> None:
    counters = bench.counters
    assert isinstance(counters, RedisCounters)
    await counters._connection.command("FLUSHDB")


async def test_later_instances_do_not_count_the_ledger_twice(redis_server: Server) -> None:
    redis_server().client.flushdb()
    clock = FakeClock()

    def time_us() -> int:
        return round(clock.now().timestamp() * 1_000_000)

    async with counting(redis_server().url, clock=clock, time_us=time_us) as first:
        await first.seed_spend([])
        clock.advance(86_400)
        today = Bench(first, clock).budget(100)
        await first.admit(Demand("a", budgets=(today,), hold_nano_usd=40), None)
        await first.settle(Settlement("a", 1, 40, 0, is_final=True))
        async with counting(redis_server().url, clock=clock, time_us=time_us) as second:
            await second.seed_spend([(today, 40)])
            assert await Bench(second, clock).money(today) == (40, 0)
            new = Bench(second, clock).budget(100, "feature:new")
            await second.seed_spend([(new, 15)])
            assert await Bench(second, clock).money(new) == (15, 0)


# Nobody says what a request cost


async def test_lapsed_request_waits_to_be_settled_from_the_ledger(bench: Bench) -> None:
    counters, budget, quota = bench.counters, bench.budget(100), bench.quota(None, 1000)
    assert isinstance(counters, RedisCounters)
    for name in ("dead", "settled"):
        await bench.ask(
            request_id=name, budgets=(budget,), hold_nano_usd=30, quotas=(quota,), tokens=400
        )
    await bench.settle("settled", 7, tokens=400)
    assert await counters.list_unsettled() == ()
    bench.clock.advance(151)
    assert await counters.list_unsettled() == ("dead",)
    assert await bench.money(budget) == (7, 0)
    await bench.settle("dead", 20, tokens=100)
    assert await counters.list_unsettled() == ()
    assert await bench.money(budget) == (27, 0)
    assert (await bench.ask(quotas=(quota,), tokens=501)).denial is Denial.QUOTA
    assert (await bench.ask(quotas=(quota,), tokens=500)).denial is None


async def test_request_that_costs_nothing_is_settled_from_the_ledger_too(bench: Bench) -> None:
    counters = bench.counters
    assert isinstance(counters, RedisCounters)
    await bench.ask(request_id="mock", quotas=(bench.quota(None, 1000),), tokens=400)
    bench.clock.advance(151)
    assert await counters.list_unsettled() == ("mock",)
    bench.clock.advance(3600)
    assert await counters.list_unsettled() == ()
