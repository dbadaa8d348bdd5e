"""A Kill switch page that stays open says when what it shows is no longer so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from console.components.kill_parts import draw_running
from console.format import clock_text, escape_markdown
from console.kill_text import scope_text
from services.bootstrap import Sluice
from services.domain.kill import KillEntry

LOOKS_EVERY_S = 2


@st.fragment(run_every=LOOKS_EVERY_S)
def kill_watch(
    sluice: Sluice,
    shown: Sequence[KillEntry],
    released: tuple[KillEntry, ...],
    drawn_at: datetime,
) -> None:
    """Compare what the page shows as stopped with what is stopped now.

    It draws nothing anew by itself: a panel that moves is pressed by mistake.
    """
    zone = sluice.settings.zone
    drawn = f"{clock_text(drawn_at, zone)} {zone}"
    active = sluice.live.register.active
    if set(active) == set(shown):
        st.caption(f"As of {drawn}; nothing was stopped or released since.")
        if not active:
            draw_running(released, sluice.clock.now())
        return
    stopped = ", ".join(f"{scope_text(e.scope)} by {escape_markdown(e.actor)}" for e in active)
    st.warning(
        f"**The switch was used since this page was drawn, at {drawn}.** "
        f"Stopped now: {stopped or 'nothing'}.",
        icon=":material/sync_problem:",
    )
    if st.button("Show it as it is now", icon=":material/refresh:"):
        st.rerun()
