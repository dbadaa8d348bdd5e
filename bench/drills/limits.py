"""Are limits exact over a fleet? Four processes hammer one Redis; every decision is checked.

    python -m bench.drills.limits [--redis redis://127.0.0.1:6379/0] [--seconds 10]

The scripts of production run by the clock of Redis and tell what it said. All decisions, in the
order of that time, are compared with a rule that counts anew from the times of admission: whether
to admit, which limit refuses, and how long to wait, to the microsecond. Half of the callers come
back when they are told to, half do not wait. At the end one caller alone is refused, is refused
again 3 ms before its time, and is admitted at its time. Budgets have a drill of their own,
overshoot.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import random
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC

from bench.drills.hammered_redis import (
    PROCESSES,
    add_redis_option,
    hammered_redis,
    new_processes,
    patient_connection,
)
from bench.drills.limit_kinds import KINDS, Ask, Kind, draw_amount
from services.adapters.clock import SystemClock
from services.adapters.redis_store.connection import RedisConnection
from services.adapters.redis_store.counters import RedisCounters
from services.adapters.redis_store.scripts import Script, read_script
from services.domain.periods import Period, Window, window_of

CALLERS = 8
EARLY_S = 0.003
LONE_TOKENS = 30
MICRO = 1_000_000


@dataclass(frozen=True)
class Setting:
    """Where, and which keys: `run` keeps them apart from those of earlier runs; `day` is the
    calendar day that all of it counts in."""

    url: str
    run: str
    place: int
    day: Window
    seconds: float

    @property
    def kind(self) -> Kind:
        return KINDS[self.place]


@dataclass(frozen=True)
class Decision:
    """What a script decided, and when by the clock of Redis, in microseconds."""

    at_us: int
    ask: Ask
    limit: str
    wait_us: int


@dataclass(frozen=True)
class Result:
    """One kind's figures.

    Args:
        wrong: decisions that the rule decides otherwise.
        fullest: the largest share of the limit that any window, bucket or quota held.
        lone: what became of the caller that came early and in time.
    """

    kind: str
    decisions: int
    admitted: int
    wrong: int
    fullest: float
    lone: str

    @property
    def is_good(self) -> bool:
        return self.wrong == 0 and self.fullest == 1.0 and self.lone in {"exact", "next period"}


def run_kinds(url: str, seconds: float) -> list[Result]:
    """Every kind, one after the other, with the same processes."""
    run, day = f"{time.time_ns():x}", window_of(SystemClock().now(), Period.DAY, UTC)
    asyncio.run(_open(url))
    with new_processes() as pool:
        return [
            _run_kind(pool, Setting(url, f"{run}-{place}", place, day, seconds))
            for place in range(len(KINDS))
        ]


async def _open(url: str) -> None:
    """Let the counters admit: a new Redis is closed until it was told what the ledger says."""
    async with patient_connection(url) as connection:
        await RedisCounters(connection, SystemClock()).seed_spend([])


def _run_kind(pool: ProcessPoolExecutor, setting: Setting) -> Result:
    processes = list(pool.map(hammer, [setting] * PROCESSES, range(PROCESSES)))
    decisions = sorted((d for found in processes for d in found), key=lambda d: d.at_us)
    wrong, fullest = check(setting, decisions)
    lone = asyncio.run(_come_back(setting))
    admitted = sum(not d.limit for d in decisions)
    return Result(setting.kind.name, len(decisions), admitted, wrong, fullest, lone)


def check(setting: Setting, decisions: Sequence[Decision]) -> tuple[int, float]:
    """How many decisions are wrong, and how full the least filled key got."""
    rules = {key: setting.kind.rule(setting.day) for key in {d.ask.key for d in decisions}}
    wrong = 0
    for decision in decisions:
        rule = rules[decision.ask.key]
        limit, wait_us = rule.decide(decision.at_us, decision.ask.amount)
        wrong += limit != decision.limit or abs(wait_us - decision.wait_us) > 1
        if not decision.limit:
            rule.take(decision.at_us, decision.ask.amount)
    return wrong, min(rule.fullest() for rule in rules.values())


def hammer(setting: Setting, worker: int) -> list[Decision]:
    """One process: its callers, for so long."""
    return asyncio.run(_hammer(setting, worker))


async def _hammer(setting: Setting, worker: int) -> list[Decision]:
    ends_s = time.monotonic() + setting.seconds
    found: list[Decision] = []

    async def caller(connection: RedisConnection, number: int) -> None:
        name = f"{setting.run}-{worker}-{number}"
        rng, count = random.Random(name), 0
        while (left_s := ends_s - time.monotonic()) > 0:
            count += 1
            key = f"{setting.run}-{rng.randrange(setting.kind.keys)}"
            ask = Ask(f"{name}-{count}", key, draw_amount(rng))
            decision = await decide(connection, setting, ask)
            found.append(decision)
            is_patient = decision.limit and number % 2
            pause_s = decision.wait_us / MICRO if is_patient else rng.random() * 0.01
            await asyncio.sleep(min(pause_s, left_s))

    async with patient_connection(setting.url) as connection:
        await asyncio.gather(*(caller(connection, number) for number in range(CALLERS)))
    return found


async def decide(connection: RedisConnection, setting: Setting, ask: Ask) -> Decision:
    """Ask a script of production, which also tells its time."""
    kind = setting.kind
    script, args = kind.call(ask, setting.day)
    *reply, at_us = await connection.run(_telling_time(script), "", *args)
    limit, wait_us = kind.read(ask, setting.day, reply)
    return Decision(at_us, ask, limit, wait_us)


def _telling_time(name: str) -> Script:
    """A script of production that adds the time it read."""
    text = (
        "local outer, time = redis, nil\n"
        "local function listen(name, ...)\n"
        "  local reply = outer.call(name, ...)\n"
        "  time = name == 'TIME' and reply or time\n"
        "  return reply\n"
        "end\n"
        "local redis = {call = listen}\n"
        f"local function decide()\n{read_script(name).text}\nend\n"
        "local reply = decide()\n"
        "reply[#reply + 1] = time[1] * 1e6 + time[2]\n"
        "return reply\n"
    )
    return Script(name, text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


async def _come_back(setting: Setting) -> str:
    """Use a limit up alone, come a little early, then exactly in time."""
    async with patient_connection(setting.url) as connection:
        caller = _LoneCaller(connection, setting)
        while not (refused := await caller.come()).limit:
            pass
        ready_us = refused.at_us + refused.wait_us
        if setting.kind.is_calendar:
            ends_us = round(setting.day.ends_at.timestamp() * MICRO)
            return "next period" if ready_us == ends_us else f"told {ready_us}, not {ends_us}"
        # A call within a cool-down is a violation, so a user does not come early.
        if not refused.limit.startswith("user"):
            early = await caller.come_at(ready_us - EARLY_S * MICRO)
            if not early.limit:
                # On a busy machine it may have come late, which is in time.
                early_us = ready_us - early.at_us
                return "exact" if early_us <= 0 else f"admitted {early_us} us early"
        in_time = await caller.come_at(ready_us + 1)
        return f"refused by {in_time.limit}" if in_time.limit else "exact"


class _LoneCaller:
    def __init__(self, connection: RedisConnection, setting: Setting) -> None:
        self._connection = connection
        self._setting = setting
        self._count = 0

    async def come(self) -> Decision:
        self._count += 1
        name = f"{self._setting.run}-lone"
        ask = Ask(f"{name}-{self._count}", name, LONE_TOKENS)
        return await decide(self._connection, self._setting, ask)

    async def come_at(self, at_us: float) -> Decision:
        await asyncio.sleep(max(at_us / MICRO - time.time(), 0))
        return await self.come()


def main() -> None:
    """Run all kinds and print their table."""
    parser = argparse.ArgumentParser()
    add_redis_option(parser)
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    with hammered_redis(options.redis) as url:
        results = run_kinds(url, options.seconds)
    print("kind                    decisions  admitted  wrong  fullest  comes back")
    for r in results:
        print(
            f"{r.kind:22}  {r.decisions:9,}  {r.admitted:8,}  {r.wrong:5}  {r.fullest:7.1%}  "
            f"{r.lone}"
        )
    print(f"\n{sum(r.is_good for r in results)} of {len(results)} kinds exact")
    assert all(r.is_good for r in results)


if __name__ == "__main__":
    main()
