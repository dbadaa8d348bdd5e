from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.adapters.sql.chain import AuditChain
from services.adapters.sql.engine import Database
from services.adapters.sql.ledger import SqlLedger
from services.adapters.sql.past import SqlPast
from services.adapters.sql.reads import SqlLedgerReader
from services.adapters.sql.retention import prune
from services.adapters.sql.schema import metadata
from services.domain.latency import latency_bucket
from services.domain.ledger import Outcome, Source, Status
from services.domain.money import CostBasis
from services.domain.periods import Period, window_of
from services.domain.quota_uses import QuotaUse
from services.domain.requests import RequestFilter
from services.domain.rollups import Dimension, Grain, Rollup, RollupQuery
from tests.clock import FakeClock
from tests.contract.records import START, an_intent, an_outcome

HOURS = timedelta(hours=3)
DIMENSIONS = (Dimension.FEATURE, Dimension.STATUS, Dimension.PROVIDER, Dimension.SOURCE)


@st.composite
def random_outcome(draw: st.DrawFn) -> Outcome:
    intent = an_intent(
        draw(st.integers(0, 40)),
        started_at=START + timedelta(seconds=draw(st.integers(-7_200, 7_200))),
        feature=draw(st.sampled_from(["question_hint", "study_plan"])),
        user=draw(st.sampled_from(["u-1", "u-2", None])),
        source=draw(st.sampled_from(Source)),
    )
    return an_outcome(
        intent,
        status=draw(st.sampled_from([Status.SUCCESS, Status.ERROR, Status.REFUSED])),
        provider=draw(st.sampled_from(["openai", None])),
        cost_nano_usd=draw(st.integers(0, 10**15)),
        duration_ms=draw(st.floats(0, 90_000)),
        first_token_ms=draw(st.none() | st.floats(0, 90_000)),
        cost_basis=draw(st.sampled_from([CostBasis.EXACT, CostBasis.UNPRICED])),
    )


def summed(outcomes: list[Outcome]) -> dict[tuple[str, ...], tuple[object, ...]]:
    groups: dict[tuple[str, ...], list[Outcome]] = {}
    for o in outcomes:
        key = (o.intent.feature, o.status.value, o.provider or "", o.intent.source.value)
        groups.setdefault(key, []).append(o)
    return {
        key: (
            len(group),
            sum(o.cost_nano_usd for o in group),
            sum(o.usage.output_tokens for o in group),
            sum(o.cost_basis is CostBasis.UNPRICED for o in group),
            Counter(latency_bucket(o.duration_ms) for o in group),
            Counter(
                latency_bucket(o.first_token_ms) for o in group if o.first_token_ms is not None
            ),
        )
        for key, group in groups.items()
    }


def read(rollup: Rollup) -> tuple[object, ...]:
    return (
        rollup.requests,
        rollup.cost_nano_usd,
        rollup.output_tokens,
        rollup.unpriced_requests,
        +Counter(dict(enumerate(rollup.latency_counts))),
        +Counter(dict(enumerate(rollup.first_token_counts))),
    )


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(outcomes=st.lists(random_outcome(), max_size=30), cut=st.integers(0, 30))
def test_rollups_are_the_sums_over_the_rows(
    outcomes: list[Outcome],
    cut: int,
    make_database: Callable[[str], Database],
    chain: AuditChain,
) -> None:
    database = make_database("sqlite")
    with database.write() as connection:
        for table in ("requests", "outcomes", "attempts"):
            connection.execute(metadata.tables[table].delete())
        for table in ("rollups_minute", "rollups_quarter", "rollups_user_hour"):
            connection.execute(metadata.tables[table].delete())
    ledger, reader = SqlLedger(database, chain, FakeClock(START)), SqlLedgerReader(database)
    ledger.ingest([], outcomes[:cut], [], "w1")
    ledger.ingest([], outcomes, [], "w1")

    rows = list({o.intent.request_id: o for o in reversed(outcomes)}.values())
    cost = sum(o.cost_nano_usd for o in rows)
    assert reader.sum_requests(RequestFilter()) == (len(rows), cost)
    for grain in Grain:
        query = RollupQuery(START - HOURS, START + HOURS, DIMENSIONS, grain=grain, where={})
        found = {
            tuple(row.values[dimension] for dimension in DIMENSIONS): read(row)
            for row in reader.list_rollups(query)
        }
        assert found == summed(rows)

    start, end = START - timedelta(minutes=47), START + timedelta(minutes=52)
    spend: Counter[str] = Counter()
    for o in rows:
        is_counted = o.intent.source is Source.APPLICATION and start <= o.intent.started_at < end
        if o.intent.user and is_counted:
            spend[o.intent.user] += o.cost_nano_usd
    assert +Counter(reader.spend_by_user(start, end)) == +spend


def test_spend_of_part_of_one_hour_is_exact(database: Database, chain: AuditChain) -> None:
    ledger, reader = SqlLedger(database, chain, FakeClock(START)), SqlLedgerReader(database)
    minutes = [an_intent(n, started_at=START + timedelta(minutes=n)) for n in range(10)]
    outcomes = [an_outcome(intent, cost_nano_usd=1) for intent in minutes]
    ledger.ingest([], outcomes, [], "w1")
    start = START + timedelta(minutes=2)
    assert reader.spend_by_user(start, start + timedelta(minutes=3)) == {"u-1": 3}


def test_uses_of_quotas_are_summed_by_windows_of_any_zone(
    database: Database, chain: AuditChain
) -> None:
    """Days may begin at half past; what was refused is in none."""
    kolkata = ZoneInfo("Asia/Kolkata")
    day = window_of(START, Period.DAY, kolkata)
    assert day.starts_at.minute == 30
    inside = (day.starts_at, day.ends_at - timedelta(seconds=1))
    outside = (day.starts_at - timedelta(seconds=1), day.ends_at)
    outcomes = [
        an_outcome(an_intent(n, started_at=at), is_admitted=True)
        for n, at in enumerate((*inside, *outside))
    ]
    outcomes.append(an_outcome(an_intent(8, started_at=START)))
    outcomes.append(an_outcome(an_intent(9, started_at=START, user=None), is_admitted=True))
    ledger = SqlLedger(database, chain, FakeClock(START))
    for _ in range(2):
        ledger.ingest([], outcomes, [], "writer")
    assert set(SqlPast(database).list_quota_uses(day)) == {
        QuotaUse("u-1", "question_hint", 2, 2 * 168),
        QuotaUse("@application:school", "question_hint", 1, 168),
    }


def test_uses_of_quotas_are_kept_for_the_longest_month(
    database: Database, chain: AuditChain
) -> None:
    at = datetime(2026, 12, 1, tzinfo=UTC)
    intent = an_intent(started_at=at)
    SqlLedger(database, chain, FakeClock(at)).ingest(
        [], [an_outcome(intent, is_admitted=True)], [], "writer"
    )
    month, past = window_of(at, Period.MONTH, UTC), SqlPast(database)
    prune(database, at + timedelta(days=31))
    assert past.list_quota_uses(month)
    prune(database, at + timedelta(days=34))
    assert not past.list_quota_uses(month)
