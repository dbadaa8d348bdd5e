"""How long the server takes for each page, and that no page counts the ledger's rows.

    python -m bench.pages [--rows 200000] [--bar-ms 500]

A temporary SQLite ledger is filled as the journal fills it. Every page then runs under AppTest;
each statement it sends is explained: sums come from the rollups, and no table of single requests
is read from end to end.
"""

from __future__ import annotations

import argparse
import os
import re
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from streamlit.testing.v1 import AppTest

from console.navigation import ENTRIES
from services.domain.identity import Role
from tests.ledger import open_ledger, random_outcomes
from tests.pages.running import Console, RunningSluice

RUNS = 5
DAYS = 30
VARIANTS = (
    ("cost", {"cost_range": "30 days"}),
    (
        "cost",
        {"cost_range": "30 days", "cost_feature": "study_plan", "cost_zone": "Asia/Kathmandu"},
    ),
    ("reliability", {"reliability_span": "30 days"}),
    ("reliability", {"reliability_span": "30 days", "reliability_list": "Slow"}),
)
RESULTS = Path(__file__).parent / "results" / "pages.txt"
_ROW_TABLES = re.compile(r"\b(SCAN|SEARCH) (requests|outcomes)\b")
_FULL_SCAN = re.compile(r"\bSCAN (requests|outcomes|attempts|payloads)(?! USING)")
_TOTAL = re.compile(r"\b(sum|count|avg|max|min)\(", re.IGNORECASE)


@dataclass
class Statements:
    """Every statement sent while it listens."""

    sent: list[tuple[str, Any]] = field(default_factory=list)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Note what all engines of this process send."""

        def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            if statement.lstrip().upper().startswith(("SELECT", "WITH")):
                self.sent.append((statement, parameters))

        event.listen(Engine, "before_cursor_execute", note)
        try:
            yield
        finally:
            event.remove(Engine, "before_cursor_execute", note)

    def list_violations(self, database: Path) -> list[str]:
        """What is wrong with how the statements reach their rows."""
        found = []
        with sqlite3.connect(database) as connection:
            for statement, parameters in self.sent:
                explained = connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
                plan = "; ".join(str(row[3]) for row in explained)
                if _FULL_SCAN.search(plan):
                    found.append(f"reads a whole table: {plan}")
                if _ROW_TABLES.search(plan) and _TOTAL.search(statement):
                    found.append(f"adds up single requests: {statement[:120]}")
        return found


@dataclass(frozen=True)
class Measurement:
    """One page's figures."""

    name: str
    median_ms: float
    slowest_ms: float
    statements: int
    violations: tuple[str, ...]


def main() -> int:
    """Fill, measure, print, and say by the exit code whether the bar holds."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=200_000)
    arguments.add_argument("--bar-ms", type=float, default=500.0)
    chosen = arguments.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        pytest.MonkeyPatch.context() as patch,
        RunningSluice(Path(folder)) as sluice,
    ):
        fill(sluice.settings.sql_url, chosen.rows)
        console = Console(sluice, patch)
        console.sign_in(Role.ADMIN)
        pages = [(entry.name, {}) for entry in ENTRIES]
        measured = [measure(console, name, query) for name, query in (*pages, *VARIANTS)]
    report = render(measured, chosen.rows, chosen.bar_ms)
    sys.stdout.write(report)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(report)
    slow = [m for m in measured if m.median_ms > chosen.bar_ms]
    return 1 if slow or any(m.violations for m in measured) else 0


def fill(url: str, rows: int) -> None:
    """Random requests of the last days."""
    now = datetime.now(UTC)
    ledger = open_ledger(url, now)
    batch = 20_000
    for number in range(-(-rows // batch)):
        count = min(batch, rows - number * batch)
        ledger.add(random_outcomes(number, count, now - timedelta(days=DAYS), now))


def measure(console: Console, name: str, query: dict[str, str]) -> Measurement:
    """Time the page's runs, and look at its statements."""
    app = console.open(name, **query)
    check_drawn(app, name)
    times, statements = [], Statements()
    for _ in range(RUNS):
        began = time.perf_counter()
        app.run()
        times.append((time.perf_counter() - began) * 1000)
    check_drawn(app, name)
    with statements.listening():
        app.run()
    database = console.sluice.settings.ai_data_dir / "sluice.db"
    described = " ".join([name, *(f"{key}={value}" for key, value in query.items())])
    return Measurement(
        described,
        statistics.median(times),
        max(times),
        len(statements.sent),
        tuple(statements.list_violations(database)),
    )


def check_drawn(app: AppTest, name: str) -> None:
    """Stop at a page that broke: its time would mean nothing."""
    if app.exception or not app.title:
        raise SystemExit(f"Page {name} did not draw: {[e.value for e in app.exception]}")


def render(measured: Sequence[Measurement], rows: int, bar_ms: float) -> str:
    """The table."""
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}: {rows:,} requests over {DAYS} days in SQLite",
        f"Streamlit {version('streamlit')}, Python {sys.version.split()[0]}",
        f"{os.cpu_count()} cores, median of {RUNS} runs, bar {bar_ms:.0f} ms",
        "",
        f"{'page':<72} {'median':>8} {'slowest':>8} {'SQL':>4}  rows counted",
    ]
    for m in sorted(measured, key=lambda m: -m.median_ms):
        verdict = "; ".join(m.violations) or "no"
        times = f"{m.median_ms:>5.0f} ms {m.slowest_ms:>5.0f} ms"
        lines.append(f"{m.name:<72} {times} {m.statements:>4}  {verdict}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
