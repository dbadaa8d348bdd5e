"""What a request's records cost on their way to SQL: CPU of each step, and requests a second.

    python -m bench.ingest [--requests 5000]

One request is an intent with 1 KB of text and an outcome with its steps and one attempt.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.rig import TEXT
from services.adapters.clock import SystemClock, SystemIds
from services.adapters.journal_format import decode, encode
from services.adapters.sql.chain import AuditChain
from services.adapters.sql.engine import Database
from services.adapters.sql.ledger import SqlLedger
from services.bootstrap.process import settle_process
from services.domain.ledger import Intent, Outcome, StepRecord
from tests.contract.records import an_attempt, an_intent, an_outcome
from tests.postgresql_server import PostgresqlServer

BATCH = 500
STEPS = (
    *("authenticate", "decide", "prepare", "screen", "route", "admit", "write_intent"),
    *("dispatch", "screen_answer"),
)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=5000)
    count = parser.parse_args().requests
    print(f"python -m bench.ingest {' '.join(sys.argv[1:])}".rstrip())
    settle_process()
    records = [record for _ in range(count) for record in make_records()]
    print(f"{'':34}{'CPU µs/request':>16}{'requests/s':>12}")
    lines = _measure("to a line of the journal", count, lambda: [encode(r) for r in records])
    back = _measure("from a line of the journal", count, lambda: [decode(line) for line in lines])
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        _ingest("SQLite", f"sqlite:///{folder}/ledger.db", back, count)
        postgresql = stack.enter_context(PostgresqlServer(folder))
        _ingest("PostgreSQL, its own CPU apart", postgresql.new_database(), back, count)
    print(f"{sum(map(len, lines)) / count:.0f} bytes of journal a request")


def _ingest(name: str, url: str, records: list[Any], count: int) -> None:
    database = Database(url)
    database.migrate()
    _measure(f"into {name}", count, lambda: store(database, records))
    database.close()


def store(database: Database, records: list[Any]) -> None:
    """Take intents and outcomes, as they follow each other, into a ledger."""
    ledger = SqlLedger(database, AuditChain(b"a key of the benchmark's own, 32"), SystemClock())
    for at in range(0, len(records), 2 * BATCH):
        part = records[at : at + 2 * BATCH]
        intents = [record for record in part if isinstance(record, Intent)]
        outcomes = [record for record in part if isinstance(record, Outcome)]
        assert ledger.ingest(intents, outcomes, [], "bench") == len(outcomes)


def _measure(name: str, count: int, run: Callable[[], Any]) -> Any:
    cpu_s, began_s = time.process_time(), time.perf_counter()
    result = run()
    cpu_s, seconds = time.process_time() - cpu_s, time.perf_counter() - began_s
    print(f"{name:34}{cpu_s / count * 1e6:16.1f}{count / seconds:12.0f}")
    return result


def make_records() -> tuple[Intent, Outcome]:
    """What a request leaves: its intent, and its outcome with steps and one attempt."""
    at = datetime.now(UTC)
    intent = an_intent(request_id=SystemIds().request_id(), started_at=at, payload=TEXT)
    attempt = replace(an_attempt(intent), started_at=at)
    steps = tuple(StepRecord(name, "ok", "allow", at, 0.125) for name in STEPS)
    outcome = an_outcome(
        intent=intent,
        attempts=(attempt,),
        steps=steps,
        finished_at=at + timedelta(seconds=1),
        is_admitted=True,
        is_mock_primary=False,
    )
    return intent, outcome


if __name__ == "__main__":
    main()
