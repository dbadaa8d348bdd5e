"""The last failed and slow requests, a page at a time; picking one puts it into the address."""

from __future__ import annotations

from datetime import datetime, tzinfo

import streamlit as st

from console.components.errors import showing_errors
from console.components.tables import paged, request_table
from services.bootstrap import Sluice
from services.domain.identity import Actor
from services.domain.ledger import Outcome, Source
from services.domain.reliability import FAILED
from services.domain.requests import RequestFilter
from services.domain.rollups import Dimension

ADDRESS = "request"
SLOW_S = (1, 2, 5, 10, 30)
_TURN = "last_requests.turn"


def last_requests(
    sluice: Sluice, actor: Actor, source: Source, start: datetime, zone: tzinfo
) -> None:
    """Draw the choice and the table of one source's requests."""
    kind, slow_s = _choose()
    failed = ((Dimension.STATUS, tuple(status.value for status in FAILED)),)
    where = RequestFilter(
        start=start,
        source=source.value,
        slower_than_ms=slow_s * 1000 if kind == "slow" else None,
        among=failed if kind == "failed" else (),
    )
    turn = st.session_state.setdefault(_TURN, 0)
    with showing_errors():
        paged(
            "last_requests",
            # Not the start, which moves with the clock: it would lead back to the first page.
            (kind, slow_s, source.value),
            lambda cursor: sluice.requests.list_requests(actor, where, cursor),
            lambda page: _open(request_table(f"last_requests.{turn}", page.rows, zone)),
        )


def close_request() -> None:
    """Leave the opened request, with nothing picked in the table any more."""
    del st.query_params[ADDRESS]
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1


def _choose() -> tuple[str, int]:
    with st.container(horizontal=True, vertical_alignment="top"):
        kind = st.segmented_control(
            "Requests",
            ["failed", "slow"],
            default="failed",
            required=True,
            format_func=str.capitalize,
            key="reliability_list",
            bind="query-params",
        )
        slow_s = st.selectbox(
            "Slower than",
            SLOW_S,
            index=2,
            format_func=lambda seconds: f"{seconds} s",
            width=130,
            disabled=kind != "slow",
            key="reliability_slow",
            bind="query-params",
        )
    return kind, slow_s


def _open(picked: Outcome | None) -> None:
    if picked is not None:
        st.query_params[ADDRESS] = picked.intent.request_id
        st.rerun()
