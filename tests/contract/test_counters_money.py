"""What every implementation of the Counters port does with money and cached answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.domain.admissions import HELD_RETRY_S, Denial
from services.domain.periods import Period
from services.domain.rate_limits import RateLimit
from tests.contract.counters_bench import KINDS, Bench, Server, open_bench


@pytest.fixture(params=KINDS)
async def bench(request: pytest.FixtureRequest, redis_server: Server) -> AsyncIterator[Bench]:
    async with open_bench(request.param, redis_server) as bench:
        yield bench


# Budgets


async def test_hold_is_apart_from_spend_until_settled(bench: Bench) -> None:
    budget = bench.budget(100)
    await bench.ask(request_id="a", budgets=(budget,), hold_nano_usd=60)
    assert await bench.money(budget) == (0, 60)
    await bench.settle("a", 45)
    assert await bench.money(budget) == (45, 0)


async def test_refusal_says_held_while_running_calls_are_the_cause(bench: Bench) -> None:
    budget = bench.budget(100)
    await bench.ask(request_id="a", budgets=(budget,), hold_nano_usd=60)
    refused = await bench.ask(budgets=(budget,), hold_nano_usd=41)
    assert (refused.denial, refused.allowance) == (Denial.BUDGET_HELD, 100)
    assert refused.limit == "daily_budget"
    assert refused.retry_after_s is not None
    assert 0 < refused.retry_after_s < 150
    assert (await bench.ask(budgets=(budget,), hold_nano_usd=40)).denial is None


async def test_refusal_says_spent_until_the_window_ends(bench: Bench) -> None:
    budget = bench.budget(100)
    await bench.ask(request_id="a", budgets=(budget,), hold_nano_usd=60)
    await bench.settle("a", 60)
    refused = await bench.ask(budgets=(budget,), hold_nano_usd=41)
    assert (refused.denial, refused.retry_after_s) == (Denial.BUDGET_SPENT, 12 * 3600)
    bench.clock.advance(12 * 3600)
    assert (await bench.ask(budgets=(bench.budget(100),), hold_nano_usd=100)).denial is None


async def test_spent_budget_is_told_before_a_held_one(bench: Bench) -> None:
    day, month = bench.budget(100), bench.budget(100, period=Period.MONTH)
    await bench.ask(request_id="a", budgets=(month,), hold_nano_usd=90)
    await bench.settle("a", 90)
    await bench.ask(budgets=(day,), hold_nano_usd=100)
    refused = await bench.ask(budgets=(day, month), hold_nano_usd=20)
    assert (refused.denial, refused.limit) == (Denial.BUDGET_SPENT, "monthly_budget")


async def test_all_budgets_are_held_together(bench: Bench) -> None:
    budgets = (bench.budget(100), bench.budget(50, "feature:hint"), bench.budget(20, "user:ali"))
    assert (await bench.ask(budgets=budgets, hold_nano_usd=21)).limit == "user:ali day"
    await bench.ask(request_id="a", budgets=budgets, hold_nano_usd=20)
    assert [await bench.money(b) for b in budgets] == [(0, 20)] * 3
    await bench.settle("a", 7)
    assert [await bench.money(b) for b in budgets] == [(7, 0)] * 3


async def test_call_that_costs_nothing_passes_a_spent_budget(bench: Bench) -> None:
    budget = bench.budget(10)
    await bench.ask(request_id="a", budgets=(budget,), hold_nano_usd=10)
    await bench.settle("a", 25)
    assert (await bench.ask(budgets=(budget,), hold_nano_usd=0)).denial is None


async def test_settling_twice_books_once(bench: Bench) -> None:
    budget, quota = bench.budget(100), bench.quota(None, 100)
    wants = {"budgets": (budget,), "quotas": (quota,), "hold_nano_usd": 50, "tokens": 10}
    await bench.ask(request_id="a", **wants)
    await bench.settle("a", 20, attempt=1, tokens=30, final=False)
    await bench.settle("a", 20, attempt=1, tokens=30, final=False)
    await bench.settle("a", 5, attempt=2, tokens=40)
    await bench.settle("a", 5, attempt=2, tokens=40)
    assert await bench.money(budget) == (25, 0)
    assert (await bench.ask(quotas=(quota,), tokens=31)).denial is Denial.QUOTA
    assert (await bench.ask(quotas=(quota,), tokens=30)).denial is None


async def test_failed_attempt_turns_its_part_of_the_hold_into_spend(bench: Bench) -> None:
    budget = bench.budget(100)
    await bench.ask(request_id="a", budgets=(budget,), hold_nano_usd=60)
    await bench.settle("a", 15, attempt=1, final=False)
    assert await bench.money(budget) == (15, 45)
    await bench.settle("a", 45, attempt=2)
    assert await bench.money(budget) == (60, 0)


async def test_attempt_reported_after_the_end_is_booked(bench: Bench) -> None:
    budget = bench.budget(100)
    await bench.ask(request_id="a", budgets=(budget,), hold_nano_usd=60)
    await bench.settle("a", 10, attempt=2)
    await bench.settle("a", 5, attempt=1, final=False)
    assert await bench.money(budget) == (15, 0)


async def test_cost_beyond_the_hold_is_booked_in_full(bench: Bench) -> None:
    budget = bench.budget(100)
    await bench.ask(request_id="a", budgets=(budget,), hold_nano_usd=10)
    await bench.settle("a", 130)
    assert await bench.money(budget) == (130, 0)
    assert (await bench.ask(budgets=(budget,), hold_nano_usd=1)).denial is Denial.BUDGET_SPENT


async def test_hold_lapses_by_itself(bench: Bench) -> None:
    budget = bench.budget(100)
    await bench.ask(request_id="a", budgets=(budget,), hold_nano_usd=100, hold_s=150)
    bench.clock.advance(149.9)
    assert (await bench.ask(budgets=(budget,), hold_nano_usd=1)).denial is Denial.BUDGET_HELD
    bench.clock.advance(0.1)
    assert await bench.money(budget) == (0, 0)
    assert (await bench.ask(budgets=(budget,), hold_nano_usd=1)).denial is None


async def test_settling_after_the_lapse_is_still_booked(bench: Bench) -> None:
    budget = bench.budget(100)
    await bench.ask(request_id="a", budgets=(budget,), hold_nano_usd=40, hold_s=10)
    bench.clock.advance(600)
    await bench.settle("a", 33)
    assert await bench.money(budget) == (33, 0)


async def test_settling_a_request_never_admitted_books_nothing(bench: Bench) -> None:
    budget = bench.budget(100)
    await bench.settle("stranger", 50)
    assert await bench.money(budget) == (0, 0)


async def test_call_across_midnight_is_booked_where_it_began(bench: Bench) -> None:
    bench.clock.advance(12 * 3600 - 60)
    before = bench.budget(100)
    await bench.ask(request_id="a", budgets=(before,), hold_nano_usd=40)
    bench.clock.advance(120)
    await bench.settle("a", 30)
    assert await bench.money(before) == (30, 0)
    assert await bench.money(bench.budget(100)) == (0, 0)


async def test_top_up_raises_the_hold_everywhere_or_nowhere(bench: Bench) -> None:
    budgets = (bench.budget(100), bench.budget(50, "user:ali"))
    await bench.ask(request_id="a", budgets=budgets, hold_nano_usd=30)
    assert await bench.top_up("a", 21) is Denial.BUDGET_SPENT
    assert [await bench.money(b) for b in budgets] == [(0, 30), (0, 30)]
    assert await bench.top_up("a", 20) is None
    assert [await bench.money(b) for b in budgets] == [(0, 50), (0, 50)]
    await bench.settle("a", 50)
    assert [await bench.money(b) for b in budgets] == [(50, 0), (50, 0)]
    assert await bench.top_up("a", 1) is Denial.BUDGET_HELD
    assert await bench.top_up("stranger", 1) is Denial.BUDGET_HELD


async def test_top_up_takes_tokens_from_every_quota_or_from_none(bench: Bench) -> None:
    quotas = (bench.quota(1, 100), bench.quota(9, 50, Period.MONTH))
    budget = bench.budget(100)
    await bench.ask(request_id="a", quotas=quotas, budgets=(budget,))
    assert await bench.top_up("a", 10, 51) is Denial.QUOTA
    assert await bench.top_up("a", 101, 50) is Denial.BUDGET_SPENT
    assert (await bench.used(*quotas), await bench.money(budget)) == ([(1, 0), (1, 0)], (0, 0))
    assert await bench.top_up("a", 10, 50) is None
    assert (await bench.used(*quotas), await bench.money(budget)) == ([(1, 50), (1, 50)], (0, 10))
    assert await bench.top_up("a", 10, 1) is Denial.QUOTA
    assert await bench.top_up("a", 10) is None, "money alone asks no quota"
    await bench.settle("a", 5, tokens=30)
    assert await bench.used(*quotas) == [(1, 30), (1, 30)]


async def test_refused_top_up_names_the_limit_and_when_to_come_back(bench: Bench) -> None:
    bench.clock.advance(3600)
    quotas = (bench.quota(9, 50), bench.quota(9, 60, Period.MONTH))
    budgets = (bench.budget(100), bench.budget(90, period=Period.MONTH))
    wants: dict[str, Any] = {"quotas": quotas, "budgets": budgets, "hold_nano_usd": 10}
    await bench.ask(request_id="a", **wants)
    await bench.ask(request_id="b", **wants)

    async def short(amount: int, tokens: int) -> tuple[str, int, datetime | None]:
        refused = await bench.take_more("a", amount, tokens)
        assert refused is not None
        wait_s = refused.retry_after_s or 0
        return refused.limit, refused.allowance, bench.clock.now() + timedelta(seconds=wait_s)

    day, month = quotas[0].window.ends_at, quotas[1].window.ends_at
    assert await short(0, 51) == ("user_day", 50, day)
    assert await short(0, 61) == ("user_month", 60, month), "the one that lasts longest"
    assert await short(95, 0) == ("monthly_budget", 90, month), "the one that has least left"
    soon = bench.clock.now() + timedelta(seconds=HELD_RETRY_S)
    assert await short(75, 0) == ("monthly_budget", 90, soon)
    gone = await bench.take_more("stranger", 1)
    assert gone is not None
    assert (gone.limit, gone.retry_after_s) == ("", HELD_RETRY_S)


async def test_top_up_of_tokens_is_let_pass_by_a_quota_in_shadow(bench: Bench) -> None:
    quota = bench.quota(1, 5)
    await bench.ask(request_id="a", quotas=(quota,), shadow=frozenset({quota.name}))
    assert await bench.top_up("a", 0, 6) is None
    assert await bench.used(quota) == [(1, 6)]


async def test_top_up_without_money_asks_no_budget(bench: Bench) -> None:
    budget, quota = bench.budget(10), bench.quota(9, 9)
    await bench.ask(request_id="a", budgets=(budget,), quotas=(quota,), hold_nano_usd=10)
    await bench.settle("a", 20, final=False)
    assert await bench.top_up("a", 0, 4) is None
    assert await bench.used(quota) == [(1, 4)]


async def test_refused_top_up_tells_whether_others_could_make_room(bench: Bench) -> None:
    budget = bench.budget(100)
    await bench.ask(request_id="a", budgets=(budget,), hold_nano_usd=30)
    await bench.ask(request_id="b", budgets=(budget,), hold_nano_usd=30)
    top_up = bench.top_up
    assert await top_up("a", 71) is Denial.BUDGET_SPENT, "its own hold comes back to nobody"
    assert await top_up("a", 70) is Denial.BUDGET_HELD
    await bench.settle("b", 25)
    assert await top_up("a", 46) is Denial.BUDGET_SPENT
    assert await top_up("a", 45) is None
    assert await bench.money(budget) == (25, 75)


async def test_spent_budget_is_told_before_one_that_is_held(bench: Bench) -> None:
    budgets = (bench.budget(90), bench.budget(60, period=Period.MONTH))
    await bench.ask(request_id="a", budgets=budgets, hold_nano_usd=0)
    await bench.ask(request_id="b", budgets=budgets[1:], hold_nano_usd=50)
    await bench.settle("b", 50)
    await bench.ask(request_id="c", budgets=budgets[:1], hold_nano_usd=80)
    assert await bench.top_up("a", 11) is Denial.BUDGET_SPENT
    assert await bench.top_up("a", 10) is None


async def test_top_up_gives_the_hold_its_whole_time_again(bench: Bench) -> None:
    budget = bench.budget(100)
    await bench.ask(request_id="a", budgets=(budget,), hold_nano_usd=30, hold_s=100)
    bench.clock.advance(90)
    assert await bench.top_up("a", 10) is None
    bench.clock.advance(90)
    assert await bench.money(budget) == (0, 40)
    bench.clock.advance(10)
    assert await bench.money(budget) == (0, 0)


async def test_seed_is_added_once_also_after_early_traffic(bench: Bench) -> None:
    budget = bench.budget(100)
    await bench.ask(request_id="a", budgets=(budget,), hold_nano_usd=20)
    await bench.settle("a", 12)
    await bench.ask(request_id="b", budgets=(budget,), hold_nano_usd=5)
    await bench.counters.seed_spend([(budget, 50)])
    await bench.counters.seed_spend([(budget, 50)])
    assert await bench.money(budget) == (62, 5)


async def test_raised_budget_counts_at_once(bench: Bench) -> None:
    await bench.ask(budgets=(bench.budget(10),), hold_nano_usd=10)
    assert (await bench.ask(budgets=(bench.budget(11),), hold_nano_usd=1)).denial is None
    assert await bench.money(bench.budget(11)) == (0, 11)


# Cached answers


async def test_stored_answer_comes_back_until_its_time_is_over(bench: Bench) -> None:
    await bench.counters.store_answer("k", b"four", 3600)
    assert (await bench.ask(cache_key="k")).cached == b"four"
    assert (await bench.ask(cache_key="other")).cached is None
    assert (await bench.ask(cache_key=None)).cached is None
    bench.clock.advance(3600)
    assert (await bench.ask(cache_key="k")).cached is None


async def test_answer_stored_for_no_time_leaves_what_is_there(bench: Bench) -> None:
    await bench.counters.store_answer("k", b"four", 3600)
    await bench.counters.store_answer("k", b"five", 0)
    assert (await bench.ask(cache_key="k")).cached == b"four"


async def test_cached_answer_takes_requests_but_neither_tokens_nor_money(bench: Bench) -> None:
    await bench.counters.store_answer("k", b"x", 3600)
    budget, quota = bench.budget(10), bench.quota(3, 10)
    wants: dict[str, Any] = {
        "rates": (RateLimit("global_rpm", "global", 2, 60),),
        "quotas": (quota,),
        "budgets": (budget,),
        "hold_nano_usd": 99,
        "tokens": 99,
    }
    for _ in range(2):
        assert (await bench.ask(cache_key="k", **wants)).cached == b"x"
    assert await bench.money(budget) == (0, 0)
    refused = await bench.ask(cache_key="k", **wants)
    assert (refused.denial, refused.cached) == (Denial.RATE, None)
    assert (await bench.ask(quotas=(quota,), tokens=10)).denial is None
    assert (await bench.ask(quotas=(quota,), tokens=0)).denial is Denial.QUOTA


# Together


async def test_simultaneous_calls_get_no_more_than_there_is(bench: Bench) -> None:
    rate, budget = RateLimit("global_rpm", "global", 30, 60), bench.budget(100)
    asked = [bench.ask(rates=(rate,), budgets=(budget,), hold_nano_usd=7) for _ in range(50)]
    admitted = [a for a in await asyncio.gather(*asked) if a.denial is None]
    assert len(admitted) == 14
    assert await bench.money(budget) == (0, 98)


steps = st.lists(
    st.tuples(
        st.sampled_from(["admit", "settle", "final", "top_up", "wait"]),
        st.integers(0, 9),
        st.integers(1, 40),
    ),
    max_size=60,
)


@given(steps=steps)
@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@pytest.mark.parametrize("kind", KINDS)
def test_spent_and_held_never_pass_the_limit_while_costs_stay_in_their_holds(
    kind: str, redis_server: Server, steps: list[tuple[str, int, int]]
) -> None:
    asyncio.run(_play_on(kind, redis_server, steps))


async def _play_on(kind: str, redis_server: Server, steps: list[tuple[str, int, int]]) -> None:
    async with open_bench(kind, redis_server) as bench:
        await _play(bench, steps)


async def _play(bench: Bench, steps: list[tuple[str, int, int]]) -> None:
    budget, left, booked = bench.budget(100), dict[str, int](), 0
    for number, (step, which, amount) in enumerate(steps):
        name = f"r-{which}"
        if step == "admit" and name not in left:
            wants = {"budgets": (budget,), "hold_nano_usd": amount, "hold_s": 1e6}
            if (await bench.ask(request_id=name, **wants)).denial is None:
                left[name] = amount
        elif step == "top_up" and name in left:
            denial = await bench.top_up(name, amount)
            left[name] += amount if denial is None else 0
        elif step in ("settle", "final") and left.get(name) is not None:
            cost = min(amount, left[name])
            booked += cost
            left[name] -= cost
            await bench.settle(name, cost, attempt=number, final=step == "final")
            if step == "final":
                left[name] = 0
        elif step == "wait":
            bench.clock.advance(1)
        spent, held = await bench.money(budget)
        assert spent == booked
        assert held == sum(left.values())
        assert spent + held <= 100
