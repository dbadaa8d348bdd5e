"""Does money stay exact when a gateway is killed? kill -9 with a hundred calls in flight.

    python -m bench.drills.phantom [--runs 10]

Each run kills a real gateway in the middle of a hundred callers, some of whose calls fail after
they were sent: once one of two gateways on one Redis, once the only one of one machine, which is
started again. When the holds of the dead have lapsed, the counters must say to the nano-dollar what
the ledger says, and as many calls as the rest of the budget holds must be admitted at once, and no
more: a call that is refused sooner is a phantom.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bench.drills.callers import Callers, call
from bench.drills.fleet import redis_server
from services.domain.requests import RequestFilter
from tests.faulty_provider import Behaviour, FaultyProvider, answer, chat
from tests.redis_server import RedisServer
from tests.servers import SluiceServer

CALLERS = 100
LONGEST_CALL_S = 4
"""Longer than a busy machine takes to let a hundred calls in: all are to run at once."""

HOLD_S = 2 * LONGEST_CALL_S
PATIENCE_S = 15.0
NANO = 1_000_000_000
BUDGET_NANO_USD = 45_000_000


@dataclass(frozen=True)
class Money:
    """The day's budget as a gateway tells it, in nano-dollars."""

    ledger: int
    counted: int
    held: int


@dataclass(frozen=True)
class Trial:
    """One run's figures; money in nano-dollars.

    Args:
        in_flight: calls that were open when their gateway was killed.
        answered: calls that were answered, of all gateways.
        lost: requests in the ledger whose outcome nobody knows.
        rows: the sum over the ledger's rows.
        seconds: from the kill until counters and ledger agreed and nothing was held.
        fitting: calls that the rest of the budget holds at once.
        admitted: of so many calls and one more.
        refused_as: how the last one was refused.
    """

    kind: str
    seed: int
    in_flight: int
    answered: int
    lost: int
    money: Money
    rows: int
    seconds: float
    fitting: int
    admitted: int
    refused_as: str

    @property
    def is_good(self) -> bool:
        money = self.money
        return (
            money.counted == money.ledger == self.rows > 0
            and money.held == 0
            and self.admitted == self.fitting > 0
            and self.refused_as == "budget_held"
        )


async def run_fleet(seed: int, folder: Path) -> Trial:
    """Kill one of two gateways that share a Redis; the other one lives on."""
    async with FaultyProvider() as upstream:
        with redis_server(folder) as redis, gateways(folder, upstream, redis) as pair:
            dying, living = pair
            return await _run("fleet", seed, upstream, dying, living)


async def run_alone(seed: int, folder: Path) -> Trial:
    """Kill the only gateway, and start it again."""
    async with FaultyProvider() as upstream:
        with gateways(folder, upstream, None) as (server,):
            return await _run("alone", seed, upstream, server, server)


@contextmanager
def gateways(
    folder: Path, upstream: FaultyProvider, redis: RedisServer | None
) -> Iterator[list[SluiceServer]]:
    """Two gateways on a Redis, or one without."""
    environment: dict[str, object] = {
        "AI_PROVIDER": "openai",
        "AI_FALLBACK_PROVIDERS": "openai",
        "OPENAI_BASE_URL": upstream.base_url,
        "OPENAI_API_KEY": "sk-upstream-0123456789",
        "AI_DAILY_BUDGET_USD": BUDGET_NANO_USD / NANO,
        "AI_STREAM_TIMEOUT": LONGEST_CALL_S,
        "AI_TOTAL_TIMEOUT": LONGEST_CALL_S,
        "AI_MAX_RETRIES": 1,
        "AI_RETRY_INITIAL_DELAY": 0.05,
        "AI_CB_FAILURE_THRESHOLD": 1000,
        "AI_USER_DAILY_REQUESTS": 100_000,
        "AI_USER_DAILY_TOKENS": 100_000_000,
        "AI_USER_MONTHLY_TOKENS": 100_000_000,
    }
    if redis is not None:
        environment["REDIS_URL"] = redis.url
    with ExitStack() as stack:
        number = 1 if redis is None else 2
        servers = [SluiceServer(folder, **environment) for _ in range(number)]
        yield [stack.enter_context(server) for server in servers]


async def _run(
    kind: str, seed: int, upstream: FaultyProvider, dying: SluiceServer, living: SluiceServer
) -> Trial:
    rng = random.Random(f"{kind}-{seed}")
    upstream.play(*(_behaviour(rng) for _ in range(20_000)))
    key = await asyncio.to_thread(dying.create_key, role="staff")
    await asyncio.to_thread(_await_key, living, key)
    crash = await _kill_amid_calls(rng, key, dying, living)
    money = await _settled(living, crash.killed_s)
    seconds = time.monotonic() - crash.killed_s
    hold = await asyncio.to_thread(_hold_of_a_call, living)
    rows = living.ledger.sum_requests(RequestFilter())[1]
    fitting = (BUDGET_NANO_USD - money.counted) // hold
    upstream.play(Behaviour(silence_s=LONGEST_CALL_S / 2, pieces=_answer(rng).pieces))
    ends = await _call_at_once(living, key, fitting + 1)
    lost = living.ledger.sum_requests(RequestFilter(status="lost"))[0]
    return Trial(
        kind, seed, crash.in_flight, crash.answered, lost, money, rows, seconds, fitting,
        ends["answered"], ", ".join(sorted(ends.keys() - {"answered"})),
    )  # fmt: skip


@dataclass(frozen=True)
class _Crash:
    """A gateway's end amid its calls; `answered` are those of all gateways."""

    killed_s: float
    in_flight: int
    answered: int


async def _kill_amid_calls(
    rng: random.Random, key: str, dying: SluiceServer, living: SluiceServer
) -> _Crash:
    callers = Callers(dying, key, CALLERS)
    others = Callers(living, key, 5) if living is not dying else None
    await asyncio.sleep(rng.uniform(0.3, 1.2))
    in_flight = callers.in_flight
    await asyncio.to_thread(dying.kill9)
    killed_s = time.monotonic()
    if living is dying:
        await asyncio.to_thread(living.start)
    await callers.stop()
    answered = callers.results["answered"]
    if others is not None:
        await asyncio.sleep(HOLD_S / 2)
        await others.stop()
        answered += others.results["answered"]
    return _Crash(killed_s, in_flight, answered)


async def _call_at_once(server: SluiceServer, key: str, calls: int) -> Counter[str]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        ends = await asyncio.gather(*(call(session, server.url, key) for _ in range(calls)))
    return Counter(ends)


def _behaviour(rng: random.Random) -> Behaviour:
    """An answer after a while; one call in ten is cut after it was sent, and may be billed."""
    silence_s = rng.uniform(0.05, 1.2)
    if rng.random() < 0.1:
        return Behaviour(silence_s=silence_s, cut=True)
    return Behaviour(silence_s=silence_s, pieces=_answer(rng).pieces)


def _answer(rng: random.Random) -> Behaviour:
    tokens = rng.randint(1, 300)
    usage = {"prompt_tokens": 13, "completion_tokens": tokens, "total_tokens": 13 + tokens}
    return answer(chat("Dört.", usage=usage))


def _await_key(server: SluiceServer, key: str) -> None:
    headers = {"authorization": f"Bearer {key}"}
    deadline = time.monotonic() + PATIENCE_S
    while server.http.get("/v1/models", headers=headers).status_code != 200:
        assert time.monotonic() < deadline, "the key is not known"
        time.sleep(0.02)


async def _settled(server: SluiceServer, killed_s: float) -> Money:
    """The money once nothing is held and counters and ledger agree, or as it is after a while."""
    while True:
        money = await asyncio.to_thread(_read_money, server)
        if money.held == 0 and money.counted == money.ledger:
            return money
        if time.monotonic() > killed_s + HOLD_S + PATIENCE_S:
            return money
        await asyncio.sleep(0.1)


def _read_money(server: SluiceServer) -> Money:
    windows = server.admin("GET", "/status").json()["budget"]["windows"]
    day: dict[str, Any] = next(w for w in windows if (w["scope"], w["period"]) == ("global", "day"))
    return Money(
        *(round(float(day[f"{name}_usd"]) * NANO) for name in ("spent", "counted", "held"))
    )


def _hold_of_a_call(server: SluiceServer) -> int:
    """All calls are alike, so each holds the same, answered or lost; refused ones hold nothing."""
    page = server.ledger.list_requests(RequestFilter(), None, CALLERS)
    return next(row.intent.held_nano_usd for row in page.rows if row.intent.held_nano_usd)


def run_trials(runs: int) -> list[Trial]:
    """All runs, each on servers of its own."""
    trials = []
    for seed in range(runs):
        for run in (run_fleet, run_alone):
            with tempfile.TemporaryDirectory(prefix="sluice-phantom-") as folder:
                trials.append(asyncio.run(run(seed, Path(folder))))
                print(_line(trials[-1]), flush=True)
    return trials


HEAD = (
    "kind   run  in flight  answered  lost    ledger nano$   counted nano$  held  agree after s  "
    "fitting  admitted  next"
)


def _line(t: Trial) -> str:
    return (
        f"{t.kind:5}  {t.seed:3}  {t.in_flight:9}  {t.answered:8}  {t.lost:4}  "
        f"{t.money.ledger:14,}  {t.money.counted:14,}  {t.money.held:4}  {t.seconds:13.1f}  "
        f"{t.fitting:7}  {t.admitted:8}  {t.refused_as}"
    )


def main() -> None:
    """Run the trials and print their table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=10)
    print(HEAD)
    trials = run_trials(parser.parse_args().runs)
    good = sum(t.is_good for t in trials)
    print(f"\n{good} of {len(trials)} good: counters = ledger to the nano-dollar, no false refusal")
    assert good == len(trials)


if __name__ == "__main__":
    main()
