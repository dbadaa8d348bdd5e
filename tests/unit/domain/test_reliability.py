from datetime import UTC, datetime, timedelta

import pytest

from services.domain.latency import BUCKETS, latency_bucket
from services.domain.ledger import Status
from services.domain.reliability import assess_range, frame_of, measure_quality
from services.domain.rollups import Dimension, Grain, Rollup

NOW = datetime(2026, 11, 21, 12, 7, 31, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def a_row(status: Status, requests: int, ms: float = 100, at: datetime | None = None) -> Rollup:
    counts = [0] * BUCKETS
    counts[latency_bucket(ms)] = requests
    values = {Dimension.STATUS: status.value, Dimension.PROVIDER: "openai"}
    return Rollup(at, values, requests=requests, latency_counts=tuple(counts))


@pytest.mark.parametrize(
    ("span", "step", "grain"),
    [
        (timedelta(hours=1), MINUTE, Grain.MINUTE),
        (timedelta(hours=6), 5 * MINUTE, Grain.MINUTE),
        (timedelta(hours=24), 15 * MINUTE, Grain.QUARTER),
        (timedelta(days=7), 120 * MINUTE, Grain.QUARTER),
        (timedelta(days=30), 360 * MINUTE, Grain.QUARTER),
    ],
)
def test_steps_cover_the_range_and_now(span: timedelta, step: timedelta, grain: Grain) -> None:
    frame = frame_of(NOW, span)
    assert (frame.step, frame.grain) == (step, grain)
    assert frame.edges[0] <= NOW - span
    assert frame.edges[-2] <= NOW < frame.edges[-1]
    assert {b - a for a, b in zip(frame.edges, frame.edges[1:], strict=False)} == {step}
    assert len(frame.edges) <= 122
    assert all(edge.timestamp() % step.total_seconds() == 0 for edge in frame.edges)


def test_refusals_are_outside_error_rate_and_latency() -> None:
    rows = [a_row(Status.SUCCESS, 8), a_row(Status.ERROR, 2, 9_000), a_row(Status.REFUSED, 90, 1)]
    quality = measure_quality("openai", rows)
    assert (quality.requests, quality.failed, quality.refused) == (100, 2, 90)
    assert quality.error_rate == 0.2
    assert sum(quality.latency_counts) == 10
    assert quality.latency_ms(0.99) is not None
    assert quality.latency_ms(0.99) > 7_500


def test_lost_requests_are_failures_and_cancelled_ones_answers() -> None:
    quality = measure_quality("x", [a_row(Status.LOST, 1), a_row(Status.CANCELLED, 3)])
    assert quality.error_rate == 0.25


def test_no_answer_and_no_failure_is_no_rate() -> None:
    assert measure_quality("x", [a_row(Status.REFUSED, 5)]).error_rate is None
    assert measure_quality("x", []).latency_ms(0.5) is None


def test_parts_and_steps_add_up_to_the_total() -> None:
    frame = frame_of(NOW, timedelta(hours=1))
    rows = [
        a_row(Status.SUCCESS, 4, at=frame.edges[3]),
        a_row(Status.ERROR, 1, at=frame.edges[3]),
        a_row(Status.SUCCESS, 2, at=frame.edges[9]),
    ]
    view = assess_range(frame, Dimension.PROVIDER, rows, ())
    assert (view.total.requests, view.total.failed) == (7, 1)
    assert [row.name for row in view.rows] == ["openai"]
    assert [(at, q.requests, q.error_rate) for at, q in view.series["openai"]] == [
        (frame.edges[3], 5, 0.2),
        (frame.edges[9], 2, 0.0),
    ]
