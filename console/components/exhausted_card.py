"""The card of the Overview that says which feature is refused because something is used up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

import streamlit as st

from console.format import escape_markdown, seconds_text, time_text
from console.limit_text import refused_text, used_up_text, whose_text
from console.navigation import page_path
from services.domain.exhaustion import Exhausted
from services.domain.limit_refusals import RefusalRow

_SHOWN = 5


def exhausted_card(
    exhausted: Sequence[Exhausted], refusals: Sequence[RefusalRow], now: datetime, zone: tzinfo
) -> None:
    """Draw what is used up, whom that refuses and until when; nothing when nothing is.

    Args:
        refusals: what other quotas, caps and budgets refused in the last hour.
    """
    lines = [_line(each, now, zone) for each in exhausted]
    lines += [f":orange[:material/block:] {escape_markdown(refused_text(row))}" for row in refusals]
    if not lines:
        return
    with st.container(border=True):
        st.markdown("**Refused now** by caps, quotas and budgets")
        for line in lines[:_SHOWN]:
            st.markdown(line)
        if len(lines) > _SHOWN:
            st.caption(f"and {len(lines) - _SHOWN} more")
        st.page_link(page_path("limits"), label="Open the limits", icon=":material/speed:")


def _line(each: Exhausted, now: datetime, zone: tzinfo) -> str:
    whose, why = escape_markdown(whose_text(each.scope)), escape_markdown(used_up_text(each))
    left = seconds_text(max((each.ends_at - now).total_seconds(), 0))
    anew = f"It starts anew in {left}, at {time_text(each.ends_at, zone)}."
    if each.is_shadow:
        return f":material/visibility: **{whose}** goes on, in shadow: {why}. {anew}"
    return f":red[:material/block: **{whose}** is refused]: {why}. {anew}"
