"""Is anything lost or doubled when the stores go away and gateways are killed?

    python -m bench.drills.outage [--runs 20] [--short]

Three gateways answer 100 requests a second. PostgreSQL is gone for a minute, Redis for 15 s (both
for less than 20 s), by turns stopped and frozen. Two gateways are killed with -9 at random moments
and started again, for which SQL must be there; the third when all is back. A request counts as
accepted once its record is in a gateway's journal: then a client has its id, or the upstream was
called with it, or the journal of a killed gateway tells it. Each of them must stand in the ledger
once, with the outcome that its client saw; the rollups must hold as much; and when the holds have
lapsed, the counters must equal the ledger.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

from sqlalchemy import func, select

from bench.drills.fleet import Fleet, Outage, read_arrivals
from bench.drills.load import Call, Load
from services.adapters.sql.engine import Database
from services.adapters.sql.schema import outcomes, requests, rollups_quarter
from services.domain.ledger import Status
from tests.servers import SluiceServer

RATE = 100.0
GATEWAYS = 3
STREAMED_EVERY = 20


@dataclass(frozen=True)
class Plan:
    """A run's course, in seconds from its start."""

    seed: int
    seconds: float
    sql: Outage
    redis: Outage
    kills: tuple[tuple[float, int], ...]


@dataclass(frozen=True)
class Trial:
    """One run's figures.

    Args:
        calls: sent by clients; `unanswered` are those of which no whole answer came.
        accepted: distinct request ids that clients, the upstream or dead journals know.
        lost: accepted, but not in the ledger.
        doubled: outcomes more or fewer in the rollups than in the ledger.
        wrong: recorded otherwise than the client saw it, or without any outcome.
        strange: in the ledger, though no client can have sent them.
        spend_gap: counters less ledger, in nano-dollars, all budgets together.
        held: still held when all holds have lapsed; None when that was not waited for.
    """

    seed: int
    sql: str
    redis: str
    kills: int
    calls: int
    answered: int
    refused: int
    unanswered: int
    accepted: int
    rows: int
    lost_outcomes: int
    lost: int
    doubled: int
    wrong: int
    strange: int
    spend_gap: int
    held: int | None

    @property
    def is_good(self) -> bool:
        faults = (self.lost, self.doubled, self.wrong, self.strange, self.spend_gap, self.held)
        return self.answered > 0 and not any(faults)


def plan(seed: int, *, short: bool) -> Plan:
    """Both stores are stopped or frozen by turns, over four seeds in every combination."""
    rand = random.Random(seed)
    seconds, sql, redis = (14.0, (2.0, 10.0), 3.0) if short else (72.0, (5.0, 65.0), 15.0)
    redis_at = sql[1] - redis - rand.random() * redis
    kills = [(rand.uniform(0.1, 0.9) * seconds, n % 2) for n in range(1 if short else 4)]
    kills.append((rand.uniform(sql[1] + 1, seconds), GATEWAYS - 1))
    return Plan(
        seed,
        seconds,
        Outage(*sql, is_frozen=seed % 2 == 1),
        Outage(redis_at, redis_at + redis, is_frozen=seed // 2 % 2 == 1),
        tuple(sorted(kills)),
    )


def run_trials(folder: Path, plans: Sequence[Plan]) -> Iterator[Trial]:
    """One after the other, each with servers of its own."""
    for one in plans:
        place = folder / f"run{one.seed}"
        place.mkdir()
        yield run_trial(place, one)


def run_trial(folder: Path, course: Plan, *, waits_for_holds: bool = True) -> Trial:
    """Run the load over the breakages, then compare what everybody knows."""
    with ExitStack() as stack:
        fleet = Fleet(folder, stack)
        for _ in range(GATEWAYS):
            fleet.start_gateway()
        key = fleet.create_key()
        load = Load(fleet.gateways, key, streamed_every=STREAMED_EVERY)
        journaled = asyncio.run(_break(fleet, load, course))
        database = stack.enter_context(_database(fleet.gateways[0]))
        _await_ledger(database, fleet.gateways)
        held = _await_holds(fleet.gateways[0]) if waits_for_holds else None
        return _judge(course, load.calls, journaled | _upstream_ids(fleet), database, fleet, held)


async def _break(fleet: Fleet, load: Load, course: Plan) -> set[str]:
    async with asyncio.TaskGroup() as group:
        group.create_task(load.run(RATE, course.seconds))
        group.create_task(fleet.break_store(fleet.postgresql, course.sql))
        group.create_task(fleet.break_store(fleet.redis, course.redis))
        kills = [group.create_task(_kill(fleet, n, course)) for n in range(GATEWAYS)]
    return set().union(*(task.result() for task in kills))


async def _kill(fleet: Fleet, number: int, course: Plan) -> set[str]:
    """One gateway's kills, in turn."""
    found: set[str] = set()
    began_s = time.monotonic()
    for at_s, gateway in course.kills:
        if gateway == number:
            wait_s = max(began_s + at_s - time.monotonic(), 0)
            found |= await fleet.kill_and_restart(number, wait_s, until_s=120)
    return found


@contextmanager
def _database(server: SluiceServer) -> Iterator[Database]:
    database = Database(server.settings.sql_url)
    try:
        yield database
    finally:
        database.close()


def _await_ledger(database: Database, gateways: Sequence[SluiceServer]) -> None:
    """Until nothing runs, no journal holds anything and every request has its outcome."""
    deadline_s = time.monotonic() + 60
    while time.monotonic() < deadline_s:
        waiting = [p for g in gateways for p in (g.data_dir / "journal").glob("*.jsonl")]
        if not any(path.stat().st_size for path in waiting if path.exists()):
            with database.read() as connection:
                known = connection.execute(select(func.count()).select_from(requests)).scalar_one()
                ended = connection.execute(select(func.count()).select_from(outcomes)).scalar_one()
            if known == ended:
                return
        time.sleep(0.2)


def _await_holds(server: SluiceServer) -> int:
    deadline_s = time.monotonic() + 60
    while True:
        held = sum(w["held"] for w in _windows(server))
        if not held or time.monotonic() > deadline_s:
            return held
        time.sleep(1)


def _windows(server: SluiceServer) -> list[dict[str, int]]:
    found = server.admin("GET", "/status").json()["budget"]["windows"]
    return [
        {name: int(w[f"{name}_usd"].replace(".", "")) for name in ("spent", "held")}
        for w in found
        if w["scope"] == "global"
    ]


def _upstream_ids(fleet: Fleet) -> set[str]:
    return {arrival.request_id for arrival in read_arrivals(fleet.upstream_log)}


def _judge(
    course: Plan,
    calls: list[Call],
    known_elsewhere: set[str],
    database: Database,
    fleet: Fleet,
    held: int | None,
) -> Trial:
    with database.read() as connection:
        known = set(connection.execute(select(requests.c.request_id)).scalars())
        columns = (outcomes.c.request_id, outcomes.c.status, outcomes.c.http_status)
        rows = {row[0]: row[1:] for row in connection.execute(select(*columns))}
        cost = connection.execute(select(func.sum(outcomes.c.cost_nano_usd))).scalar_one()
        sums = (func.sum(rollups_quarter.c.requests), func.sum(rollups_quarter.c.cost_nano_usd))
        in_rollups, cost_in_rollups = connection.execute(select(*sums)).one()
    seen = {call.request_id for call in calls if call.request_id}
    accepted = seen | known_elsewhere
    unknown_to_clients = len(set(rows) - seen)
    silent = sum(call.request_id is None for call in calls)
    return Trial(
        seed=course.seed,
        sql="frozen" if course.sql.is_frozen else "stopped",
        redis="frozen" if course.redis.is_frozen else "stopped",
        kills=len(course.kills),
        calls=len(calls),
        answered=sum(call.status == 200 for call in calls),
        refused=sum(call.status not in (200, None) for call in calls),
        unanswered=sum(call.status is None for call in calls),
        accepted=len(accepted),
        rows=len(rows),
        lost_outcomes=sum(status == Status.LOST for status, _ in rows.values()),
        lost=len(accepted - set(rows)),
        doubled=abs(int(in_rollups) - len(rows)) + int(int(cost_in_rollups) != int(cost)),
        wrong=sum(_is_wrong(call, rows) for call in calls) + len(known - set(rows)),
        strange=max(unknown_to_clients - silent, 0),
        spend_gap=sum(abs(w["spent"] - int(cost)) for w in _windows(fleet.gateways[0])),
        held=held,
    )


def _is_wrong(call: Call, rows: dict[str, tuple[str, int]]) -> bool:
    """What the client saw is not what the ledger says."""
    if call.request_id is None or call.request_id not in rows:
        return False
    status, http_status = rows[call.request_id]
    if call.status is None:
        return False  # cut by the kill: what came of it is the ledger's to say
    if call.status == 200:
        return status != (Status.ERROR if call.code == "cut" else Status.SUCCESS)
    return http_status != call.status


def main() -> None:
    """Run the drill and print its table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--short", action="store_true")
    options = parser.parse_args()
    names = [field.name for field in fields(Trial)]
    print(__doc__.split("\n\n")[2])
    print("  ".join(f"{name:>8}" for name in names))
    plans = [plan(options.first + n, short=options.short) for n in range(options.runs)]
    trials = []
    with tempfile.TemporaryDirectory() as folder:
        for trial in run_trials(Path(folder), plans):
            trials.append(trial)
            values = (getattr(trial, name) for name in names)
            widths = (max(len(name), 8) for name in names)
            print("  ".join(f"{v!s:>{w}}" for v, w in zip(values, widths, strict=True)), flush=True)
    print(f"\n{sum(t.is_good for t in trials)} of {len(trials)} runs lost and doubled nothing")
    assert all(t.is_good for t in trials)


if __name__ == "__main__":
    main()
