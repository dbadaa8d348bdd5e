"""Costs on a real SQLite ledger, with a clock that stands still."""

import asyncio
import csv
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from services.adapters.journal import SegmentJournal
from services.adapters.memory.counters import MemoryCounters
from services.domain.budgets import Budget
from services.domain.cost_csv import COLUMNS
from services.domain.errors import Forbidden, Unprocessable
from services.domain.identity import Actor, Role, actor_for
from services.domain.ledger import Source
from services.domain.money import NANO, CostBasis
from services.domain.periods import Period
from services.domain.rollups import Dimension
from services.operations.costs import Costs
from tests.clock import FakeClock
from tests.contract.records import an_attempt, an_intent, an_outcome
from tests.ledger import NOW, Ledger, open_ledger

TODAY = NOW.date()
Where = Mapping[Dimension, tuple[str, ...]]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return open_ledger(f"sqlite:///{tmp_path}/ledger.db")


@pytest.fixture
def costs(ledger: Ledger, tmp_path: Path) -> Costs:
    clock = FakeClock(NOW)
    return Costs(
        reader=ledger.reader,
        counters=MemoryCounters(clock),
        journal=SegmentJournal(tmp_path / "journal", "tests"),
        clock=clock,
        zone=UTC,
        budgets=(
            Budget("global", Period.DAY, 50 * NANO),
            Budget("global", Period.MONTH, 900 * NANO),
            Budget("playground", Period.DAY, 5 * NANO),
        ),
        alert_share=0.8,
        call=asyncio.run,
    )


@pytest.fixture
def spend(ledger: Ledger) -> Callable[..., None]:
    """Give a way to put one request into the ledger."""
    numbers = iter(range(1, 1000))

    def add(cost: int, at: datetime = NOW, **changes: object) -> None:
        names = {"feature", "application", "source"}
        about = {name: value for name, value in changes.items() if name in names}
        rest = {name: value for name, value in changes.items() if name not in names}
        intent = an_intent(next(numbers), started_at=at, **about)
        ledger.add([an_outcome(intent, cost_nano_usd=cost, **rest)])

    return add


def test_filters_hold_for_total_days_breakdowns_and_proof(
    costs: Costs, spend: Callable[..., None]
) -> None:
    spend(5, feature="hint", provider="openai")
    spend(7, feature="plan", provider="openai")
    spend(11, feature="plan", provider="gemini", model="gemini-2.5-flash")
    where = {Dimension.FEATURE: ("plan",), Dimension.PROVIDER: ("openai", "azure")}
    report = costs.get_report(TODAY, TODAY, where=where)
    assert report.total.cost_nano_usd == 7
    assert [d.cost_nano_usd for d in report.days] == [7]
    for dimension, rows in report.by.items():
        assert sum(r.cost_nano_usd for r in rows) == 7, dimension
    check = costs.reconcile(report)
    assert (check.rollup_nano_usd, check.ledger_nano_usd, check.ledger_requests) == (7, 7, 1)
    assert check.is_equal


def test_nobody_answered_is_a_value_to_filter_by(costs: Costs, spend: Callable[..., None]) -> None:
    spend(0, provider=None, model=None)
    spend(9)
    report = costs.get_report(TODAY, TODAY, where={Dimension.PROVIDER: ("",)})
    assert (report.total.requests, report.total.cost_nano_usd) == (1, 0)
    assert costs.reconcile(report).ledger_requests == 1


def test_dimension_without_values_does_not_restrict(
    costs: Costs, spend: Callable[..., None]
) -> None:
    spend(9)
    report = costs.get_report(TODAY, TODAY, where={Dimension.MODEL: ()})
    assert report.total.cost_nano_usd == 9
    assert report.where == {}


def test_sample_and_playground_count_only_when_asked_for(
    costs: Costs, spend: Callable[..., None]
) -> None:
    spend(5)
    spend(100, source=Source.SAMPLE)
    spend(1000, source=Source.PLAYGROUND)
    assert costs.get_report(TODAY, TODAY).total.cost_nano_usd == 5
    both = costs.get_report(TODAY, TODAY, sources=(Source.APPLICATION, Source.SAMPLE))
    assert both.total.cost_nano_usd == 105
    assert both.by_source[Source.SAMPLE].cost_nano_usd == 100
    assert costs.reconcile(both).is_equal


def test_unpriced_requests_make_the_total_a_lower_bound(
    costs: Costs, spend: Callable[..., None]
) -> None:
    spend(5)
    assert not costs.get_report(TODAY, TODAY).is_at_least
    spend(0, cost_basis=CostBasis.UNPRICED)
    assert costs.get_report(TODAY, TODAY).is_at_least


def test_mock_answers_are_counted_apart(costs: Costs, spend: Callable[..., None]) -> None:
    spend(0, provider="mock", model="mock-model", is_mock=True)
    spend(5)
    assert costs.get_report(TODAY, TODAY).mock_requests == 1


def test_retries_and_fallbacks_are_part_of_the_cost(
    costs: Costs, ledger: Ledger, spend: Callable[..., None]
) -> None:
    intent = an_intent(500, started_at=NOW)
    tries = (
        an_attempt(intent, 1, cost_nano_usd=1),
        an_attempt(intent, 2, cost_nano_usd=10),
        an_attempt(intent, 3, provider="gemini", cost_nano_usd=100),
    )
    ledger.add([an_outcome(intent, attempts=tries, cost_nano_usd=111)])
    total = costs.get_report(TODAY, TODAY).total
    assert (total.cost_nano_usd, total.retry_cost_nano_usd) == (111, 10)
    assert total.fallback_cost_nano_usd == 100


def test_last_days_are_days_of_the_zone(costs: Costs, spend: Callable[..., None]) -> None:
    # 18:15 UTC is midnight in Kathmandu.
    spend(5, at=datetime(2026, 11, 20, 18, 14, 59, tzinfo=UTC))
    spend(7, at=datetime(2026, 11, 20, 18, 15, tzinfo=UTC))
    report = costs.get_last_days(1, zone=costs.find_zone("Asia/Kathmandu"))
    assert (report.total.cost_nano_usd, report.zone) == (7, "Asia/Kathmandu")
    assert report.days[0].day == date(2026, 11, 21)


@pytest.mark.parametrize("name", ["Mars/Olympus", "../etc/passwd", "/etc/localtime", "\0"])
def test_unknown_zone_is_refused(costs: Costs, name: str) -> None:
    with pytest.raises(Unprocessable, match="no IANA time zone"):
        costs.find_zone(name)


def test_budget_forecast_and_share_come_from_the_ledger(
    costs: Costs, spend: Callable[..., None]
) -> None:
    spend(20 * NANO, at=NOW - timedelta(hours=1))
    spend(NANO, source=Source.PLAYGROUND, at=NOW - timedelta(hours=1))
    reading = costs.get_budgets()
    assert reading.value is not None
    day, month, playground = reading.value
    # Noon: half of the day is over.
    assert (day.spent_nano_usd, day.forecast_nano_usd) == (20 * NANO, 40 * NANO)
    # By the month's own rate it would be less than the day's.
    assert month.forecast_nano_usd == 40 * NANO
    assert not day.is_warning
    assert playground.spent_nano_usd == NANO


def test_csv_has_every_digit_its_zone_and_no_formula(
    costs: Costs, spend: Callable[..., None]
) -> None:
    spend(1, application="=cmd()", feature="@sum", provider="+1", model="-1")
    report = costs.get_report(TODAY, TODAY, where={Dimension.APPLICATION: ("=cmd()",)})
    text = costs.export_csv(actor_for("mina", Role.VIEWER), report)
    lines = list(csv.reader(text.splitlines()))
    head = {line[0]: line[1:] for line in lines if line[0].startswith("#")}
    assert head["# zone of the days"] == ["UTC"]
    assert head["# days, both included"] == ["2026-11-21", "2026-11-21"]
    assert head["# only application"] == ["'=cmd()"]
    body = lines[len(head) :]
    assert tuple(body[0]) == COLUMNS
    total = dict(zip(COLUMNS, body[1], strict=True))
    assert (total["part"], total["cost_usd"]) == ("total", "0.000000001")
    assert {"'=cmd()", "'@sum", "'+1", "'-1"} < {line[1] for line in body}
    assert not [cell for line in lines for cell in line if cell.startswith(("=", "+", "-", "@"))]


def test_export_needs_its_permission(costs: Costs) -> None:
    stranger = Actor("nobody", frozenset())
    with pytest.raises(Forbidden, match="export"):
        costs.export_csv(stranger, costs.get_report(TODAY, TODAY))
