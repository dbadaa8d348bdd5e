"""What evidence is rebuilt from, as the ledger keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config

from services.adapters.sql.chain import AuditChain
from services.adapters.sql.engine import Database
from services.adapters.sql.ledger import SqlLedger
from services.adapters.sql.ledger_rows import outcome_row, request_row
from services.adapters.sql.past import SqlPast
from services.adapters.sql.reads import SqlLedgerReader
from services.adapters.sql.retention import prune
from services.adapters.sql.schema import EVIDENCE_MEASURES, outcomes, requests
from services.adapters.sql.sqlite import create_file
from services.adapters.sql.upgrade import MIGRATIONS
from services.domain.evidence import SLOW_S, TOTALS_KEPT_S, EvidenceSum, PastEvidence, Tally
from services.domain.ledger import Outcome, Status
from tests.clock import FakeClock
from tests.contract.records import START, an_intent, an_outcome

NOON = START.replace(hour=12, minute=0, second=0, microsecond=0)
MINUTE = int(NOON.timestamp()) // 60


@pytest.fixture
def ledger(database: Database, chain: AuditChain) -> SqlLedger:
    return SqlLedger(database, chain, FakeClock(START))


def ended(number: int, at: datetime, **changes: Any) -> Outcome:
    """An outcome that is evidence, of a request that took ten seconds."""
    intent = an_intent(number, started_at=at - timedelta(seconds=10))
    known: dict[str, Any] = {"is_mock_primary": False} | changes
    return an_outcome(intent, finished_at=at, **known)


def test_a_rollup_has_a_column_for_each_limit_of_slowness() -> None:
    assert len(EVIDENCE_MEASURES) == 2 + len(SLOW_S)


def test_evidence_is_kept_by_the_minute_in_which_it_ended(
    ledger: SqlLedger, database: Database
) -> None:
    last = NOON + timedelta(seconds=59.9)
    records = [
        ended(1, NOON),
        ended(2, last, duration_ms=2_001.0),
        ended(3, NOON + timedelta(seconds=60), status=Status.ERROR, duration_ms=10_001.0),
        ended(4, NOON, is_mock_primary=True, is_mock=True),
        ended(5, NOON, status=Status.REFUSED),
        ended(6, NOON, is_mock_primary=None),
        ended(7, NOON - timedelta(seconds=1)),
    ]
    for _ in range(2):
        ledger.ingest([], records, [], "writer")
    found = SqlPast(database).read_evidence(START, [last])
    assert found.minutes == (
        EvidenceSum("question_hint", False, MINUTE, Tally(2, 0, (1, 0))),
        EvidenceSum("question_hint", True, MINUTE, Tally(1)),
        EvidenceSum("question_hint", False, MINUTE + 1, Tally(1, 1, (1, 1))),
    )
    assert found.hours == (
        EvidenceSum("question_hint", False, MINUTE // 60 - 1, Tally(1)),
        EvidenceSum("question_hint", False, MINUTE // 60, Tally(3, 1, (2, 1))),
        EvidenceSum("question_hint", True, MINUTE // 60, Tally(1)),
    )


def test_minutes_are_told_of_each_hour_in_which_a_window_begins(
    ledger: SqlLedger, database: Database
) -> None:
    ledger.ingest([], [ended(n, NOON - timedelta(hours=n)) for n in range(5)], [], "writer")
    begins = [NOON - timedelta(hours=n, minutes=-m) for n, m in ((1, 5), (3, 59), (3, 1), (9, 0))]
    found = SqlPast(database).read_evidence(START, begins)
    assert [row.at for row in found.minutes] == [MINUTE - 180, MINUTE - 60]
    assert len(found.hours) == 5


def test_evidence_is_kept_as_long_as_totals_are(ledger: SqlLedger, database: Database) -> None:
    days = TOTALS_KEPT_S // 86_400
    ages = [timedelta(0), timedelta(days=days - 1), timedelta(days=days + 1)]
    ledger.ingest([], [ended(n, NOON - age) for n, age in enumerate(ages)], [], "writer")
    past, hour = SqlPast(database), MINUTE // 60
    kept = [hour - (days - 1) * 24, hour]
    assert [row.at for row in past.read_evidence(NOON, []).hours] == kept
    # A window that began before has its first minutes where totals begin.
    (oldest,) = past.read_evidence(NOON + timedelta(days=1), [NOON - 9 * ages[2]]).minutes
    assert oldest.at == kept[0] * 60
    prune(database, NOON)
    earlier = NOON - timedelta(days=2)
    assert [row.at for row in past.read_evidence(earlier, []).hours] == [kept[0]]


def test_seconds_are_told_with_their_users_in_the_order_of_time(
    ledger: SqlLedger, database: Database
) -> None:
    ages_s = (5, 901, 899, 0.25)
    records = [ended(n, START - timedelta(seconds=age)) for n, age in enumerate(ages_s)]
    records.append(ended(9, START, status=Status.CANCELLED))
    ledger.ingest([], records, [], "writer")
    marks = SqlPast(database).read_evidence(START, []).marks
    assert [at for _, at in marks] == [START - timedelta(seconds=s) for s in (899, 5, 0.25)]
    assert {mark.user for mark, _ in marks} == {"u-1"}


def test_it_is_known_since_the_last_request_of_an_older_version(
    ledger: SqlLedger, database: Database
) -> None:
    past = SqlPast(database)
    assert past.read_evidence(START, []).known_since is None
    ledger.ingest([an_intent(7)], [], [], "writer")
    ledger.mark_lost("writer", START)
    ledger.ingest([], [ended(1, START)], [], "writer")
    # A request whose outcome was lost is no evidence, whatever was configured.
    assert past.read_evidence(START, []).known_since is None
    upgraded = START - timedelta(days=2)
    old = [ended(n, upgraded - timedelta(hours=n), is_mock_primary=None) for n in (2, 3)]
    ledger.ingest([], old, [], "writer")
    assert past.read_evidence(START, []).known_since == upgraded - timedelta(hours=2)
    assert past.read_evidence(START + timedelta(seconds=TOTALS_KEPT_S), []).known_since is None


def test_requests_of_an_older_version_are_kept_and_count_for_nothing(
    old_database: Database,
) -> None:
    record = ended(1, START)
    row = outcome_row(record)
    del row["is_admitted"], row["is_mock_primary"]
    with old_database.write() as connection:
        connection.execute(requests.insert().values(request_row(record.intent, "writer")))
        connection.execute(outcomes.insert().values(row))
    old_database.migrate()
    detail = SqlLedgerReader(old_database).get_request(record.intent.request_id)
    assert detail is not None
    assert (detail.outcome.is_admitted, detail.outcome.is_mock_primary) == (False, None)
    assert SqlPast(old_database).read_evidence(START, [START]) == PastEvidence(known_since=START)


@pytest.fixture(params=["sqlite", "postgresql"])
def old_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Give a ledger with the tables of the version before what was taken was stored."""
    path = tmp_path / "old.db"
    create_file(path)
    url = f"sqlite:///{path}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql").new_database()
    database = Database(url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
    yield database
    database.close()
