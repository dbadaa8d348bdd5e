"""What the Reliability page says of requests: figures, a table by part, and courses over time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo

import pandas as pd
import streamlit as st

from console.charts import Point, line_chart, mark_events
from console.components.cards import pick_reading, state_card
from console.components.choices import NAMES, shown_value
from console.components.status_cards import slow_text
from console.format import count_text, percentile_text, seconds_text, share_text
from console.verdict import Level, error_level
from services.domain.audit import AuditRow
from services.domain.readings import Reading
from services.domain.reliability import Quality, ReliabilityView
from services.domain.rollups import Dimension

SHARES = {"P50": 0.5, "P95": 0.95, "P99": 0.99}
NOBODY = "(nobody called)"
SHOWN_LINES = 5
CHART_HEIGHT = 240
MARKS_ACROSS = 40
Measure = Callable[[Quality], float | None]


def quality_cards(reading: Reading[ReliabilityView], now: datetime) -> None:
    """Draw requests, errors, latency and first tokens of the whole range."""
    total = pick_reading(reading, lambda view: view.total, lambda q: q.requests == 0)
    places = st.columns(6, gap="small")
    with places[0]:
        state_card("Requests", total, lambda q: count_text(q.requests), now=now, note=_refused)
    with places[1]:
        state_card(
            "Errors",
            pick_reading(total, lambda q: None if q.error_rate is None else q, _has_no_failure),
            error_text,
            now=now,
            note=lambda q: f"{count_text(q.failed)} failed",
            alarm=lambda q: f"{count_text(q.failed)} failed" if _is_failing(q) else None,
        )
    for place, name in zip(places[2:5], SHARES, strict=True):
        with place:
            _latency_card(total, name, now)
    with places[5]:
        state_card(
            "First token",
            pick_reading(total, lambda q: q.first_token_ms(SHARES["P95"])),
            percentile_text,
            now=now,
            note=lambda ms: "P95 of streams",
        )


def quality_frame(dimension: Dimension, rows: Sequence[Quality]) -> pd.DataFrame:
    """Qualities as the table shows them."""
    return pd.DataFrame(
        [
            {
                NAMES[dimension]: part_text(dimension, row.name),
                "Requests": row.requests,
                "Errors": error_text(row),
                "Failed": row.failed,
                "Refused": row.refused,
                "Degraded": row.degraded,
                **_times(row, was_called=not is_nobody(dimension, row.name)),
            }
            for row in rows
        ]
    )


def error_text(quality: Quality) -> str:
    """The error rate; of few requests what became of them, as they make no rate."""
    return share_text(quality.failed, quality.counted)


def is_nobody(dimension: Dimension, name: str) -> bool:
    """Whether the part holds the requests that no provider was called for."""
    return not name and dimension in {Dimension.PROVIDER, Dimension.MODEL}


def part_text(dimension: Dimension, name: str) -> str:
    """A part's name as the page shows it."""
    return NOBODY if is_nobody(dimension, name) else shown_value(name)


def quality_table(view: ReliabilityView) -> None:
    """Draw the parts, most requests first."""
    frame = quality_frame(view.dimension, view.rows)
    name = NAMES[view.dimension].lower()
    st.dataframe(frame, hide_index=True, alt=f"Errors and latency by {name}")


def quality_charts(view: ReliabilityView, percentile: str, zone: tzinfo) -> None:
    """Draw errors and latency, requests and first tokens over time, with what was changed."""
    share = SHARES[percentile]
    step = seconds_text(view.frame.step.total_seconds())
    charts: tuple[tuple[str, Measure], ...] = (
        ("Errors, %", lambda q: None if q.error_rate is None else q.error_rate * 100),
        (f"{percentile} latency, s", lambda q: _seconds(q.latency_ms(share))),
        (f"Requests in {step}", lambda q: q.requests),
        (f"{percentile} first token, s", lambda q: _seconds(q.first_token_ms(share))),
    )
    events = merge_events(view)
    for pair in (charts[:2], charts[2:]):
        for place, (title, measure) in zip(st.columns(2, gap="small"), pair, strict=True):
            figure = line_chart(course(view, measure), zone=zone, y_title=title)
            mark_events(figure, events, zone).update_layout(height=CHART_HEIGHT)
            # Along their lines: side by side they would cover each other and the legend.
            figure.update_annotations(textangle=-90, yanchor="top", xanchor="right")
            with place:
                alt = f"{title} by {NAMES[view.dimension].lower()}, over time"
                st.plotly_chart(figure, config={"displayModeBar": False}, alt=alt)


def merge_events(view: ReliabilityView) -> list[tuple[datetime, str]]:
    """The changes as marks; those too close to be told apart share one."""
    first, last = view.frame.edges[0], view.frame.edges[-1]
    near = (last - first) / MARKS_ACROSS
    marks: list[tuple[datetime, list[str]]] = []
    for change in view.changes:
        if marks and change.at - marks[-1][0] < near:
            marks[-1][1].append(_mark(change))
        else:
            marks.append((change.at, [_mark(change)]))
    return [
        (at, actions[0] + (f" +{len(actions) - 1}" if len(actions) > 1 else ""))
        for at, actions in marks
    ]


def _mark(change: AuditRow) -> str:
    """The change in two words; of a breaker what it became."""
    became = (change.after or {}).get("state")
    return f"breaker {became}" if change.action.startswith("breaker.") and became else change.action


def course(view: ReliabilityView, measure: Measure) -> dict[str, list[Point]]:
    """A measure over the steps, a line a part; a step without requests is a gap.

    Parts that only hold refusals have no line, nor has what nobody was called for.
    """
    lines = {}
    called = [
        row
        for row in view.rows
        if row.error_rate is not None and not is_nobody(view.dimension, row.name)
    ]
    for row in called[:SHOWN_LINES]:
        known = dict(view.series[row.name])
        steps = [(at, known.get(at)) for at in view.frame.edges[:-1]]
        lines[shown_value(row.name)] = [(at, None if q is None else measure(q)) for at, q in steps]
    return lines


def _times(row: Quality, *, was_called: bool) -> dict[str, str]:
    """The columns of latency; of requests that nobody was called for they would tell nothing."""
    times = {name: row.latency_ms(share) for name, share in SHARES.items()}
    times |= {f"First token {name}": row.first_token_ms(SHARES[name]) for name in ("P50", "P95")}
    return {name: percentile_text(ms if was_called else None) for name, ms in times.items()}


def _seconds(ms: float | None) -> float | None:
    return None if ms is None else ms / 1000


def _refused(quality: Quality) -> str:
    return f"{count_text(quality.refused)} refused"


def _has_no_failure(quality: Quality) -> bool:
    return quality.failed == 0


def _is_failing(quality: Quality) -> bool:
    level = error_level(quality.failed, quality.counted)
    return level not in (None, Level.FEW)


def _latency_card(total: Reading[Quality], name: str, now: datetime) -> None:
    share = SHARES[name]

    def find(quality: Quality) -> Quality | None:
        return None if quality.latency_ms(share) is None else quality

    state_card(
        f"{name} latency",
        pick_reading(total, find, lambda quality: False),
        lambda quality: percentile_text(quality.latency_ms(share)),
        now=now,
        note=lambda quality: "whole answer",
        alarm=lambda quality: slow_text(quality.latency_counts) if name == "P95" else None,
    )
