from datetime import timedelta

import pytest

from services.adapters.sql.chain import AuditChain
from services.adapters.sql.engine import Database
from services.adapters.sql.ledger import SqlLedger
from services.adapters.sql.reads import SqlLedgerReader
from services.domain.errors import Unprocessable
from services.domain.ledger import Source, Status
from services.domain.requests import RequestFilter
from services.domain.rollups import Dimension, Grain, RollupQuery
from tests.clock import FakeClock
from tests.contract.records import START, an_attempt, an_intent, an_outcome

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
RANGE = (START - 60 * MINUTE, START + 60 * MINUTE)


@pytest.fixture
def ledger(database: Database, chain: AuditChain) -> SqlLedger:
    return SqlLedger(database, chain, FakeClock(START))


@pytest.fixture
def reader(database: Database, ledger: SqlLedger) -> SqlLedgerReader:
    return SqlLedgerReader(database)


def test_empty_ledger_reads_as_nothing(reader: SqlLedgerReader) -> None:
    assert reader.list_rollups(RollupQuery(*RANGE)) == ()
    assert reader.list_requests(RequestFilter(), None, 50).rows == ()
    assert reader.sum_requests(RequestFilter()) == (0, 0)
    assert reader.spend_by_user(*RANGE) == {}
    assert reader.ingested_at() is None


@pytest.mark.parametrize("where", [RequestFilter(), RequestFilter(user="u-1")])
def test_pages_hold_every_request_once_newest_first(
    ledger: SqlLedger, reader: SqlLedgerReader, where: RequestFilter
) -> None:
    # Seven requests in three instants: pages end between requests of the same instant.
    intents = [an_intent(n, started_at=START + n // 3 * SECOND) for n in range(7)]
    ledger.ingest([], [an_outcome(intent) for intent in intents], [], "w1")
    seen, cursor = [], None
    for size in (2, 2, 2, 1):
        page = reader.list_requests(where, cursor, 2)
        assert len(page.rows) == size
        seen += [row.intent for row in page.rows]
        cursor = page.next_cursor
    assert cursor is None
    assert seen == intents[::-1]


def test_requests_that_come_meanwhile_do_not_shift_the_next_page(
    ledger: SqlLedger, reader: SqlLedgerReader
) -> None:
    ledger.ingest([], [an_outcome(an_intent(n)) for n in range(4)], [], "w1")
    first = reader.list_requests(RequestFilter(), None, 2)
    ledger.ingest([], [an_outcome(an_intent(9))], [], "w1")
    second = reader.list_requests(RequestFilter(), first.next_cursor, 2)
    assert [row.intent for row in second.rows] == [an_intent(1), an_intent(0)]


@pytest.mark.parametrize("cursor", ["", "12", "x.y", "1.", "9" * 30 + ".id"])
def test_cursor_of_somebody_elses_making_is_refused(reader: SqlLedgerReader, cursor: str) -> None:
    with pytest.raises(Unprocessable, match="cursor"):
        reader.list_requests(RequestFilter(), cursor, 2)


def test_each_filter_chooses_its_requests(ledger: SqlLedger, reader: SqlLedgerReader) -> None:
    odd = an_intent(
        2, feature="study_plan", application="other", user="u-2", source=Source.PLAYGROUND
    )
    slow = an_outcome(odd, status=Status.ERROR, provider="azure", duration_ms=9_000.0)
    ledger.ingest([], [an_outcome(an_intent(1)), slow, an_outcome(an_intent(3))], [], "w1")
    for where in (
        RequestFilter(feature="study_plan"),
        RequestFilter(provider="azure"),
        RequestFilter(application="other"),
        RequestFilter(status="error"),
        RequestFilter(source="playground"),
        RequestFilter(user="u-2"),
        RequestFilter(slower_than_ms=8_000),
        RequestFilter(request_id=odd.request_id),
        RequestFilter(start=odd.started_at, end=odd.started_at + SECOND),
    ):
        found = reader.list_requests(where, None, 10).rows
        assert [row.intent.request_id for row in found] == [odd.request_id], where
        assert reader.sum_requests(where) == (1, 46_800)


def test_rollups_are_grouped_by_time_and_dimension(
    ledger: SqlLedger, reader: SqlLedgerReader
) -> None:
    hint = [an_intent(n, started_at=START + n * 10 * MINUTE) for n in range(3)]
    plan = an_intent(7, feature="study_plan")
    ledger.ingest([], [an_outcome(intent) for intent in (*hint, plan)], [], "w1")
    query = RollupQuery(*RANGE, group_by=(Dimension.FEATURE,), by_time=True)
    found = [
        (row.at, row.values[Dimension.FEATURE], row.requests, row.cost_nano_usd)
        for row in reader.list_rollups(query)
    ]
    quarter = START.replace(minute=0, second=0, microsecond=0)
    assert found == [
        (quarter, "question_hint", 1, 46_800),
        (quarter, "study_plan", 1, 46_800),
        (quarter + 15 * MINUTE, "question_hint", 2, 2 * 46_800),
    ]


def test_minutes_are_cut_at_the_minute(ledger: SqlLedger, reader: SqlLedgerReader) -> None:
    ledger.ingest([], [an_outcome()], [], "w1")
    minute = START.replace(second=0, microsecond=0)
    inside = RollupQuery(minute, minute + MINUTE, by_time=True, grain=Grain.MINUTE)
    (row,) = reader.list_rollups(inside)
    assert row.at == minute
    after = RollupQuery(minute + MINUTE, minute + 2 * MINUTE, grain=Grain.MINUTE)
    assert reader.list_rollups(after) == ()


def test_every_measure_is_summed(ledger: SqlLedger, reader: SqlLedgerReader) -> None:
    cached = an_outcome(an_intent(2), is_cached=True, is_degraded=True, saved_nano_usd=900)
    ledger.ingest([], [an_outcome(an_intent(1)), cached], [], "w1")
    (row,) = reader.list_rollups(RollupQuery(*RANGE))
    assert (row.at, row.values, row.requests) == (None, {}, 2)
    assert (row.input_tokens, row.output_tokens, row.cached_input_tokens) == (240, 96, 40)
    assert (row.saved_nano_usd, row.cached_requests, row.degraded_requests) == (900, 1, 1)
    assert row.latency_counts == (0,) * 6 + (2,) + (0,) * 9
    assert row.first_token_counts == (0,) * 3 + (2,) + (0,) * 12


def test_default_totals_leave_playground_and_samples_out(
    ledger: SqlLedger, reader: SqlLedgerReader
) -> None:
    intents = [an_intent(n, source=source) for n, source in enumerate(Source)]
    ledger.ingest([], [an_outcome(intent) for intent in intents], [], "w1")
    (row,) = reader.list_rollups(RollupQuery(*RANGE))
    assert row.requests == 1


def test_mock_is_a_dimension_like_the_others(ledger: SqlLedger, reader: SqlLedgerReader) -> None:
    mock = an_outcome(an_intent(2), is_mock=True)
    ledger.ingest([], [an_outcome(an_intent(1)), mock, an_outcome(an_intent(3))], [], "w1")
    query = RollupQuery(*RANGE, group_by=(Dimension.IS_MOCK,), where={})
    found = {row.values[Dimension.IS_MOCK]: row.requests for row in reader.list_rollups(query)}
    assert found == {"true": 1, "false": 2}
    real = RollupQuery(*RANGE, where={Dimension.IS_MOCK: ("false",)})
    assert reader.list_rollups(real)[0].requests == 2


def test_values_of_one_dimension_are_alternatives(
    ledger: SqlLedger, reader: SqlLedgerReader
) -> None:
    features = ("question_hint", "study_plan", "evaluation")
    outcomes = [an_outcome(an_intent(n, feature=name)) for n, name in enumerate(features)]
    ledger.ingest([], outcomes, [], "w1")
    two = RollupQuery(*RANGE, where={Dimension.FEATURE: features[:2]})
    assert reader.list_rollups(two)[0].requests == 2
    assert reader.list_rollups(RollupQuery(*RANGE, where={Dimension.FEATURE: ()})) == ()


def test_attempts_come_in_their_order(ledger: SqlLedger, reader: SqlLedgerReader) -> None:
    intent = an_intent()
    tries = tuple(an_attempt(intent, number) for number in (1, 2, 3))
    ledger.ingest([], [an_outcome(intent, attempts=tries[::-1])], [], "w1")
    detail = reader.get_request(intent.request_id)
    assert detail is not None
    assert detail.attempts == tries
