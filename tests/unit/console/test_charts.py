"""Figures hold what their rows say, and never more points than a browser can bear."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.charts import (
    MAXIMUM_POINTS,
    breakdown_chart,
    line_chart,
    mark_events,
    stacked_cost_chart,
    thin_points,
)

START = datetime(2026, 11, 21, tzinfo=UTC)
DAYS = [(date(2026, 11, 20), 1_234_567), (date(2026, 11, 21), 0)]


def minutes(values: list[float | None]) -> list[tuple[datetime, float | None]]:
    return [(START + timedelta(minutes=n), value) for n, value in enumerate(values)]


@given(st.lists(st.none() | st.floats(0, 1e6), max_size=2_000))
def test_thinning_keeps_the_spike_the_order_and_the_limit(values: list[float | None]) -> None:
    thinned = thin_points(minutes(values))
    assert len(thinned) <= MAXIMUM_POINTS
    assert thinned == sorted(thinned, key=lambda point: point[0])
    known = [value for value in values if value is not None]
    kept = [value for _, value in thinned if value is not None]
    assert max(kept, default=None) == max(known, default=None)


def test_short_series_are_left_as_they_are() -> None:
    points = minutes([1.0, None, 3.0])
    assert thin_points(points) == points


def test_stack_keeps_the_order_of_its_parts() -> None:
    figure = stacked_cost_chart({"hint": DAYS, "plan": DAYS})
    assert [trace.name for trace in figure.data] == ["hint", "plan"]
    assert figure.layout.barmode == "stack"


def test_stack_shows_exact_money_by_day() -> None:
    figure = stacked_cost_chart({"hint": DAYS})
    assert list(figure.data[0].x) == ["2026-11-20", "2026-11-21"]
    assert list(figure.data[0].customdata) == ["$0.001234567", "$0.00"]


def test_breakdown_has_the_dearest_on_top() -> None:
    figure = breakdown_chart([("cheap", 1_000_000), ("dear", 3_000_000_000)])
    assert list(figure.data[0].y) == ["cheap", "dear"]
    assert list(figure.data[0].text) == ["$0.001", "$3.00"]


def test_lines_are_drawn_in_the_zone_and_keep_their_gaps() -> None:
    figure = line_chart(
        {"p95": minutes([1.0, None, 3.0])}, zone=ZoneInfo("Asia/Kathmandu"), y_title="s"
    )
    assert figure.data[0].x[0] == datetime(2026, 11, 21, 5, 45)  # noqa: DTZ001 - as drawn
    assert figure.data[0].y[1] is None
    assert figure.data[0].connectgaps is False
    assert figure.layout.xaxis.title.text == "Asia/Kathmandu"


def test_a_single_point_is_seen() -> None:
    figure = line_chart({"p95": minutes([1.0])}, zone=ZoneInfo("UTC"), y_title="s")
    assert figure.data[0].mode == "lines+markers"
    assert figure.data[0].marker.size[0] > 0
    assert figure.data[0].cliponaxis is False


def test_points_without_a_neighbour_are_dots_and_lines_have_none() -> None:
    values = [1.0, None, 2.0, None, 3.0, 4.0, None, None]
    figure = line_chart({"p95": minutes(values)}, zone=ZoneInfo("UTC"), y_title="s")
    is_dot = [size > 0 for size in figure.data[0].marker.size]
    assert is_dot == [True, False, True, False, False, False, False, False]


@pytest.mark.parametrize("count", [0, 3])
def test_events_stand_where_they_happened(count: int) -> None:
    events = [(START + timedelta(minutes=n), f"kill {n}") for n in range(count)]
    figure = mark_events(line_chart({}, zone=ZoneInfo("UTC"), y_title="s"), events, ZoneInfo("UTC"))
    assert len(figure.layout.shapes) == count
    assert [note.text for note in figure.layout.annotations] == [text for _, text in events]
