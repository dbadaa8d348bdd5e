"""A figure on a card: value, true zero, no data and source down each look and read differently."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeVar

import streamlit as st

from console.format import age_text
from services.domain.budgets import BudgetView
from services.domain.periods import Period
from services.domain.readings import Reading, ReadingState

T = TypeVar("T")
U = TypeVar("U")
Colour = Literal["blue", "gray", "orange", "red"]


@dataclass(frozen=True, slots=True)
class Face:
    """How a reading looks: never by colour alone, and never green."""

    text: str
    icon: str
    colour: Colour
    origin: str


def describe_reading(reading: Reading[T], show: Callable[[T], str], now: datetime) -> Face:
    """The words and the icon of a reading.

    Args:
        show: the value as text; only called when there is one.
    """
    if reading.state is ReadingState.DOWN:
        return Face("Unknown", "cloud_off", "red", f"{reading.source} does not answer")
    if reading.state is ReadingState.NO_DATA or reading.value is None:
        return Face("No data", "hourglass_empty", "gray", f"{reading.source}: none yet")
    origin = f"{reading.source}, {age_text(reading.as_of, now)}"
    if reading.state is ReadingState.ZERO:
        return Face(show(reading.value), "exposure_zero", "gray", f"a true zero · {origin}")
    return Face(show(reading.value), "query_stats", "blue", origin)


def pick_reading(
    reading: Reading[T],
    pick: Callable[[T], U | None],
    is_zero: Callable[[U], bool] = lambda value: value == 0,
) -> Reading[U]:
    """One figure of a reading that holds several; no data when it is not among them."""
    part = None if reading.value is None else pick(reading.value)
    if part is not None:
        state = ReadingState.ZERO if is_zero(part) else ReadingState.VALUE
    elif reading.state is ReadingState.DOWN:
        state = ReadingState.DOWN
    else:
        state = ReadingState.NO_DATA
    return Reading(state, part, reading.as_of, reading.source, reading.problem)


def pick_budget(
    budgets: Reading[tuple[BudgetView, ...]], scope: str, period: Period
) -> Reading[BudgetView]:
    """The budget of a scope and period."""

    def find(views: tuple[BudgetView, ...]) -> BudgetView | None:
        wanted = (scope, period)
        return next((v for v in views if (v.budget.scope, v.budget.period) == wanted), None)

    return pick_reading(budgets, find, lambda view: view.spent_nano_usd == 0)


def even_trend(
    points: Sequence[tuple[datetime, float]], step: timedelta = timedelta(minutes=15)
) -> list[float]:
    """The points at even steps for a sparkline, which knows no times: a step without one is 0."""
    if not points:
        return []
    known = dict(points)
    steps = int((points[-1][0] - points[0][0]) / step) + 1
    return [known.get(points[0][0] + n * step, 0.0) for n in range(steps)]


def state_card(
    label: str,
    reading: Reading[T],
    show: Callable[[T], str],
    *,
    now: datetime,
    note: Callable[[T], str] = lambda value: "",
    alarm: Callable[[T], str | None] = lambda value: None,
    trend: Callable[[T], Sequence[float]] | None = None,
    help: str | None = None,  # noqa: A002 - Streamlit's word
) -> None:
    """Draw a reading as a card with its age and source.

    Args:
        note: a few words under the value.
        alarm: what is wrong with the value; replaces the note, in red and with a sign.
        trend: the points of a sparkline, oldest first.
    """
    face = describe_reading(reading, show, now)
    value = reading.value
    problem = None if value is None else alarm(value)
    words = face.origin if value is None else (problem or note(value) or face.origin)
    points = None if value is None or trend is None else list(trend(value))
    st.metric(
        label,
        face.text,
        delta=words,
        delta_color="red" if problem else face.colour,
        delta_arrow="off",
        icon=f":material/{'error' if problem else face.icon}:",
        help=" · ".join(filter(None, (help, reading.problem, face.origin))),
        border=True,
        height="stretch",
        chart_data=points if points and len(points) > 1 else None,
        chart_type="area",
    )


def mock_badge(text: str = "mock: invented answers, no provider is called") -> None:
    """The mark of figures and answers that no real model stands behind."""
    st.badge(text, icon=":material/theater_comedy:", color="orange")
