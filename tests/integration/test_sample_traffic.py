"""The command fills an empty ledger with marked traffic and takes it away again."""

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.adapters.sql.engine import Database
from services.adapters.sql.reads import SqlLedgerReader
from services.domain.ledger import Outcome, Source, Status
from services.domain.requests import RequestFilter
from services.domain.rollups import Dimension, RollupQuery

ROOT = Path(__file__).parents[2]
SENT = 600


def run(data_dir: Path, *arguments: str) -> dict[str, Any]:
    """What a command prints as JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "services", *arguments, "--json"],
        cwd=data_dir,
        env={
            "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "AI_DATA_DIR": str(data_dir),
            "AI_TIMEZONE": "Europe/Istanbul",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )  # fmt: skip
    return dict(json.loads(done.stdout))


def fill(data_dir: Path, requests: int) -> None:
    wanted = ("--requests", str(requests), "--days", "3", "--seed", "5")
    sent = run(data_dir, "ai-sample-traffic", *wanted)
    assert sent == {"sent": requests, "in_ledger": requests}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a ledger full of samples, to read only."""
    folder = tmp_path_factory.mktemp("data")
    fill(folder, SENT)
    return folder


def list_requests(data_dir: Path) -> tuple[Outcome, ...]:
    reader = SqlLedgerReader(Database(f"sqlite:///{data_dir}/sluice.db"))
    return reader.list_requests(RequestFilter(), None, 10_000).rows


def test_every_request_is_a_sample_and_answered_by_the_mock(filled: Path) -> None:
    rows = list_requests(filled)
    assert len(rows) == SENT
    assert {row.intent.source for row in rows} == {Source.SAMPLE}
    assert {row.is_mock for row in rows if row.provider} == {True}
    now = datetime.now(UTC)
    assert all(now - timedelta(days=4) < row.intent.started_at < now for row in rows)


def test_there_is_something_to_see_of_every_kind(filled: Path) -> None:
    rows = list_requests(filled)
    statuses = Counter(row.status for row in rows)
    assert statuses[Status.SUCCESS] > SENT * 0.8
    assert {Status.ERROR, Status.REFUSED, Status.CANCELLED} <= statuses.keys()
    assert len({row.decision for row in rows if row.status is Status.REFUSED}) >= 3
    assert {row.provider for row in rows} == {None, "openai", "anthropic", "gemini"}
    assert max(row.duration_ms for row in rows) > 5_000
    assert any(row.is_cached for row in rows)
    assert any(row.first_token_ms for row in rows)
    assert all(row.cost_nano_usd > 0 for row in rows if row.decision == "answered")


def test_default_figures_know_nothing_of_samples(filled: Path) -> None:
    status = run(filled, "ai-status")
    assert status["traffic_24h"]["state"] == "no_data"
    assert {float(window["spent_usd"]) for window in status["budget"]["windows"]} == {0.0}
    costs = run(filled, "ai-cost-report", "--days", "7")
    assert (costs["requests"], float(costs["total_cost_usd"])) == (0, 0.0)


def test_rollups_of_samples_equal_their_requests(filled: Path) -> None:
    reader = SqlLedgerReader(Database(f"sqlite:///{filled}/sluice.db"))
    now = datetime.now(UTC)
    where = {Dimension.SOURCE: (Source.SAMPLE.value,)}
    (row,) = reader.list_rollups(RollupQuery(now - timedelta(days=5), now, where=where))
    assert (row.requests, row.cost_nano_usd) == reader.sum_requests(RequestFilter())


def test_removal_leaves_only_the_audit_trail(data_dir: Path) -> None:
    fill(data_dir, 20)
    assert run(data_dir, "ai-sample-traffic", "--remove") == {"removed": 20, "in_ledger": 0}
    assert list_requests(data_dir) == ()
    check = run(data_dir, "ai-verify-audit")
    assert (check["events"], check["intact"]) == (2, True)
