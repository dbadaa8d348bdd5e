"""Sums over uneven days, and the proof that rollups equal rows, on both databases."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from services.adapters.sql.chain import AuditChain
from services.adapters.sql.engine import Database
from services.adapters.sql.ledger import SqlLedger
from services.adapters.sql.reads import SqlLedgerReader
from services.domain.costs import day_edges
from services.domain.ledger import Outcome, Source, Status
from services.domain.requests import RequestFilter
from services.domain.rollups import Dimension, RollupQuery
from tests.clock import FakeClock
from tests.contract.records import START, an_intent, an_outcome

QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)


@pytest.fixture
def ledger(database: Database, chain: AuditChain) -> SqlLedger:
    return SqlLedger(database, chain, FakeClock(START))


@pytest.fixture
def reader(database: Database, ledger: SqlLedger) -> SqlLedgerReader:
    return SqlLedgerReader(database)


def one_every_quarter(start: datetime, end: datetime) -> list[Outcome]:
    count = (end - start) // QUARTER
    return [
        an_outcome(an_intent(n, started_at=start + n * QUARTER), cost_nano_usd=n)
        for n in range(count)
    ]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"])
def test_each_request_falls_into_its_own_day(
    ledger: SqlLedger, reader: SqlLedgerReader, zone: str
) -> None:
    # Both changes of the clocks lie in one of these weeks.
    for first in (date(2026, 3, 27), date(2026, 10, 23)):
        edges = day_edges(first, first + 4 * DAY, ZoneInfo(zone))
        outcomes = [
            replace(o, intent=replace(o.intent, request_id=f"{first}-{o.intent.request_id}"))
            for o in one_every_quarter(edges[0] - DAY, edges[-1] + DAY)
        ]
        ledger.ingest([], outcomes, [], "w1")
        expected = {
            edge: sum(o.cost_nano_usd for o in outcomes if edge <= o.intent.started_at < following)
            for edge, following in pairwise(edges)
        }
        rows = reader.list_rollups(
            RollupQuery(edges[0], edges[-1], edges=edges, with_latency=False)
        )
        assert {row.at: row.cost_nano_usd for row in rows} == expected


def test_interval_of_no_length_holds_nothing(ledger: SqlLedger, reader: SqlLedgerReader) -> None:
    first = datetime(2026, 11, 21, tzinfo=UTC)
    edges = (first, first + DAY, first + DAY, first + 2 * DAY)
    ledger.ingest([], one_every_quarter(edges[0], edges[-1]), [], "w1")
    rows = reader.list_rollups(RollupQuery(edges[0], edges[-1], edges=edges))
    assert [(row.at, row.requests) for row in rows] == [(first, 96), (first + DAY, 96)]


def test_intervals_and_dimensions_go_together(ledger: SqlLedger, reader: SqlLedgerReader) -> None:
    start = START.replace(minute=0, second=0, microsecond=0)
    edges = (start, start + QUARTER, start + 3 * QUARTER)
    about = [(0, "hint"), (1, "hint"), (2, "plan"), (2, "hint")]
    outcomes = [
        an_outcome(an_intent(n, started_at=start + q * QUARTER, feature=feature))
        for n, (q, feature) in enumerate(about)
    ]
    ledger.ingest([], outcomes, [], "w1")
    query = RollupQuery(edges[0], edges[-1], (Dimension.FEATURE,), edges=edges)
    found = [(r.at, r.values[Dimension.FEATURE], r.requests) for r in reader.list_rollups(query)]
    assert found == [(edges[0], "hint", 1), (edges[1], "hint", 2), (edges[1], "plan", 1)]


def test_sums_without_latency_are_the_same_sums(ledger: SqlLedger, reader: SqlLedgerReader) -> None:
    ledger.ingest([], [an_outcome(an_intent(n)) for n in range(3)], [], "w1")
    query = RollupQuery(START - DAY, START + DAY)
    (whole,) = reader.list_rollups(query)
    (short,) = reader.list_rollups(replace(query, with_latency=False))
    assert sum(whole.latency_counts) == 3
    nothing = (0,) * len(whole.latency_counts)
    assert short == replace(whole, latency_counts=nothing, first_token_counts=nothing)


@pytest.mark.parametrize(
    ("dimension", "value", "count"),
    [
        (Dimension.FEATURE, "plan", 1),
        (Dimension.PROVIDER, "", 1),
        (Dimension.PROVIDER, "openai", 2),
        (Dimension.MODEL, "", 1),
        (Dimension.STATUS, "refused", 1),
        (Dimension.DECISION, "ok", 3),
        (Dimension.PROMPT_VERSION, "", 1),
        (Dimension.APPLICATION, "school", 3),
        (Dimension.SOURCE, "application", 3),
        (Dimension.IS_MOCK, "true", 1),
    ],
)
def test_every_dimension_chooses_the_same_rows_and_rollups(
    ledger: SqlLedger, reader: SqlLedgerReader, dimension: Dimension, value: str, count: int
) -> None:
    ledger.ingest(
        [],
        [
            an_outcome(an_intent(1, feature="plan"), cost_nano_usd=1),
            an_outcome(an_intent(2, prompt_version=None), cost_nano_usd=10, is_mock=True),
            an_outcome(
                an_intent(3), cost_nano_usd=100, provider=None, model=None, status=Status.REFUSED
            ),
        ],
        [],
        "w1",
    )
    where = {dimension: (value,)}
    proof = reader.reconcile(RollupQuery(START - DAY, START + DAY, where=where))
    assert proof.ledger_requests == count
    assert proof.is_equal
    assert (
        proof.ledger_nano_usd == reader.sum_requests(RequestFilter(among=tuple(where.items())))[1]
    )


def test_a_difference_shows_in_both_counts(
    database: Database, ledger: SqlLedger, reader: SqlLedgerReader
) -> None:
    ledger.ingest([], [an_outcome(an_intent(n)) for n in (1, 2)], [], "w1")
    with database.write() as connection:
        connection.execute(
            text("UPDATE outcomes SET cost_nano_usd = cost_nano_usd + 7 WHERE request_id = :id"),
            {"id": an_intent(1).request_id},
        )
    proof = reader.reconcile(RollupQuery(START - DAY, START + DAY))
    assert not proof.is_equal
    assert proof.difference_nano_usd == -7


def test_empty_range_reconciles_at_nothing(reader: SqlLedgerReader) -> None:
    proof = reader.reconcile(RollupQuery(START - DAY, START + DAY))
    assert (proof.rollup_requests, proof.ledger_requests) == (0, 0)
    assert proof.is_equal


def test_values_of_a_filter_are_alternatives_for_requests_too(
    ledger: SqlLedger, reader: SqlLedgerReader
) -> None:
    statuses = (Status.ERROR, Status.LOST, Status.SUCCESS)
    ledger.ingest([], [an_outcome(an_intent(n), status=s) for n, s in enumerate(statuses)], [], "w")
    failed = RequestFilter(
        source=Source.APPLICATION.value, among=((Dimension.STATUS, ("error", "lost")),)
    )
    rows = reader.list_requests(failed, None, 10).rows
    assert [row.status for row in rows] == [Status.LOST, Status.ERROR]
