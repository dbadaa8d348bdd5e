"""What the Cost page asks its reader: whose requests, which of them, and how days are shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from console.components.choices import NAMES, TRAFFIC, choice_boxes, read_chosen
from services.domain.costs import BREAKDOWNS, CostReport, Where
from services.domain.ledger import Source
from services.domain.rollups import Dimension


@dataclass(frozen=True, slots=True)
class CostQuestion:
    """Which requests' costs, and the dimension that days are shown by."""

    sources: tuple[Source, ...]
    where: Where
    stack: Dimension


def cost_bar(read: Callable[[CostQuestion], CostReport]) -> CostReport:
    """Draw the filters around one read: its figures tell what there is to choose from."""
    with st.container(horizontal=True, vertical_alignment="top"):
        sources = _choose_sources()
        boxes = st.container(horizontal=True, vertical_alignment="top")
    chosen = read_chosen("cost", BREAKDOWNS)
    report = None
    try:
        report = read(CostQuestion(sources, chosen, read_stack()))
    finally:
        # Also when the read fails, so that the filters are still there when it works again.
        with boxes:
            choice_boxes("cost", chosen, {} if report is None else report.choices)
    return report


def choose_stack() -> None:
    """Let the reader choose what days are shown by; `read_stack` has it."""
    st.segmented_control(
        "Days by",
        [NAMES[dimension] for dimension in BREAKDOWNS],
        default=NAMES[BREAKDOWNS[0]],
        key="cost_by",
        bind="query-params",
        required=True,
        label_visibility="collapsed",
    )


def read_stack() -> Dimension:
    """What days are shown by, before its control is drawn."""
    name = st.session_state.get("cost_by") or st.query_params.get("cost_by")
    return next((d for d in BREAKDOWNS if NAMES[d] == name), BREAKDOWNS[0])


def _choose_sources() -> tuple[Source, ...]:
    chosen = st.pills(
        "Requests of",
        list(TRAFFIC.values()),
        selection_mode="multi",
        default=[TRAFFIC[Source.APPLICATION]],
        key="cost_traffic",
        bind="query-params",
    )
    sources = tuple(source for source, name in TRAFFIC.items() if name in chosen)
    return sources or (Source.APPLICATION,)
