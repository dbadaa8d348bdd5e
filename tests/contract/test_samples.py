from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from services.adapters.sql.chain import AuditChain
from services.adapters.sql.engine import Database
from services.adapters.sql.ledger import SqlLedger
from services.adapters.sql.reads import SqlLedgerReader
from services.adapters.sql.samples import SqlSamples
from services.adapters.sql.schema import (
    attempts,
    audit_events,
    ingests,
    outcomes,
    payloads,
    requests,
    rollups_minute,
    rollups_quarter,
    rollups_user_hour,
)
from services.domain.ledger import Source
from services.domain.rollups import RollupQuery
from services.domain.samples import SampleState
from tests.clock import FakeClock
from tests.contract.records import START, an_event, an_intent, an_outcome

TABLES = (
    requests, outcomes, attempts, payloads, rollups_minute, rollups_quarter, rollups_user_hour,
    ingests,
)  # fmt: skip
HOUR = timedelta(hours=1)


@pytest.fixture
def ledger(database: Database, chain: AuditChain) -> SqlLedger:
    return SqlLedger(database, chain, FakeClock(START))


@pytest.fixture
def samples(database: Database, chain: AuditChain) -> SqlSamples:
    return SqlSamples(database, chain)


def counts(database: Database) -> dict[str, int]:
    with database.read() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in TABLES
        }


def add(ledger: SqlLedger, source: Source, first: int, writer: str) -> None:
    # All in the same three hours: sources share buckets in all but their name.
    intents = [
        an_intent(first + n, source=source, started_at=START + n * HOUR, payload="asked")
        for n in range(3)
    ]
    ledger.ingest([], [an_outcome(intent, response="answered") for intent in intents], [], writer)


def test_ledger_without_samples_says_so(samples: SqlSamples) -> None:
    assert samples.get_state() == SampleState()


def test_state_tells_how_many_and_from_when_to_when(ledger: SqlLedger, samples: SqlSamples) -> None:
    add(ledger, Source.APPLICATION, 0, "console-1")
    add(ledger, Source.SAMPLE, 10, "sample-1")
    state = samples.get_state()
    quarter = START.replace(minute=0, second=0, microsecond=0)
    assert state == SampleState(3, quarter, quarter + 2 * HOUR)


def test_removal_takes_samples_out_of_every_table_and_nothing_else(
    database: Database, ledger: SqlLedger, samples: SqlSamples
) -> None:
    add(ledger, Source.APPLICATION, 0, "console-1")
    add(ledger, Source.PLAYGROUND, 3, "console-1")
    before = counts(database)
    add(ledger, Source.SAMPLE, 100, "sample-1")
    grown = counts(database)
    assert all(grown[name] > before[name] for name in before)
    assert samples.remove(an_event(1)) == 3
    assert counts(database) == before
    assert samples.get_state() == SampleState()


def test_removal_changes_no_figure_of_the_applications(
    database: Database, ledger: SqlLedger, samples: SqlSamples
) -> None:
    query = RollupQuery(START - HOUR, START + 200 * HOUR)
    reader = SqlLedgerReader(database)
    add(ledger, Source.APPLICATION, 0, "console-1")
    before = reader.list_rollups(query)
    add(ledger, Source.SAMPLE, 100, "sample-1")
    assert reader.list_rollups(query) == before
    samples.remove(an_event(1))
    assert reader.list_rollups(query) == before
    assert before[0].requests == 3


def test_removal_and_its_audit_event_happen_together_or_not_at_all(
    database: Database, ledger: SqlLedger, samples: SqlSamples
) -> None:
    add(ledger, Source.SAMPLE, 0, "sample-1")
    with pytest.raises(IntegrityError):
        samples.remove(an_event(1, target=None))
    assert samples.get_state().requests == 3
    samples.remove(an_event(2))
    with database.read() as connection:
        stored = connection.execute(select(audit_events.c.id)).scalars().all()
    assert stored == ["event-2"]
