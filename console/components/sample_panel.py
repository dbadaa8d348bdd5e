"""Sample traffic on a page: offered where there is nothing to see and on System, taken away where
it lies."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from console.components.errors import showing_errors
from console.format import count_text
from console.navigation import page_path
from console.session import sluice
from services.domain.identity import Actor, Permission

_RECENT = timedelta(hours=24)


def sample_panel(actor: Actor) -> None:
    """Draw the button that fits, for those who may press it.

    It stands in the page's main script: a widget in a timed fragment waits for its redrawing.
    """
    recent = sluice().status.get_traffic(_RECENT)
    if recent.problem is not None:
        return  # the page says already that the ledger is down
    with showing_errors():
        _draw(actor, is_offered=recent.value is None)


def sample_section(actor: Actor) -> None:
    """The same under a heading of its own, offered whatever else the ledger holds."""
    if not actor.may(Permission.SEND_SAMPLE_TRAFFIC):
        return
    st.subheader("Sample data")
    with showing_errors():
        _draw(actor, is_offered=True)


def _draw(actor: Actor, *, is_offered: bool) -> None:
    samples = sluice().sample_traffic.get_state().requests
    if samples:
        _draw_removal(actor, samples)
    elif is_offered and actor.may(Permission.SEND_SAMPLE_TRAFFIC):
        _draw_offer(actor)


def _draw_offer(actor: Actor) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button("Send sample traffic", icon=":material/science:", key="samples.send")
        st.caption(
            "Fills the charts with a week of invented requests. They cost nothing, are marked, "
            "stay out of all totals and budgets, and go again with one click."
        )
    if pressed:
        with st.spinner("Sending 2,000 requests…"):
            sluice().sample_traffic.send(actor)
        st.rerun()


def _draw_removal(actor: Actor, samples: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(
            f"{count_text(samples)} sample requests", icon=":material/science:", color="orange"
        )
        st.page_link(
            page_path("cost"),
            label=":blue[See them on Cost]",
            icon=":material/arrow_forward:",
            query_params={"cost_traffic": "Sample data"},
        )
        st.page_link(
            page_path("reliability"),
            label=":blue[and on Reliability]",
            icon=":material/arrow_forward:",
            query_params={"reliability_traffic": "Sample data", "reliability_span": "7 days"},
        )
        pressed = actor.may(Permission.SEND_SAMPLE_TRAFFIC) and st.button(
            "Remove sample traffic", icon=":material/delete:", key="samples.remove"
        )
    if pressed:
        sluice().sample_traffic.remove(actor)
        st.rerun()
