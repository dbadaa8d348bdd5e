"""Sessions: which browsers are signed in, and the way to end one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

import pandas as pd
import streamlit as st

from console.components.danger import Danger, danger_panel
from console.format import age_text, escape_markdown, time_text
from services.bootstrap import Sluice
from services.domain.identity import Actor, Session


def sessions_section(sluice: Sluice, actor: Actor) -> None:
    """Every session that has not ended."""
    now, zone = sluice.clock.now(), sluice.settings.zone
    sessions = [s for s in sluice.sessions.list_sessions(actor) if s.expires_at > now]
    session_table(sessions, now, zone)
    if not sessions:
        return
    st.subheader("End a session")
    by_hash = {session.token_hash: session for session in sessions}
    chosen = st.selectbox(
        "Session",
        list(by_hash),
        format_func=lambda token_hash: _title(by_hash[token_hash], now),
        key="sessions.end",
        width=520,
    )
    login = escape_markdown(by_hash[chosen].account.login)
    text = f"**{login}** is signed out there at the next click, and can sign in again."
    danger_panel(
        f"sessions.{chosen}",
        Danger("End it", (text,), icon="logout"),
        lambda reason: sluice.sessions.end_session(actor, chosen, reason),
    )


def session_table(sessions: Sequence[Session], now: datetime, zone: tzinfo) -> None:
    """Draw sessions, newest first."""
    rows = [
        {
            "Login": session.account.login,
            "Role": session.account.role.value,
            "Signed in": age_text(session.created_at, now),
            "Until": time_text(session.expires_at, zone),
            "From": session.address or "unknown",
            "Browser": session.user_agent or "unknown",
        }
        for session in sessions
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, alt="Sessions, newest first")


def _title(session: Session, now: datetime) -> str:
    where = session.address or "an unknown address"
    return f"{session.account.login}, {age_text(session.created_at, now)}, from {where}"
