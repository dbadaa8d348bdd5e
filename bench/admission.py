"""What it costs to admit a request and to settle it: time and CPU, in memory and on Redis.

    python -m bench.admission [--requests 5000]

Each takes from five rate limits, a bucket, two quotas and two budgets at once, as a request does.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench.drills.fleet import redis_server
from services.adapters.clock import SystemClock
from services.adapters.memory.counters import MemoryCounters
from services.adapters.redis_store.connection import RedisConnection
from services.adapters.redis_store.counters import RedisCounters
from services.bootstrap.process import settle_process
from services.domain.admissions import Demand
from services.domain.budgets import Budget, BudgetWindow
from services.domain.limits import LimitSettings, user_quotas, user_rates
from services.domain.periods import Period, window_of
from services.domain.ports import Counters
from services.domain.rate_limits import BucketLimit, RateLimit
from services.domain.settlements import Settlement

MANY = 10**9
CALLERS = 10
LIMITS = LimitSettings(
    user_rpm=MANY, user_rph=MANY,
    user_daily_tokens=10**12, user_daily_requests=MANY,
    user_monthly_tokens=10**12, user_monthly_requests=MANY,
)  # fmt: skip


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=5000)
    count = parser.parse_args().requests
    print(f"python -m bench.admission {' '.join(sys.argv[1:])}".rstrip())
    print(
        f"{'':10}{'CPU µs':>9}{'admit p50 µs':>14}{'p99 µs':>9}{'settle p50 µs':>15}{'p99 µs':>9}"
    )
    settle_process()
    asyncio.run(_measure("memory", MemoryCounters(SystemClock()), count))
    with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as server:
        asyncio.run(_measure_redis(server.url, count))


async def _measure_redis(url: str, count: int) -> None:
    connection = RedisConnection(url, call_timeout_s=5.0)
    counters = RedisCounters(connection, SystemClock())
    try:
        await counters.seed_spend([])
        await _measure("Redis", counters, count)
    finally:
        await connection.close()


async def _measure(name: str, counters: Counters, count: int) -> None:
    demands = Demands()
    admits: list[float] = []
    settles: list[float] = []

    async def work(numbers: range) -> None:
        for number in numbers:
            demand = demands.make(number)
            began_s = time.perf_counter()
            admission = await counters.admit(demand, None)
            admits.append(time.perf_counter() - began_s)
            assert admission.denial is None, admission
            began_s = time.perf_counter()
            await counters.settle(Settlement(demand.request_id, 1, 900, 450, is_final=True))
            settles.append(time.perf_counter() - began_s)

    cpu_s = time.process_time()
    each = count // CALLERS
    await asyncio.gather(*(work(range(n * each, (n + 1) * each)) for n in range(CALLERS)))
    cpu_us = (time.process_time() - cpu_s) / (each * CALLERS) * 1e6
    print(f"{name:10}{cpu_us:9.1f}{_figures(admits, 14)}{_figures(settles, 15)}")


def _figures(seconds: list[float], width: int) -> str:
    seconds.sort()
    p50, p99 = statistics.median(seconds), seconds[int(len(seconds) * 0.99)]
    return f"{p50 * 1e6:{width}.0f}{p99 * 1e6:9.0f}"


class Demands:
    """What ten users ask for, each with a new request."""

    def __init__(self) -> None:
        now = datetime.now(UTC)
        day, month = (window_of(now, period, UTC) for period in (Period.DAY, Period.MONTH))
        self._budgets = tuple(
            BudgetWindow(Budget("global", window.period, 10**15), window) for window in (day, month)
        )
        users = [f"user-{n}" for n in range(10)]
        everyone = (
            RateLimit("address", "address:127.0.0.1", MANY, 60),
            RateLimit("global_rpm", "global", MANY, 60),
            RateLimit("global_rph", "global", MANY, 3600),
        )
        self._rates = [(*everyone, *user_rates(user, None, LIMITS)) for user in users]
        self._quotas = [user_quotas(user, None, LIMITS, (day, month)) for user in users]
        self._buckets = (BucketLimit("feature", "feature:question_hint", MANY, MANY),)

    def make(self, number: int) -> Demand:
        """The demand of the request of this number."""
        user = number % 10
        return Demand(
            f"request-{number}",
            self._rates[user],
            self._buckets,
            self._quotas[user],
            self._budgets,
            abuse_key=f"user-{user}",
            hold_nano_usd=1000,
            tokens=500,
        )


if __name__ == "__main__":
    main()
