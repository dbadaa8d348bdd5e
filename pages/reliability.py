"""Reliability: are users hurt, and by whom?"""

from datetime import datetime

import streamlit as st

from console.components import error_box, span_bar, span_text
from console.components.breaker_board import (
    breaker_changes,
    breaker_panel,
    breaker_table,
    provider_panel,
)
from console.components.choices import NAMES, source_choice
from console.components.last_requests import ADDRESS, close_request, last_requests
from console.components.quality_parts import (
    SHARES,
    quality_cards,
    quality_charts,
    quality_table,
)
from console.components.request_detail import request_detail
from console.format import clock_text
from console.session import require_page, sluice
from services.domain.errors import SluiceError
from services.domain.identity import Actor, Permission
from services.domain.ledger import Source
from services.domain.rollups import Dimension

PARTS = (Dimension.PROVIDER, Dimension.MODEL, Dimension.FEATURE)


def draw_quality(now: datetime) -> tuple[datetime, Source]:
    """How requests went; returns where the range begins, and whose requests are shown."""
    with st.container(horizontal=True, vertical_alignment="top"):
        span = span_bar("reliability")
        part = st.segmented_control(
            "By", [d.value for d in PARTS], default=PARTS[0].value, required=True,
            format_func=lambda v: NAMES[Dimension(v)], key="reliability_by", bind="query-params",
        )  # fmt: skip
        percentile = st.segmented_control(
            "Percentile", list(SHARES), default="P95", required=True,
            key="reliability_percentile", bind="query-params",
        )  # fmt: skip
        source = source_choice("reliability")
    st.caption(span_text(span, now, sluice().settings.zone))
    reading = sluice().reliability.get_view(span, Dimension(part), source)
    quality_cards(reading, now)
    breaker_table(sluice().breakers.list_views(), sluice().live.snapshot)
    breaker_changes(sluice().breakers.list_changes(span), sluice().settings.zone)
    view = reading.value
    if view is not None and view.total.requests:
        quality_table(view)
        quality_charts(view, percentile, sluice().settings.zone)
    return now - span, source


def draw_controls(actor: Actor) -> None:
    """What an operator can do about a model or a provider."""
    with st.expander("Change a breaker, check a provider", icon=":material/build:"):
        left, right = st.columns([5, 4], gap="medium")
        with left:
            breaker_panel(sluice(), actor, sluice().breakers.list_views())
        with right:
            provider_panel(sluice(), actor)


def draw_request(actor: Actor, request_id: str) -> None:
    """One request instead of the board."""
    if st.button("Back to Reliability", icon=":material/arrow_back:"):
        close_request()
        st.rerun()
    try:
        detail = sluice().requests.get_request(actor, request_id)
    except SluiceError as error:
        error_box(error)
    else:
        request_detail(actor, detail, zone)


actor = require_page(Permission.VIEW, "Reliability")
now, zone = sluice().clock.now(), sluice().settings.zone
with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Reliability", width="content")
    st.caption(f"As of {clock_text(now, zone)} {zone}")
if ADDRESS in st.query_params:
    draw_request(actor, st.query_params[ADDRESS])
else:
    start, source = draw_quality(now)
    draw_controls(actor)
    st.subheader("Last requests")
    last_requests(sluice(), actor, source, start, zone)
