"""Refusals over an hour and a day, by limit, alone and together."""

from datetime import UTC, datetime

from services.domain.limit_refusals import (
    LimitRefusals,
    RefusalRow,
    build_refusals,
    span_starts,
)

STARTS = span_starts(datetime(2026, 11, 21, 12, 30, 44, 5, tzinfo=UTC))
HOUR = (LimitRefusals("user_rpm", "hint", 2, 0),)
DAY = (
    LimitRefusals("feature_daily", "hint", 0, 7),
    LimitRefusals("user_rpm", "hint", 5, 0),
    LimitRefusals("user_rpm", "plan", 1, 4),
)


def test_spans_begin_at_whole_minutes() -> None:
    assert (
        datetime(2026, 11, 21, 11, 30, tzinfo=UTC),
        datetime(2026, 11, 20, 12, 30, tzinfo=UTC),
    ) == STARTS


def test_rows_have_a_figure_for_each_span() -> None:
    assert build_refusals(STARTS, [HOUR, DAY]).rows == (
        RefusalRow("feature_daily", "hint", (0, 0), (0, 7)),
        RefusalRow("user_rpm", "hint", (2, 5), (0, 0)),
        RefusalRow("user_rpm", "plan", (0, 1), (0, 4)),
    )


def test_only_what_a_day_or_month_refuses_lasts() -> None:
    hour = (
        *HOUR,
        LimitRefusals("user_daily", "plan", 3, 0),
        LimitRefusals("feature_daily", "x", 0, 2),
    )
    assert [(r.limit, r.refused[0]) for r in build_refusals(STARTS, [hour, DAY]).lasting()] == [
        ("user_daily", 3)
    ]


def test_a_limit_is_summed_over_features_and_zero_where_it_refused_nothing() -> None:
    view = build_refusals(STARTS, [HOUR, DAY])
    assert view.of_limit("user_rpm") == RefusalRow("user_rpm", "", (2, 6), (0, 4))
    assert view.of_feature("user_rpm", "plan") == RefusalRow("user_rpm", "plan", (0, 1), (0, 4))
    assert view.of_limit("address") == RefusalRow("address", "", (0, 0), (0, 0))
