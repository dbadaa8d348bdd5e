from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.domain.costs import CELL, Cells, DayFrame, build_report, day_edges
from services.domain.errors import Unprocessable
from services.domain.ledger import Source
from services.domain.rollups import Dimension, Rollup

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("UTC", date(2026, 3, 29), 24),
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("America/New_York", date(2026, 3, 8), 23),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("Asia/Kathmandu", date(2026, 11, 21), 24),
        # At midnight itself the clocks go forward: the day begins at one.
        ("Africa/Cairo", date(2026, 4, 24), 23),
        ("America/Havana", date(2026, 11, 1), 25),
        # The day that Samoa left out.
        ("Pacific/Apia", date(2011, 12, 30), 0),
    ],
)
def test_day_is_as_long_as_its_zone_says(zone: str, day: date, hours: float) -> None:
    start, end = day_edges(day, day, ZoneInfo(zone))
    assert end - start == hours * HOUR
    assert start.tzinfo is UTC


def test_day_begins_at_a_quarter_past_where_the_zone_does() -> None:
    (start, _) = day_edges(date(2026, 11, 21), date(2026, 11, 21), ZoneInfo("Asia/Kathmandu"))
    assert start == datetime(2026, 11, 20, 18, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [
        (date(2026, 11, 2), date(2026, 11, 1), "before it begins"),
        (date(2025, 11, 1), date(2026, 11, 2), "367 days: choose at most 366"),
    ],
)
def test_range_that_makes_no_sense_is_refused(first: date, last: date, message: str) -> None:
    with pytest.raises(Unprocessable, match=message):
        day_edges(first, last, ZoneInfo("UTC"))


def a_cell(cost: int, at: datetime | None = None, **values: str) -> Rollup:
    names = dict.fromkeys(CELL, "") | {
        Dimension.SOURCE: Source.APPLICATION.value,
        Dimension.IS_MOCK: "false",
    }
    named = {Dimension(name): value for name, value in values.items()}
    return Rollup(at, names | named, requests=1, cost_nano_usd=cost)


def test_filters_choose_cells_but_not_choices() -> None:
    cells = (a_cell(5, feature="hint", model="a"), a_cell(7, feature="plan", model="b"))
    frame = DayFrame(date(2026, 11, 21), (datetime(2026, 11, 21, tzinfo=UTC),) * 2, "UTC")
    report = build_report(
        frame,
        Cells(cells, {Dimension.FEATURE: ("plan",), Dimension.MODEL: ("a", "b")}),
        (),
        sources=(Source.APPLICATION,),
        stack=Dimension.FEATURE,
        complete_up_to=None,
    )
    assert report.total.cost_nano_usd == 7
    assert [r.values[Dimension.MODEL] for r in report.by[Dimension.MODEL]] == ["b"]
    assert report.choices[Dimension.FEATURE] == ("hint", "plan")


def test_days_without_spend_are_there_and_parts_come_dearest_first() -> None:
    edges = day_edges(date(2026, 11, 19), date(2026, 11, 21), ZoneInfo("UTC"))
    rows = (
        a_cell(1, edges[0], feature="hint"),
        a_cell(9, edges[2], feature="plan"),
        a_cell(2, edges[2], feature="hint"),
    )
    report = build_report(
        DayFrame(date(2026, 11, 19), edges, "UTC"),
        Cells(rows, {}),
        rows,
        sources=(Source.APPLICATION,),
        stack=Dimension.FEATURE,
        complete_up_to=None,
    )
    assert [(d.day.day, d.cost_nano_usd) for d in report.days] == [(19, 1), (20, 0), (21, 11)]
    assert {k: [d.cost_nano_usd for d in v] for k, v in report.stacked.items()} == {
        "plan": [0, 0, 9],
        "hint": [1, 0, 2],
    }
    assert list(report.stacked) == ["plan", "hint"]
