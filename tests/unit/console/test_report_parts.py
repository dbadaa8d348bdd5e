from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from console.charts import fold_small_series, mark_limit, stacked_cost_chart, timeline_chart
from console.components.breaker_board import breaker_frame, change_frame
from console.components.cost_parts import breakdown_frame, cost_text
from console.components.quality_parts import course, error_text, merge_events, quality_frame
from console.components.request_detail import cost_of, list_spans, step_frame
from services.domain.audit import AuditRow
from services.domain.breakers import BreakerState, BreakerView
from services.domain.latency import BUCKETS
from services.domain.ledger import Status
from services.domain.money import NANO, CostBasis
from services.domain.reliability import Quality, ReliabilityView, assess_range, frame_of
from services.domain.rollups import Dimension, Rollup
from services.domain.routes import RouteUse
from tests.contract.records import an_attempt, an_intent, an_outcome

DAYS = (date(2026, 11, 20), date(2026, 11, 21))
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
START = NOW - timedelta(minutes=30)


def test_small_series_are_added_up_without_losing_a_nano_dollar() -> None:
    series = {f"part{n}": [(DAYS[0], 10 - n), (DAYS[1], 1)] for n in range(9)}
    folded = fold_small_series(series, keep=5)
    assert list(folded) == ["part0", "part1", "part2", "part3", "part4", "4 others"]
    assert folded["4 others"] == [(DAYS[0], 5 + 4 + 3 + 2), (DAYS[1], 4)]


def test_one_part_too_many_is_shown_as_itself() -> None:
    series = {f"part{n}": [(DAYS[0], 1)] for n in range(6)}
    assert fold_small_series(series, keep=5) == series


def test_limit_is_drawn_where_it_is() -> None:
    figure = mark_limit(stacked_cost_chart({"a": [(DAYS[0], NANO)]}), 50 * NANO, "daily budget")
    assert figure.layout.shapes[0].y0 == 50
    assert figure.layout.annotations[0].text == "daily budget"


@pytest.mark.parametrize(
    ("cost", "unpriced", "text"),
    [(NANO, 0, "$1.00"), (NANO + 1, 2, "≥ $1.00"), (0, 2, "unpriced"), (0, 0, "$0.00")],
)
def test_unknown_cost_never_reads_as_nothing(cost: int, unpriced: int, text: str) -> None:
    assert cost_text(Rollup(None, {}, cost_nano_usd=cost, unpriced_requests=unpriced)) == text


def test_breakdown_shares_are_of_all_rows_and_empty_names_are_named() -> None:
    rows = [
        Rollup(None, {Dimension.MODEL: name}, requests=1, cost_nano_usd=cost)
        for name, cost in (("a", 3), ("", 1))
    ]
    frame = breakdown_frame(Dimension.MODEL, rows)
    assert frame["Model"].tolist() == ["a", "(none)"]
    assert frame["Share"].tolist() == ["75%", "25%"]
    assert breakdown_frame(Dimension.MODEL, []).empty


def test_no_figure_of_a_breakdown_is_longer_than_its_column() -> None:
    sums = Rollup(
        None, {Dimension.MODEL: "a"}, cost_nano_usd=631_898_912, saved_nano_usd=15_981_937,
        retry_cost_nano_usd=2_405_312, fallback_cost_nano_usd=8_651_234,
    )  # fmt: skip
    (row,) = breakdown_frame(Dimension.MODEL, [sums]).to_dict("records")
    assert (row["Cost"], row["Saved"]) == ("$0.632", "$0.016")
    assert (row["Retries"], row["Fallbacks"]) == ("$0.00241", "$0.00865")


def a_change(seconds: float, action: str = "rollout.set") -> AuditRow:
    at = NOW - timedelta(seconds=seconds)
    return AuditRow(1, "e", at, "ayse", action, "all", "why", None, None, None, None)


def a_view(*changes: AuditRow) -> ReliabilityView:
    frame = frame_of(NOW, timedelta(hours=1))
    rows = [
        Rollup(
            frame.edges[step],
            {Dimension.PROVIDER: name, Dimension.STATUS: status.value},
            requests=count,
        )
        for step, name, status, count in (
            (3, "openai", Status.SUCCESS, 3),
            (3, "openai", Status.ERROR, 1),
            (5, "", Status.REFUSED, 9),
        )
    ]
    return assess_range(frame, Dimension.PROVIDER, rows, changes)


def test_steps_without_requests_are_gaps_and_refusals_draw_no_line() -> None:
    view = a_view()
    lines = course(view, lambda quality: quality.error_rate)
    assert list(lines) == ["openai"]
    values = [value for _, value in lines["openai"]]
    assert values[3] == 0.25
    assert values[:3] + values[4:] == [None] * (len(values) - 1)
    frame = quality_frame(Dimension.PROVIDER, view.rows)
    assert frame["Provider"].tolist() == ["(nobody called)", "openai"]
    assert frame["Errors"].tolist() == ["–", "1 of 4"]


def a_quality(name: str, failed: int, answered: int = 0) -> Quality:
    fast = (failed + answered, *[0] * (BUCKETS - 1))
    return Quality(name, failed + answered, answered, failed, 0, 0, fast, fast)


def test_what_nobody_was_called_for_has_no_latency() -> None:
    rows = [a_quality("", failed=3), a_quality("openai", failed=0, answered=3)]
    for dimension in (Dimension.PROVIDER, Dimension.MODEL):
        frame = quality_frame(dimension, rows)
        for column in ("P50", "P95", "P99", "First token P50", "First token P95"):
            assert frame[column].tolist() == ["–", "<50 ms"]
    by_feature = quality_frame(Dimension.FEATURE, rows[:1])
    assert by_feature["Feature"].tolist() == ["(none)"]
    assert by_feature["P50"].tolist() == ["<50 ms"]


def test_what_nobody_was_called_for_draws_no_line() -> None:
    failed = Rollup(START, {Dimension.PROVIDER: "", Dimension.STATUS: "error"}, requests=2)
    view = assess_range(frame_of(NOW, timedelta(hours=1)), Dimension.PROVIDER, [failed], ())
    assert course(view, lambda quality: quality.error_rate) == {}


def test_few_requests_are_no_rate() -> None:
    assert error_text(a_quality("openai", failed=1)) == "1 of 1"
    assert error_text(a_quality("openai", failed=1, answered=72)) == "1 of 73"
    assert error_text(a_quality("openai", failed=1, answered=73)) == "1.35%"
    assert error_text(a_quality("openai", failed=0, answered=0)) == "–"


def test_changes_too_close_to_tell_apart_share_a_mark() -> None:
    marks = merge_events(a_view(a_change(2000), a_change(1990, "kill.activate"), a_change(60)))
    assert [text for _, text in marks] == ["rollout.set +1", "rollout.set"]
    assert marks[0][0] == NOW - timedelta(seconds=2000)


def test_breakers_that_are_not_closed_come_first_with_sign_and_word() -> None:
    closed = BreakerView("a", "m", BreakerState.CLOSED, "never opened", 5.0, None, None, 0)
    opened = replace(closed, provider="b", state=BreakerState.OPEN, next_probe_in_s=42.0)
    probing = replace(opened, provider="c", state=BreakerState.HALF_OPEN, next_probe_in_s=0.0)
    frame = breaker_frame(dict.fromkeys([closed, opened, probing], RouteUse.ROUTE))
    assert frame["Breaker"].tolist() == ["b/m", "c/m", "a/m"]
    assert frame["State"].tolist() == ["✕ open", "◐ half open", "✓ closed"]
    assert frame["Next probe"].tolist() == ["in 42 s", "next call", "–"]


def test_breaker_that_returns_says_so_and_stands_above_those_that_are_well() -> None:
    closed = BreakerView("a", "m", BreakerState.CLOSED, "never opened", 5.0, None, None, 0)
    returning = replace(closed, provider="b", returning_percent=50)
    frame = breaker_frame(dict.fromkeys([closed, returning], RouteUse.ROUTE))
    assert frame["State"].tolist() == ["✓ closed, returning: 50% of calls", "✓ closed"]


def test_breaker_that_nobody_asks_is_told_as_unused_and_stands_last() -> None:
    opened = BreakerView("a", "m", BreakerState.OPEN, "5 failures in a row", 5.0, 5.0, 42.0, 5)
    pinned, routed = replace(opened, provider="b"), replace(opened, provider="c")
    frame = breaker_frame(
        {opened: RouteUse.NOBODY, pinned: RouteUse.PINNED, routed: RouteUse.ROUTE}
    )
    assert frame[["Breaker", "Asked by"]].to_dict("split")["data"] == [
        ["b/m", "unused: only calls that name it"],
        ["c/m", "the route"],
        ["a/m", "unused: no longer configured"],
    ]


def a_breaker_change(seconds: float, before: object, after: object) -> AuditRow:
    change = a_change(seconds, "breaker.changed")
    return replace(change, before={"state": before}, after={"state": after})


def test_breaker_changes_are_told_with_sign_and_word() -> None:
    rows = [a_breaker_change(60, "closed", "open"), a_breaker_change(90, None, "nonsense")]
    frame = change_frame(rows, UTC)
    assert frame["Changed (UTC)"].tolist() == ["2026-11-21 11:59:00", "2026-11-21 11:58:30"]
    assert frame["Was"].tolist() == ["✓ closed", "–"]
    assert frame["Became"].tolist() == ["✕ open", "–"]


def test_mark_of_a_breaker_says_what_it_became() -> None:
    marks = merge_events(a_view(a_breaker_change(60, "closed", "open")))
    assert [text for _, text in marks] == ["breaker open"]


def test_timeline_holds_steps_and_attempts_in_order_of_time() -> None:
    intent = an_intent()
    attempt = an_attempt(intent, started_at=intent.started_at + timedelta(milliseconds=50))
    spans = list_spans(an_outcome(intent), (attempt,))
    assert [(name, start) for name, start, _, _ in spans] == [
        ("authenticate", 0),
        ("attempt 1: openai/gpt-4o-mini", 50),
    ]
    bar = timeline_chart(spans).data[0]
    assert list(bar.y) == ["2. attempt 1: openai/gpt-4o-mini", "1. authenticate"]
    assert list(bar.base) == [50, 0]


@pytest.mark.parametrize(
    ("nano", "basis", "text"),
    [
        (46_800, CostBasis.EXACT, "$0.0000468"),
        (46_800, CostBasis.ESTIMATED, "$0.0000468 (estimated)"),
        (0, CostBasis.UNPRICED, "unpriced"),
        (5 * NANO, CostBasis.UNPRICED, "≥ $5.00, part unpriced"),
    ],
)
def test_cost_says_how_it_came_about(nano: int, basis: CostBasis, text: str) -> None:
    assert cost_of(nano, basis) == text


def test_steps_are_told_in_words_with_the_numbers_of_the_chart() -> None:
    frame = step_frame(
        [("admit", 0.4, 0.3, "refused rate_limit_exceeded"), ("record", 0.7, 12, "")]
    )
    assert frame["No."].tolist() == [1, 2]
    assert frame["What came of it"].tolist() == ["refused rate_limit_exceeded", "–"]
    assert frame["After"].tolist() == ["0.4 ms", "0.7 ms"]
    assert frame["Took"].tolist() == ["0.3 ms", "12 ms"]
