from __future__ import annotations

from dataclasses import replace
from datetime import UTC

from services.adapters.redis_store.alone import WATCHED_BUDGETS, AloneCounters
from services.domain.admissions import GONE, Demand, Denial
from services.domain.budgets import Budget, BudgetState, BudgetWindow
from services.domain.periods import Period, window_of
from services.domain.quotas import Quota
from services.domain.rate_limits import BucketLimit, RateLimit
from services.domain.settlements import Settlement
from tests.clock import FakeClock


def a_budget(clock: FakeClock, limit: int = 100, scope: str = "global") -> BudgetWindow:
    return BudgetWindow(Budget(scope, Period.DAY, limit), window_of(clock.now(), Period.DAY, UTC))


def alone_of(instances: int) -> tuple[AloneCounters, FakeClock]:
    clock = FakeClock()
    alone = AloneCounters(clock)
    alone.instances = instances
    return alone, clock


async def test_every_limit_is_divided_and_none_becomes_nothing() -> None:
    alone, clock = alone_of(4)
    window = window_of(clock.now(), Period.DAY, UTC)
    cases = [
        (Demand("r", rates=(RateLimit("g", "g", 9, 60),)), 2),
        (Demand("r", rates=(RateLimit("h", "h", 3, 60),)), 1),
        (Demand("r", buckets=(BucketLimit("b", "b", 60, 8),)), 2),
        (Demand("r", quotas=(Quota("q", "q", window, 12, None),)), 3),
        (Demand("r", quotas=(Quota("t", "t", window, None, 40),), tokens=5), 2),
        (Demand("r", budgets=(a_budget(clock, 43),), hold_nano_usd=5), 2),
    ]
    for demand, allowed in cases:
        results = [await alone.admit(replace(demand, request_id=f"r-{n}")) for n in range(9)]
        assert sum(r.denial is None for r in results) == allowed, demand


async def test_share_is_of_what_the_fleet_left_also_when_the_budget_was_raised_since() -> None:
    alone, clock = alone_of(2)
    alone.watch([a_budget(clock, 100)])
    known = a_budget(clock, 100)
    alone.learn([BudgetState(known.budget, known.window, 50, 10)])
    raised = Demand("r-1", budgets=(a_budget(clock, 120),), hold_nano_usd=31)
    assert (await alone.admit(raised)).denial is Denial.BUDGET_SPENT
    fitting = replace(raised, request_id="r-2", hold_nano_usd=30)
    assert (await alone.admit(fitting)).denial is None


async def test_share_begins_anew_with_the_next_outage() -> None:
    alone, clock = alone_of(1)
    demand = Demand("r-1", budgets=(a_budget(clock, 10),), hold_nano_usd=10)
    assert (await alone.admit(demand)).denial is None
    assert (await alone.admit(replace(demand, request_id="r-2"))).denial is Denial.BUDGET_HELD
    alone.end()
    assert (await alone.admit(replace(demand, request_id="r-3"))).denial is None


async def test_only_what_was_admitted_alone_is_topped_up_alone() -> None:
    alone, clock = alone_of(1)
    budget = a_budget(clock, 10)
    quota = Quota("user_daily", "user:ali", budget.window, None, 5)
    demand = Demand("r-1", budgets=(budget,), quotas=(quota,), hold_nano_usd=4)
    assert await alone.top_up(demand, 1) is GONE
    await alone.admit(demand)
    assert await alone.top_up(demand, 6, 5) is None
    spent, quota_short = await alone.top_up(demand, 1), await alone.top_up(demand, 0, 1)
    assert spent is not None
    assert spent.denial is Denial.BUDGET_SPENT
    assert quota_short is not None
    assert quota_short.denial is Denial.QUOTA
    await alone.settle(Settlement("r-1", 1, 10, 0, is_final=True))
    spent = await alone.admit(Demand("r-2", budgets=(a_budget(clock, 10),), hold_nano_usd=1))
    assert spent.denial is Denial.BUDGET_SPENT


def test_windows_that_are_over_and_the_oldest_of_many_are_followed_no_more() -> None:
    alone, clock = alone_of(1)
    alone.watch([a_budget(clock, 1, f"user:{n}") for n in range(WATCHED_BUDGETS + 5)])
    scopes = [row.budget.scope for row in alone.watched()]
    assert (len(scopes), scopes[0]) == (WATCHED_BUDGETS, "user:5")
    clock.advance(86_400)
    assert alone.watched() == []
