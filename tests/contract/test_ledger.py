from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from services.adapters.sql.audit import SqlAudit
from services.adapters.sql.chain import AuditChain
from services.adapters.sql.engine import Database
from services.adapters.sql.ledger import SqlLedger
from services.adapters.sql.reads import SqlLedgerReader
from services.adapters.sql.retention import prune
from services.domain.errors import Unprocessable
from services.domain.ledger import Status
from services.domain.money import CostBasis
from services.domain.requests import RequestFilter
from services.domain.rollups import Dimension, Grain, Rollup, RollupQuery
from tests.clock import FakeClock
from tests.contract.records import START, an_attempt, an_event, an_intent, an_outcome

HOUR = timedelta(hours=1)
WIDE = RollupQuery(START - 100 * HOUR, START + 100 * HOUR, where={})


@pytest.fixture
def ledger(database: Database, chain: AuditChain) -> SqlLedger:
    return SqlLedger(database, chain, FakeClock(START))


@pytest.fixture
def reader(database: Database) -> SqlLedgerReader:
    return SqlLedgerReader(database)


def total(reader: SqlLedgerReader, query: RollupQuery = WIDE) -> Rollup:
    rows = reader.list_rollups(query)
    return rows[0] if rows else Rollup(None, {})


def test_request_comes_back_with_everything_stored_of_it(
    ledger: SqlLedger, reader: SqlLedgerReader
) -> None:
    intent = an_intent(payload="Why is [REDACTED_EMAIL] 7?")
    first = an_attempt(intent, 1, status=Status.ERROR, decision="provider_timeout", message="slow")
    outcome = an_outcome(intent, attempts=(first, an_attempt(intent, 2)), response="Think of 3+4.")
    ledger.ingest([intent], [outcome], [], "w1")

    detail = reader.get_request(intent.request_id)
    assert detail is not None
    bare = replace(outcome, intent=replace(intent, payload=None), response=None)
    assert detail.outcome == bare
    assert detail.attempts == outcome.attempts
    assert (detail.request_text, detail.response_text) == (intent.payload, "Think of 3+4.")


def test_running_request_has_no_detail_yet(ledger: SqlLedger, reader: SqlLedgerReader) -> None:
    ledger.ingest([an_intent()], [], [], "w1")
    assert reader.get_request(an_intent().request_id) is None
    assert reader.list_requests(RequestFilter(), None, 10).rows == ()


def test_replayed_batch_changes_nothing(
    ledger: SqlLedger,
    reader: SqlLedgerReader,
    database: Database,
    chain: AuditChain,
    tmp_path: Path,
) -> None:
    outcomes = [an_outcome(an_intent(n, payload="q"), response="a") for n in range(5)]
    batch = ([o.intent for o in outcomes], outcomes, [an_event(1), an_event(2)])
    assert ledger.ingest(*batch, "w1") == 5
    before = total(reader), reader.sum_requests(RequestFilter())
    assert ledger.ingest(*batch, "w1") == 0
    assert ledger.ingest([], [*outcomes, outcomes[0]], [], "w2") == 0
    assert (total(reader), reader.sum_requests(RequestFilter())) == before
    assert SqlAudit(database, chain, tmp_path / "anchor").verify().events == 2


def test_partly_known_batch_adds_only_what_is_new(
    ledger: SqlLedger, reader: SqlLedgerReader
) -> None:
    ledger.ingest([], [an_outcome(an_intent(1))], [], "w1")
    assert ledger.ingest([], [an_outcome(an_intent(n)) for n in (1, 2, 2)], [], "w1") == 1
    assert total(reader).requests == 2


def test_outcome_without_its_intent_brings_it_along(
    ledger: SqlLedger, reader: SqlLedgerReader
) -> None:
    refused = an_outcome(status=Status.REFUSED, decision="rate_limit_exceeded", attempts=())
    ledger.ingest([], [refused], [], "w1")
    detail = reader.get_request(refused.intent.request_id)
    assert detail is not None
    assert detail.outcome == refused


def test_text_that_postgresql_cannot_store_is_stored_all_the_same(
    ledger: SqlLedger, reader: SqlLedgerReader
) -> None:
    intent = an_intent(payload="a\0b")
    ledger.ingest([intent], [an_outcome(intent, message="c\0d")], [], "w1")
    detail = reader.get_request(intent.request_id)
    assert detail is not None
    assert (detail.request_text, detail.outcome.message) == ("a\ufffdb", "c\ufffdd")


def test_record_no_column_takes_is_refused_and_nothing_of_its_batch_is_stored(
    ledger: SqlLedger, reader: SqlLedgerReader
) -> None:
    bad = an_outcome(an_intent(2), cost_nano_usd=2**70)
    with pytest.raises(Unprocessable, match="cannot store"):
        ledger.ingest([], [an_outcome(an_intent(1)), bad], [an_event()], "w1")
    assert reader.sum_requests(RequestFilter()) == (0, 0)
    assert reader.ingested_at() is None


def test_ingested_at_is_when_the_last_batch_came(
    database: Database, chain: AuditChain, reader: SqlLedgerReader
) -> None:
    clock = FakeClock(START)
    ledger = SqlLedger(database, chain, clock)
    ledger.ingest([an_intent(1)], [], [], "w1")
    clock.advance(60)
    ledger.ingest([an_intent(2)], [], [], "w2")
    assert reader.ingested_at() == START + timedelta(seconds=60)


def test_open_intents_of_a_dead_writer_become_lost(
    ledger: SqlLedger, reader: SqlLedgerReader
) -> None:
    ledger.ingest([an_intent(1), an_intent(2)], [an_outcome(an_intent(1))], [], "dead")
    ledger.ingest([an_intent(3)], [], [], "alive")
    assert ledger.mark_lost("dead", START + HOUR) == 1
    assert ledger.mark_lost("dead", START + HOUR) == 0

    detail = reader.get_request(an_intent(2).request_id)
    assert detail is not None
    lost = detail.outcome
    assert (lost.status, lost.decision, lost.http_status) == (Status.LOST, "outcome_lost", 0)
    assert lost.is_admitted, "an intent is written for who was admitted"
    assert (lost.cost_nano_usd, lost.cost_basis) == (0, CostBasis.UNPRICED)
    assert (lost.intent.held_nano_usd, lost.finished_at) == (5_000_000, START + HOUR)
    assert reader.get_request(an_intent(3).request_id) is None
    lost_sum = total(reader, replace(WIDE, where={Dimension.STATUS: ("lost",)}))
    assert (lost_sum.requests, lost_sum.unpriced_requests, sum(lost_sum.latency_counts)) == (
        1,
        1,
        0,
    )


def test_late_outcome_of_a_lost_request_does_not_count_twice(
    ledger: SqlLedger, reader: SqlLedgerReader
) -> None:
    ledger.ingest([an_intent()], [], [], "w1")
    ledger.mark_lost("w1", START)
    assert ledger.ingest([], [an_outcome()], [], "w1") == 0
    assert total(reader).requests == 1


def test_cost_of_retries_and_of_other_candidates_is_told_apart(
    ledger: SqlLedger, reader: SqlLedgerReader
) -> None:
    intent = an_intent()
    other = {"provider": "azure", "cost_nano_usd": 500}
    tries = (
        an_attempt(intent, 1, cost_nano_usd=1),
        an_attempt(intent, 2, cost_nano_usd=20),
        an_attempt(intent, 3, **other),
        an_attempt(intent, 4, **other),
    )
    ledger.ingest([], [an_outcome(intent, attempts=tries, cost_nano_usd=1_021)], [], "w1")
    found = total(reader)
    costs = (found.cost_nano_usd, found.retry_cost_nano_usd, found.fallback_cost_nano_usd)
    assert costs == (1_021, 520, 500)


def test_minutes_are_kept_two_days_and_quarters_for_good(
    ledger: SqlLedger, reader: SqlLedgerReader, database: Database
) -> None:
    old = an_intent(1, started_at=START - 49 * HOUR)
    ledger.ingest([], [an_outcome(old), an_outcome(an_intent(2))], [], "w1")
    assert prune(database, START) == 1
    assert total(reader, replace(WIDE, grain=Grain.MINUTE)).requests == 1
    assert total(reader).requests == 2
    assert reader.spend_by_user(START - 100 * HOUR, START + HOUR) == {"u-1": 2 * 46_800}
    prune(database, START + timedelta(days=91))
    assert reader.spend_by_user(START - 100 * HOUR, START + HOUR) == {}
