"""The card of the Overview that says which feature is refused because something is used up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

import streamlit as st

from console.format import escape_markdown, seconds_text, time_text
from console.limit_text import used_up_text, whose_text
from console.navigation import page_path
from services.domain.exhaustion import Exhausted

_SHOWN = 5


def exhausted_card(exhausted: Sequence[Exhausted], now: datetime, zone: tzinfo) -> None:
    """Draw what is used up, whom that refuses and until when; nothing when nothing is."""
    if not exhausted:
        return
    with st.container(border=True):
        st.markdown("**Refused now**: caps and budgets that are used up")
        for each in exhausted[:_SHOWN]:
            st.markdown(_line(each, now, zone))
        if len(exhausted) > _SHOWN:
            st.caption(f"and {len(exhausted) - _SHOWN} more")
        st.page_link(page_path("limits"), label="Open the limits", icon=":material/speed:")


def _line(each: Exhausted, now: datetime, zone: tzinfo) -> str:
    whose, why = escape_markdown(whose_text(each.scope)), escape_markdown(used_up_text(each))
    left = seconds_text(max((each.ends_at - now).total_seconds(), 0))
    anew = f"It starts anew in {left}, at {time_text(each.ends_at, zone)}."
    if each.is_shadow:
        return f":material/visibility: **{whose}** goes on, in shadow: {why}. {anew}"
    return f":red[:material/block: **{whose}** is refused]: {why}. {anew}"
