"""Tables of requests and audit events, one page of rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, Generic, Protocol, TypeVar

import pandas as pd
import streamlit as st

from console.format import milliseconds_text, money_text
from services.domain.ledger import Outcome

_REQUEST_COLUMNS = {
    "Application": st.column_config.TextColumn(width=115),
    "Feature": st.column_config.TextColumn(width=125),
    "Status": st.column_config.TextColumn(width=125),
    "Why": st.column_config.TextColumn(width=130),
    "Answered by": st.column_config.TextColumn(width=150),
    "Duration": st.column_config.TextColumn(width=75),
    "Cost": st.column_config.TextColumn(width=75),
}
"""When, who, what and outcome fit a page of 1366 px; the rest is in the detail too."""

Row = TypeVar("Row")
Row_co = TypeVar("Row_co", covariant=True)
Cursor = TypeVar("Cursor")


class Page(Protocol[Row_co]):
    """A page as the ledger and the audit log give it."""

    @property
    def rows(self) -> Sequence[Row_co]: ...

    @property
    def next_cursor(self) -> Any: ...


@dataclass
class _Place(Generic[Cursor]):
    """Where the reader is: the cursors that led here, for one filter."""

    filter: Hashable = None
    cursors: list[Cursor | None] = field(default_factory=lambda: [None])


def paged(
    key: str, where: Hashable, fetch: Callable[[Any], Page[Row]], draw: Callable[[Page[Row]], None]
) -> None:
    """Draw one page of rows, newest first, with ways to older and newer ones.

    Args:
        where: the filter; when it changes, the reader is back on the newest page.
        fetch: a page by its cursor, None for the newest.
    """
    place: _Place[Any] = st.session_state.setdefault(f"paged.{key}", _Place())
    if place.filter != where:
        place.filter, place.cursors = where, [None]
    page = fetch(place.cursors[-1])
    draw(page)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Newer",
            key=f"{key}.newer",
            icon=":material/chevron_left:",
            disabled=len(place.cursors) == 1,
            on_click=place.cursors.pop,
        )
        st.button(
            "Older",
            key=f"{key}.older",
            icon=":material/chevron_right:",
            disabled=page.next_cursor is None,
            on_click=place.cursors.append,
            args=(page.next_cursor,),
        )
        st.caption(f"Page {len(place.cursors)}")


def request_frame(rows: Sequence[Outcome], zone: tzinfo) -> pd.DataFrame:
    """Requests as the table shows them."""
    return pd.DataFrame(
        [
            {
                f"Started ({zone})": f"{row.intent.started_at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
                "Application": row.intent.application,
                "Feature": row.intent.feature,
                "Status": _status_text(row),
                "Why": row.decision,
                "Answered by": f"{row.provider}/{row.model}" if row.provider else "nobody",
                "Duration": milliseconds_text(row.duration_ms),
                "Cost": money_text(row.cost_nano_usd),
                "Tokens": row.usage.total_tokens,
                "Mock": "mock" if row.is_mock else "",
                "Request id": row.intent.request_id,
            }
            for row in rows
        ]
    )


def _status_text(row: Outcome) -> str:
    """The status, with what a reader would take a plain "success" for."""
    if row.is_degraded:
        return f"{row.status} (invented)"
    return f"{row.status} (cached)" if row.is_cached else row.status.value


def request_table(key: str, rows: Sequence[Outcome], zone: tzinfo) -> Outcome | None:
    """Draw requests; returns the one that the reader has picked."""
    if not rows:
        st.info("No requests match.", icon=":material/search_off:")
        return None
    state = st.dataframe(
        request_frame(rows, zone),
        key=key,
        column_config=_REQUEST_COLUMNS,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        alt="Requests, newest first",
    )
    picked = state["selection"]["rows"]
    return rows[picked[0]] if picked and picked[0] < len(rows) else None
