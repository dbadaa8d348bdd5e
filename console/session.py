"""The Sluice of this process, and who is behind this run of the script."""

from __future__ import annotations

import streamlit as st

from services import bootstrap
from services.api.auth import SESSION_COOKIE
from services.bootstrap import Sluice
from services.domain.identity import Actor, Permission

_NOTED = "session.forbidden_pages_noted"


def sluice() -> Sluice:
    """The running Sluice of this process."""
    return bootstrap.current()


def session_token() -> str | None:
    """The value of the session cookie; tests replace this, as AppTest sends no cookies."""
    return st.context.cookies.get(SESSION_COOKIE)


def current_actor() -> Actor:
    """Whoever is signed in, read anew so that a changed role or an ended session counts at once.

    Without a live session the run ends here with a way to sign in again.
    """
    token = session_token()
    session = sluice().sessions.find_session(token) if token else None
    if session is None:
        _draw_signed_out()
        st.stop()
    return session.actor()


def require_page(permission: Permission, page: str) -> Actor:
    """Whoever is signed in, if they may see the page; otherwise the run ends with "not allowed".

    Args:
        page: its title, for the message and the audit event.
    """
    actor = current_actor()
    if not actor.may(permission):
        _note_once(actor, page)
        st.title(page, icon=":material/lock:")
        st.error(
            f"You may not see this page: role {actor.role} lacks permission {permission}. "
            "Ask an administrator for a role that has it. This visit is in the audit log.",
            icon=":material/block:",
        )
        st.stop()
    return actor


def _note_once(actor: Actor, page: str) -> None:
    noted: set[str] = st.session_state.setdefault(_NOTED, set())
    if page not in noted:
        noted.add(page)
        sluice().sessions.note_forbidden(actor, page)


def _draw_signed_out() -> None:
    st.title("You are signed out", icon=":material/logout:")
    st.markdown(
        "Your session has ended, or an administrator closed it. "
        '<a href="/auth/sign-in" target="_self">Sign in</a>',
        unsafe_allow_html=True,
    )
