"""My account: the password, and where else I am signed in."""

import streamlit as st

from console.components import showing_errors
from console.components.sessions import session_table
from console.session import require_page, session_token, sluice
from services.domain.credentials import MINIMUM_PASSWORD
from services.domain.errors import Unprocessable
from services.domain.identity import Actor, Permission

CHANGES = "account.changes"


def change_password(actor: Actor, old: str, new: str, repeated: str) -> None:
    """Change it; the next run draws an empty form and says so."""
    if new != repeated:
        raise Unprocessable("The two new passwords differ: type the same one twice.")
    sluice().accounts.change_own_password(actor, old, new, kept_token=session_token())
    st.session_state[CHANGES] += 1
    st.rerun()


def draw_form(actor: Actor) -> None:
    """Ask for the present password and a new one."""
    changes = st.session_state.setdefault(CHANGES, 0)
    if changes:
        st.success("The password is changed; other sessions of yours have ended.")
    with st.form(f"account.{changes}", width=420):
        labels = ("Present password", "New password", "New password again")
        old, new, repeated = (
            st.text_input(label, type="password", key=f"account.{changes}.{label}")
            for label in labels
        )
        st.caption(f"At least {MINIMUM_PASSWORD} characters, without your login in it.")
        pressed = st.form_submit_button("Change password", type="primary")
    if pressed:
        with showing_errors():
            change_password(actor, old, new, repeated)


actor = require_page(Permission.VIEW, "My account")
st.title("My account")
st.markdown(f"Signed in as **{actor.name}**, role {actor.role}.")
st.subheader("Password")
draw_form(actor)
st.subheader("Where you are signed in")
with showing_errors():
    now = sluice().clock.now()
    mine = [s for s in sluice().sessions.list_own_sessions(actor) if s.expires_at > now]
    session_table(mine, now, sluice().settings.zone)
