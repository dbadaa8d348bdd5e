"""What limits refused, as both databases keep it: by the minute, each request once."""

from datetime import timedelta

import pytest

from services.adapters.sql.chain import AuditChain
from services.adapters.sql.engine import Database
from services.adapters.sql.ledger import SqlLedger
from services.adapters.sql.reads import SqlLedgerReader
from services.adapters.sql.retention import prune
from services.domain.ledger import Outcome, Source, Status
from services.domain.limit_refusals import LimitRefusals
from tests.clock import FakeClock
from tests.contract.records import START, an_intent, an_outcome

MINUTE = timedelta(minutes=1)
BEGIN = START.replace(second=0, microsecond=0)


@pytest.fixture
def ledger(database: Database, chain: AuditChain) -> SqlLedger:
    return SqlLedger(database, chain, FakeClock(START))


@pytest.fixture
def reader(database: Database) -> SqlLedgerReader:
    return SqlLedgerReader(database)


def refused(number: int, limit: str, **intent: object) -> Outcome:
    return an_outcome(an_intent(number, **intent), status=Status.REFUSED, limit=limit)


def test_refusals_are_summed_by_limit_and_feature(
    ledger: SqlLedger, reader: SqlLedgerReader
) -> None:
    ledger.ingest(
        [],
        [
            refused(1, "user_rpm"),
            refused(2, "user_rpm", source=Source.PLAYGROUND),
            refused(3, "user_rpm", feature="study_plan"),
            refused(4, ""),
            an_outcome(an_intent(5), passed_limits=("global_rpm", "provider_rpm openai")),
            an_outcome(an_intent(6)),
        ],
        [],
        "w1",
    )
    assert reader.sum_refusals(BEGIN, BEGIN + MINUTE) == (
        LimitRefusals("global_rpm", "question_hint", 0, 1),
        LimitRefusals("provider_rpm openai", "question_hint", 0, 1),
        LimitRefusals("user_rpm", "question_hint", 2, 0),
        LimitRefusals("user_rpm", "study_plan", 1, 0),
    )


def test_samples_are_refused_by_no_limit_of_ours(
    ledger: SqlLedger, reader: SqlLedgerReader
) -> None:
    ledger.ingest([], [refused(1, "user_rpm", source=Source.SAMPLE)], [], "w1")
    assert reader.sum_refusals(BEGIN, BEGIN + MINUTE) == ()


def test_a_batch_that_comes_twice_counts_once(ledger: SqlLedger, reader: SqlLedgerReader) -> None:
    for _ in range(2):
        ledger.ingest([], [refused(1, "user_rpm")], [], "w1")
    ledger.ingest([], [refused(2, "user_rpm")], [], "w1")
    assert reader.sum_refusals(BEGIN, BEGIN + MINUTE) == (
        LimitRefusals("user_rpm", "question_hint", 2, 0),
    )


def test_range_is_cut_at_the_minute_and_its_end_is_outside(
    ledger: SqlLedger, reader: SqlLedgerReader
) -> None:
    times = (BEGIN - MINUTE, BEGIN, BEGIN + MINUTE)
    ledger.ingest(
        [], [refused(n, "user_rpm", started_at=at) for n, at in enumerate(times)], [], "w1"
    )
    (found,) = reader.sum_refusals(BEGIN, BEGIN + MINUTE)
    assert found.refused == 1


def test_minutes_are_kept_for_two_days(
    database: Database, ledger: SqlLedger, reader: SqlLedgerReader
) -> None:
    ledger.ingest([], [refused(1, "user_rpm")], [], "w1")
    prune(database, START + timedelta(hours=47))
    assert reader.sum_refusals(BEGIN, BEGIN + MINUTE)
    prune(database, START + timedelta(hours=49))
    assert reader.sum_refusals(BEGIN, BEGIN + MINUTE) == ()
