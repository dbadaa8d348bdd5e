"""Rows in, Plotly figure out. Pure; colours come from the theme, at most 300 points a series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo

import plotly.graph_objects as go

from console.format import exact_money_text, milliseconds_text, money_text
from services.domain.money import NANO

MAXIMUM_POINTS = 300
HEIGHT = 320
LIMIT_LINE = {"dash": "dash", "width": 1.5, "color": "#D13438"}
EVENT_LINE = {"dash": "dot", "width": 1, "color": "#7D8A98"}

MARKER_SIZE = 7

Point = tuple[datetime, float | None]


def thin_points(points: Sequence[Point], maximum: int = MAXIMUM_POINTS) -> list[Point]:
    """At most so many points: of each run of neighbours the highest, so that no spike is lost."""
    if len(points) <= maximum:
        return list(points)
    size = -(-len(points) // maximum)
    return [_highest(points[start : start + size]) for start in range(0, len(points), size)]


def stacked_cost_chart(
    series: Mapping[str, Sequence[tuple[date, int]]], y_title: str = "US dollars"
) -> go.Figure:
    """Cost by day and part, one bar a day; parts keep the order they come in."""
    figure = go.Figure()
    for name, days in series.items():
        figure.add_bar(
            x=[day.isoformat() for day, _ in days],
            y=[nano / NANO for _, nano in days],
            customdata=[exact_money_text(nano) for _, nano in days],
            hovertemplate="%{x}<br>%{customdata}<extra>%{fullData.name}</extra>",
            name=name,
        )
    figure.update_layout(barmode="stack")
    return _laid_out(figure, y_title=y_title, y_prefix="$")


def fold_small_series(
    series: Mapping[str, Sequence[tuple[date, int]]], keep: int = 5
) -> dict[str, Sequence[tuple[date, int]]]:
    """The first series as they are, all further ones added up: a legend has room for a few."""
    if len(series) <= keep + 1:
        return dict(series)
    names = list(series)
    rest = [dict(series[name]) for name in names[keep:]]
    days = [day for day, _ in series[names[0]]]
    others = [(day, sum(part.get(day, 0) for part in rest)) for day in days]
    return {name: series[name] for name in names[:keep]} | {f"{len(rest)} others": others}


def mark_limit(figure: go.Figure, limit_nano_usd: int, text: str) -> go.Figure:
    """Draw an amount of money as a dashed line."""
    figure.add_hline(
        y=limit_nano_usd / NANO,
        line=LIMIT_LINE,
        annotation_text=text,
        annotation_position="top left",
    )
    return figure


def breakdown_chart(parts: Sequence[tuple[str, int]]) -> go.Figure:
    """Cost by part, dearest on top."""
    ordered = sorted(parts, key=lambda part: part[1])
    figure = go.Figure(
        go.Bar(
            x=[nano / NANO for _, nano in ordered],
            y=[name for name, _ in ordered],
            text=[money_text(nano) for _, nano in ordered],
            customdata=[exact_money_text(nano) for _, nano in ordered],
            hovertemplate="%{y}<br>%{customdata}<extra></extra>",
            orientation="h",
            cliponaxis=False,
        )
    )
    height = max(120, 48 + 34 * len(ordered))
    figure.update_layout(height=height, margin={"l": 8, "r": 64, "t": 8, "b": 8})
    figure.update_xaxes(tickprefix="$", rangemode="tozero")
    figure.update_yaxes(type="category")
    return figure


def line_chart(
    series: Mapping[str, Sequence[Point]],
    *,
    zone: tzinfo,
    y_title: str,
) -> go.Figure:
    """Lines over time in a zone; a gap stays a gap, a lone point is a dot."""
    figure = go.Figure()
    for name, points in series.items():
        kept = thin_points(points)
        figure.add_scatter(
            x=[at.astimezone(zone).replace(tzinfo=None) for at, _ in kept],
            y=[value for _, value in kept],
            mode="lines+markers",
            marker={"size": [MARKER_SIZE if alone else 0 for alone in _list_isolated(kept)]},
            connectgaps=False,
            cliponaxis=False,
            name=name,
        )
    figure.update_xaxes(title_text=str(zone))
    return _laid_out(figure, y_title=y_title)


def timeline_chart(spans: Sequence[tuple[str, float, float, str]]) -> go.Figure:
    """Steps of one request below each other: (name, start in ms, length in ms, outcome)."""
    ordered = list(reversed(spans))
    figure = go.Figure(
        go.Bar(
            base=[start for _, start, _, _ in ordered],
            x=[length for _, _, length, _ in ordered],
            # The number keeps two steps of one name apart.
            y=[
                f"{number}. {span[0]}"
                for number, span in zip(range(len(spans), 0, -1), ordered, strict=True)
            ],
            text=[milliseconds_text(length) for _, _, length, _ in ordered],
            textposition="outside",
            customdata=[outcome for _, _, _, outcome in ordered],
            hovertemplate="%{y}<br>%{text}, %{customdata}<extra></extra>",
            orientation="h",
            cliponaxis=False,
        )
    )
    height = 72 + 24 * len(ordered)
    figure.update_layout(height=height, margin={"l": 8, "r": 72, "t": 8, "b": 8}, bargap=0.25)
    figure.update_xaxes(title_text="milliseconds since the request came in", rangemode="tozero")
    figure.update_yaxes(type="category")
    return figure


def mark_events(
    figure: go.Figure, events: Sequence[tuple[datetime, str]], zone: tzinfo
) -> go.Figure:
    """Draw what operators and rules did as vertical lines, so that causes stand by effects."""
    for at, text in events:
        place = at.astimezone(zone).replace(tzinfo=None)
        figure.add_shape(type="line", x0=place, x1=place, y0=0, y1=1, yref="paper", line=EVENT_LINE)
        figure.add_annotation(
            x=place, y=1, yref="paper", yanchor="bottom", text=text[:40], showarrow=False
        )
    return figure


def _highest(points: Sequence[Point]) -> Point:
    known = [point for point in points if point[1] is not None]
    return max(known, key=lambda point: point[1] or 0) if known else points[0]


def _list_isolated(points: Sequence[Point]) -> list[bool]:
    """For each point whether it has no neighbour to be joined to: a line alone would hide it."""
    known = [False, *(value is not None for _, value in points), False]
    return [
        here and not before and not after
        for before, here, after in zip(known, known[1:], known[2:], strict=False)
    ]


def _laid_out(figure: go.Figure, *, y_title: str, y_prefix: str = "") -> go.Figure:
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 8, "r": 8, "t": 24, "b": 8},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        hovermode="closest",
        showlegend=len(figure.data) > 1,
    )
    figure.update_yaxes(title_text=y_title, tickprefix=y_prefix, rangemode="tozero")
    return figure
