"""Do budgets hold when many instances spend at once? Four processes of 50 callers against $1.

    python -m bench.drills.overshoot [--redis redis://127.0.0.1:6379/0] [--seeds 200]

Each call holds an estimate, costs a random part of it, and sometimes tops it up. It takes from
five budgets at once. Nothing may be spent beyond any of them, every settled dollar must be counted,
nothing may stay held, and the dollar must be used up.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC

from bench.drills.hammered_redis import (
    PROCESSES,
    add_redis_option,
    hammered_redis,
    new_processes,
    patient_connection,
)
from services.adapters.clock import SystemClock
from services.adapters.redis_store.counters import RedisCounters
from services.domain.admissions import Demand, Denial
from services.domain.budgets import Budget, BudgetState, BudgetWindow
from services.domain.periods import Period, window_of
from services.domain.settlements import Settlement

CALLERS = 50
NANO = 1_000_000_000
HOLD_NANO_USD = (500_000, 8_000_000)
PAUSE_S = 0.003


@dataclass(frozen=True)
class Trial:
    """One seed's figures; money in nano-dollars.

    Args:
        used: the share of the dollar that was spent.
        overshoot: the most that any budget was exceeded by.
        phantom: what the counters say was spent, less what was settled.
        held: what stayed held at the end.
    """

    seed: int
    calls: int
    refused: int
    used: float
    overshoot: int
    phantom: int
    held: int
    seconds: float

    @property
    def is_good(self) -> bool:
        return self.used >= 0.95 and not (self.overshoot or self.phantom or self.held)


@dataclass(frozen=True)
class Spender:
    """What one process did: cost by budget scope, calls and refusals."""

    spent: dict[str, int]
    calls: int
    refused: int


@dataclass(frozen=True)
class Setting:
    """Where and with which random numbers a trial runs; `run` keeps its budgets apart from those of
    earlier runs on the same Redis."""

    url: str
    run: str
    seed: int


def run_trials(url: str, seeds: Sequence[int]) -> list[Trial]:
    """All trials, one after the other, with the same processes."""
    run = f"{time.time_ns():x}"
    with new_processes() as pool:
        return [_run_trial(pool, Setting(url, run, seed)) for seed in seeds]


def _run_trial(pool: ProcessPoolExecutor, setting: Setting) -> Trial:
    asyncio.run(_read_states(setting))
    began_s = time.perf_counter()
    spenders = list(pool.map(spend, [setting] * PROCESSES, range(PROCESSES)))
    seconds = time.perf_counter() - began_s
    settled: Counter[str] = Counter()
    for spender in spenders:
        settled.update(spender.spent)
    states = asyncio.run(_read_states(setting))
    dollar = states[0]
    return Trial(
        setting.seed,
        sum(s.calls for s in spenders),
        sum(s.refused for s in spenders),
        dollar.spent_nano_usd / dollar.budget.limit_nano_usd,
        max(0, *(s.spent_nano_usd - s.budget.limit_nano_usd for s in states)),
        sum(abs(s.spent_nano_usd - settled[_name(s.budget)]) for s in states),
        sum(s.held_nano_usd for s in states),
        seconds,
    )


def spend(setting: Setting, worker: int) -> Spender:
    """One process: its callers go on until the dollar cannot take their next call."""
    return asyncio.run(_spend(setting, worker))


async def _spend(setting: Setting, worker: int) -> Spender:
    async with patient_connection(setting.url) as connection:
        counters = RedisCounters(connection, SystemClock())
        callers = [_Caller(counters, setting, f"{worker}-{n}") for n in range(CALLERS)]
        await asyncio.gather(*(caller.run() for caller in callers))
    spent: Counter[str] = Counter()
    for caller in callers:
        spent.update(caller.spent)
    return Spender(dict(spent), sum(c.calls for c in callers), sum(c.refused for c in callers))


class _Caller:
    def __init__(self, counters: RedisCounters, setting: Setting, name: str) -> None:
        self._counters = counters
        self._budgets = _budgets(setting)
        self._name = f"{setting.run}-{setting.seed}-{name}"
        self._random = random.Random(f"{setting.seed}-{name}")
        self.spent: Counter[str] = Counter()
        self.calls = 0
        self.refused = 0

    async def run(self) -> None:
        while True:
            demand = self._demand()
            admission = await self._counters.admit(demand, None)
            if admission.denial is None:
                self.calls += 1
                await self._call(demand)
                continue
            self.refused += 1
            if admission.denial is Denial.BUDGET_SPENT and admission.limit.startswith("all-"):
                return
            await asyncio.sleep(PAUSE_S)

    def _demand(self) -> Demand:
        every = self._budgets
        users = [b for b in every if b.budget.scope.startswith("user")]
        features = [b for b in every if b.budget.scope.startswith("feature")]
        chosen = (every[0], every[1], self._random.choice(features), self._random.choice(users))
        return Demand(
            f"{self._name}-{self.calls}-{self.refused}",
            budgets=chosen,
            hold_nano_usd=self._random.randint(*HOLD_NANO_USD),
        )

    async def _call(self, demand: Demand) -> None:
        """Run it, as one attempt or, now and then, two."""
        hold, attempt = demand.hold_nano_usd, 1
        await asyncio.sleep(self._random.random() * PAUSE_S)
        if self._random.random() < 0.15:
            failed = self._random.randint(0, hold // 2)
            if await self._counters.top_up(demand, failed) is None:
                hold += failed
                await self._settle(demand, attempt, failed, is_final=False)
                hold, attempt = hold - failed, 2
        await self._settle(demand, attempt, self._random.randint(0, hold), is_final=True)

    async def _settle(self, demand: Demand, attempt: int, cost: int, *, is_final: bool) -> None:
        settlement = Settlement(demand.request_id, attempt, cost, 0, is_final)
        await self._counters.settle(settlement)
        # Said twice, as after an outage: it must count once.
        await self._counters.settle(replace(settlement))
        for row in demand.budgets:
            self.spent[_name(row.budget)] += cost


async def _read_states(setting: Setting) -> tuple[BudgetState, ...]:
    async with patient_connection(setting.url) as connection:
        counters = RedisCounters(connection, SystemClock())
        await counters.seed_spend([])
        return await counters.get_budgets(_budgets(setting))


def _budgets(setting: Setting) -> list[BudgetWindow]:
    """The dollar of the day, then a month, two features and eight users."""
    now = SystemClock().now()
    name = f"{setting.run}-{setting.seed}"
    budgets = [
        Budget(f"all-{name}", Period.DAY, NANO),
        Budget(f"all-{name}", Period.MONTH, 3 * NANO),
        *(Budget(f"feature-{name}:{letter}", Period.DAY, 7 * NANO // 10) for letter in "ab"),
        *(Budget(f"user-{name}:{number}", Period.DAY, NANO // 5) for number in range(8)),
    ]
    return [BudgetWindow(b, window_of(now, b.period, UTC)) for b in budgets]


def _name(budget: Budget) -> str:
    return f"{budget.scope} {budget.period.value}"


def main() -> None:
    """Run the trials and print their table."""
    parser = argparse.ArgumentParser()
    add_redis_option(parser)
    parser.add_argument("--seeds", type=int, default=200)
    options = parser.parse_args()
    with hammered_redis(options.redis) as url:
        trials = run_trials(url, range(options.seeds))
    print("seed  calls  refused  used %  overshoot  phantom  held  seconds")
    for t in trials:
        print(
            f"{t.seed:4}  {t.calls:5}  {t.refused:7}  {t.used * 100:6.2f}  {t.overshoot:9}  "
            f"{t.phantom:7}  {t.held:4}  {t.seconds:7.2f}"
        )
    worst = min(trials, key=lambda t: t.used)
    print(f"\n{sum(t.is_good for t in trials)} of {len(trials)} good, least used {worst.used:.2%}")
    assert all(t.is_good for t in trials)


if __name__ == "__main__":
    main()
