"""What every page says at its top: AI is stopped, or the ledger cannot be trusted now."""

from __future__ import annotations

import streamlit as st

from console.format import age_text, escape_markdown
from console.kill_text import is_everything_stopped, scope_text
from console.navigation import page_path
from services.bootstrap import Sluice
from services.domain.readings import ReadingState


def draw_kill_banner(sluice: Sluice) -> None:
    """Say whether all of AI is stopped or which parts; read from memory, so never missing."""
    active = sluice.live.register.active
    if not active:
        return
    now = sluice.clock.now()
    lines = [
        f"**{scope_text(entry.scope)}** by {escape_markdown(entry.actor)}, "
        f"{age_text(entry.at, now)}: {escape_markdown(entry.reason)}"
        for entry in active[:3]
    ]
    more = [f"and {len(active) - 3} more"] if len(active) > 3 else []
    opening = "AI is stopped. " if is_everything_stopped(active) else "AI is partly stopped: "
    st.error(opening + "; ".join(lines + more), icon=":material/front_hand:")
    link_kill_switch()


def link_kill_switch() -> None:
    """The way to where a stop is ended."""
    st.page_link(page_path("kill_switch"), label="Open the kill switch")


def draw_ledger_banner(sluice: Sluice) -> None:
    """Say that the ledger does not answer: figures are missing, not nothing."""
    ledger = sluice.system.get_ledger()
    if ledger.state is ReadingState.DOWN:
        st.warning(
            "The ledger does not answer, so pages show no figures rather than partial ones. "
            "Requests go on and are kept in the journal; the kill switch works. "
            f"({escape_markdown(ledger.problem or '')})",
            icon=":material/cloud_off:",
        )
