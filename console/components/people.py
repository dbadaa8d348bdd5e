"""Accounts: who may sign in, with which role; make one, change one."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from console.components.danger import Danger, danger_panel
from console.format import time_text
from services.bootstrap import Sluice
from services.domain.credentials import MINIMUM_PASSWORD
from services.domain.identity import Account, Actor, Role

ROLE_HELP = (
    "viewer: sees figures and exports them. author: also the playground and prompts. operator: "
    "also rollout, kill switch, breakers, audit. admin: also accounts, keys and sessions."
)
_TURN = "people.turn"
_ROLES: tuple[Role, ...] = tuple(Role)
_CHANGES = {
    "role": "Change the role",
    "password": "Set a password",
    "close": "Close or reopen",
}


def people_section(sluice: Sluice, actor: Actor) -> None:
    """Every account, the way to a new one, and what can be changed of one."""
    accounts = sluice.accounts.list_accounts(actor)
    zone = sluice.settings.zone
    rows = [
        {
            "Login": account.login,
            "Role": account.role.value,
            "State": "open" if account.is_active else "closed",
            "Since": time_text(account.created_at, zone),
        }
        for account in accounts
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, alt="Accounts")
    st.subheader("New account")
    _create(sluice, actor)
    st.subheader("Change an account")
    _change(sluice, actor, accounts)


def _create(sluice: Sluice, actor: Actor) -> None:
    turn = st.session_state.get(_TURN, 0)
    with st.container(horizontal=True):
        login = st.text_input("Login", key=f"people.login.{turn}", autocomplete="off")
        role = st.selectbox("Role", _ROLES, key=f"people.role.{turn}", help=ROLE_HELP)
        password = _password(f"people.password.{turn}")

    def run(reason: str) -> Account:
        made = sluice.accounts.create_account(actor, login, role, password, reason)
        st.session_state[_TURN] = turn + 1
        return made

    danger = Danger("Create", (), icon="person_add")
    made = danger_panel("people.create", danger, run)
    if made is not None:
        st.success(f"Account {made.login} can sign in now, as {made.role}.")


def _change(sluice: Sluice, actor: Actor, accounts: tuple[Account, ...]) -> None:
    by_login = {account.login: account for account in accounts}
    with st.container(horizontal=True):
        login = st.selectbox("Account", list(by_login), key="people.who")
        what = st.selectbox("What", list(_CHANGES), format_func=_CHANGES.__getitem__)
    account = by_login[login]
    if what == "role":
        danger, run = _set_role(sluice, actor, account)
    elif what == "password":
        danger, run = _set_password(sluice, actor, account)
    else:
        danger, run = _set_active(sluice, actor, account)
    if danger_panel(f"people.{what}.{account.id}", danger, run):
        st.success(f"Done: {account.login}.")


_Asked = tuple[Danger, Callable[[str], bool]]


def _set_role(sluice: Sluice, actor: Actor, account: Account) -> _Asked:
    role = st.selectbox(
        "New role",
        _ROLES,
        index=_ROLES.index(account.role),
        key=f"people.new_role.{account.id}",
        help=ROLE_HELP,
    )

    def run(reason: str) -> bool:
        sluice.accounts.set_role(actor, account.id, role, reason)
        return True

    if role is account.role:
        is_same = f"{account.login} is {role} already: choose another role."
        return Danger("Change role", (), blocked=is_same, icon="badge"), run
    text = f"**{account.login}** is {role} instead of {account.role} from the next click on."
    word = "RAISE" if _ROLES.index(role) > _ROLES.index(account.role) else None
    return Danger("Change role", (text,), word=word, icon="badge"), run


def _set_password(sluice: Sluice, actor: Actor, account: Account) -> _Asked:
    turn_key = f"people.set_password.{account.id}"
    turn = st.session_state.get(turn_key, 0)
    password = _password(f"{turn_key}.{turn}")

    def run(reason: str) -> bool:
        sluice.accounts.set_password(actor, account.id, password, reason)
        st.session_state[turn_key] = turn + 1
        return True

    text = f"Every session of **{account.login}** ends."
    return Danger("Set password", (text,), icon="password"), run


def _set_active(sluice: Sluice, actor: Actor, account: Account) -> _Asked:
    is_open = account.is_active

    def run(reason: str) -> bool:
        sluice.accounts.set_active(actor, account.id, active=not is_open, reason=reason)
        return True

    if is_open:
        text = f"**{account.login}** cannot sign in any more, and every session ends."
        return Danger("Close", (text,), icon="person_off"), run
    text = f"**{account.login}** can sign in again, as {account.role}."
    return Danger("Reopen", (text,), word="OPEN", icon="person_check"), run


def _password(key: str) -> str:
    return st.text_input(
        "Password",
        type="password",
        key=key,
        autocomplete="new-password",
        help=f"At least {MINIMUM_PASSWORD} characters, without the login in it.",
    )
