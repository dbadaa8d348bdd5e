from __future__ import annotations

from datetime import UTC

from services.adapters.memory.counters import MemoryCounters
from services.domain.admissions import Demand
from services.domain.budgets import Budget, BudgetWindow
from services.domain.periods import Period, window_of
from services.domain.quotas import Quota, QuotaState
from services.domain.rate_limits import BucketLimit, RateLimit
from services.domain.settlements import Settlement
from tests.clock import FakeClock


def size(counters: MemoryCounters) -> int:
    parts = (counters._rates, counters._buckets, counters._quotas, counters._abuse)
    return sum(len(part) for part in (*parts, counters._budgets, counters._near))


async def test_nothing_is_remembered_of_users_who_left() -> None:
    clock = FakeClock()
    counters = MemoryCounters(clock)
    for number in range(300):
        window = window_of(clock.now(), Period.DAY, UTC)
        key = f"user:{number}"
        demand = Demand(
            f"r-{number}",
            rates=(RateLimit("user_rpm", key, number % 2, 60),),
            buckets=(BucketLimit("feature", key, 60, 5),),
            quotas=(Quota("user_daily", key, window, 9, 99),),
            budgets=(BudgetWindow(Budget(key, Period.DAY, 50), window),),
            abuse_key=key,
            hold_nano_usd=5,
        )
        for _ in range(2):
            await counters.admit(demand, None)
        if number % 3:
            await counters.settle(Settlement(demand.request_id, 1, 2, 10, is_final=True))
    assert size(counters) > 1000
    for seconds in (2 * 86400, 3600):  # holds lapse first, then they are forgotten
        clock.advance(seconds)
        await counters.get_budgets([])
    assert size(counters) == 0


async def test_settled_requests_are_forgotten_soon() -> None:
    clock = FakeClock()
    counters = MemoryCounters(clock)
    for number in range(1000):
        await counters.admit(Demand(f"r-{number}", hold_s=10), None)
        await counters.settle(Settlement(f"r-{number}", 1, 0, 0, is_final=True))
        clock.advance(1)
    assert size(counters) < 20


async def test_answers_leave_in_the_order_of_their_last_use() -> None:
    counters = MemoryCounters(FakeClock(), cache_bytes=30)
    for key in ("a", "b", "c"):
        await counters.store_answer(key, b"0123456789", 60)

    async def found(key: str) -> bool:
        return (await counters.admit(Demand("r"), key)).cached is not None

    assert await found("a")
    await counters.store_answer("d", b"0123456789", 60)
    assert [await found(key) for key in "abcd"] == [True, False, True, True]
    await counters.store_answer("huge", b"x" * 31, 60)
    assert [await found(key) for key in ("a", "huge")] == [True, False]
    await counters.store_answer("a", b"short", 60)
    await counters.store_answer("e", b"short", 60)
    assert [await found(key) for key in "acde"] == [True] * 4


async def test_what_the_ledger_knows_is_added_to_early_traffic_once() -> None:
    clock = FakeClock()
    counters = MemoryCounters(clock)
    quota = Quota("user_daily", "user:ali", window_of(clock.now(), Period.DAY, UTC), 9, 99)
    await counters.admit(Demand("r", quotas=(quota,), tokens=5), None)
    for _ in range(2):
        await counters.seed_quotas([QuotaState(quota, 2, 40)])
    assert await counters.get_quotas([quota]) == (QuotaState(quota, 3, 45),)
