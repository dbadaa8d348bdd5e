"""API keys: which applications may call, with what; make one, end one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, tzinfo
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from console.components.danger import Danger, danger_panel
from console.format import DASH, escape_markdown, time_text
from services.bootstrap import Sluice
from services.domain.identity import OWN_SCOPES, Actor, ApiKey, Assertion, Scope
from services.domain.roles import KNOWN_ROLES, describe_role

_TURN, _SHOWN = "keys.turn", "keys.shown"
_NONE, _OTHER = "none", "other"
_SCOPES = tuple(scope for scope in Scope if scope not in OWN_SCOPES)


@dataclass(frozen=True, slots=True)
class _Made:
    """A key whose text is shown until the reader has kept it."""

    name: str
    token: str
    warning: str | None


def keys_section(sluice: Sluice, actor: Actor) -> None:
    """Every key, the way to a new one, and the way to end one."""
    now, zone = sluice.clock.now(), sluice.settings.zone
    _draw_made()
    keys = sluice.keys.list_keys(actor)
    if keys:
        st.dataframe(_frame(keys, now, zone), hide_index=True, alt="API keys, newest first")
    else:
        st.info("There is no API key yet: no application can call.", icon=":material/key_off:")
    live = {key.id: key for key in keys if key.is_live(now)}
    st.subheader("New key")
    _create(sluice, actor, live)
    st.subheader("Revoke a key")
    _revoke(sluice, actor, live)


def state_text(key: ApiKey, now: datetime) -> str:
    """Whether calls with it are answered."""
    if key.revoked_at is not None:
        return "revoked"
    return "live" if key.is_live(now) else "expired"


def _draw_made() -> None:
    made: _Made | None = st.session_state.get(_SHOWN)
    if made is None:
        return
    with st.container(border=True):
        st.markdown(
            f":material/key: **Key of {escape_markdown(made.name)}.** Copy it now: it is not "
            "stored, and not shown again."
        )
        st.code(made.token, language=None)
        if made.warning:
            st.warning(made.warning, icon=":material/badge:")
        if st.button("I have kept it", icon=":material/check:"):
            del st.session_state[_SHOWN]
            st.rerun()


def _frame(keys: Sequence[ApiKey], now: datetime, zone: tzinfo) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "Name": key.name,
                "State": state_text(key, now),
                "Scopes": ", ".join(sorted(key.scopes)),
                "Feature": key.feature or "named by each call",
                "Role": key.role or DASH,
                "May assert": ", ".join(sorted(key.may_assert)) or DASH,
                "Expires": time_text(key.expires_at, zone) if key.expires_at else "never",
                "Made": time_text(key.created_at, zone),
                "By": key.created_by,
                "Id": key.id,
            }
            for key in keys
        ]
    )


def _create(sluice: Sluice, actor: Actor, live: Mapping[str, ApiKey]) -> None:
    turn = st.session_state.get(_TURN, 0)
    wanted = _ask(sluice, f"keys.{turn}", live)

    def run(reason: str) -> bool:
        made = sluice.keys.create(actor, reason=reason, **wanted)
        st.session_state[_SHOWN] = _Made(made.key.name, made.token, made.warning)
        st.session_state[_TURN] = turn + 1
        return True

    danger_panel("keys.create", Danger("Create", (), icon="key"), run)


def _ask(sluice: Sluice, key: str, live: Mapping[str, ApiKey]) -> dict[str, Any]:
    """What the new key shall be, as `Keys.create` takes it."""
    features = [_NONE, *sorted(sluice.live.snapshot.control.features)]
    left, middle, right = st.columns(3)
    named = _ask_name(left, key, live)
    scopes = middle.multiselect("Scopes", _SCOPES, default=[Scope.GENERATE], key=f"{key}.scopes")
    feature = right.selectbox(
        "Feature of calls that name none",
        features,
        format_func=lambda one: "each call must name it" if one == _NONE else one,
        key=f"{key}.feature",
    )
    asserts = middle.multiselect(
        "Calls may say of their user",
        list(Assertion),
        key=f"{key}.asserts",
        help="Role and segments are believed only from keys that may assert them.",
    )
    role = _ask_role(left, key)
    return {
        **named,
        "scopes": scopes,
        "feature": None if feature == _NONE else feature,
        **role,
        "may_assert": asserts,
        "expires_at": _ask_expiry(right, key, sluice.clock.now(), sluice.settings.zone),
    }


def _ask_name(column: DeltaGenerator, key: str, live: Mapping[str, ApiKey]) -> dict[str, Any]:
    """A name of its own, or that of the key which the new one is to take over from."""
    replaced = column.selectbox(
        "Replaces",
        [_NONE, *live],
        format_func=lambda id_: (
            "no key: a new application" if id_ == _NONE else _key_text(live[id_])
        ),
        key=f"{key}.replaces",
        help="Both keys work, with the same limits and sums of cost, until you revoke the old one.",
    )
    if replaced != _NONE:
        return {"name": live[replaced].name, "replaces": replaced}
    return {"name": column.text_input("Name of the application", key=f"{key}.name")}


def _ask_role(column: DeltaGenerator, key: str) -> dict[str, Any]:
    """The role of the new key's calls; one that opens nothing only by asking for it."""
    texts = {_NONE: "none: ordinary users", _OTHER: "another role, which opens nothing here"}
    chosen = column.selectbox(
        "Role of its calls",
        [_NONE, *KNOWN_ROLES, _OTHER],
        format_func=lambda role: texts.get(role) or describe_role(role),
        key=f"{key}.role",
    )
    if chosen != _OTHER:
        return {"role": None if chosen == _NONE else chosen}
    name = column.text_input("Name of that role", key=f"{key}.custom_role")
    return {"role": name, "custom_role": True}


def _ask_expiry(column: DeltaGenerator, key: str, now: datetime, zone: tzinfo) -> datetime | None:
    """The end of the last day; None: it never expires."""
    day = column.date_input(
        "Last day it works",
        value=None,
        min_value=now.astimezone(zone).date(),
        key=f"{key}.expires",
        help=f"To the end of the day in {zone}; empty: it never expires.",
    )
    return datetime.combine(day, time.max, zone) if day else None


def _revoke(sluice: Sluice, actor: Actor, live: Mapping[str, ApiKey]) -> None:
    if not live:
        st.caption("No key is live.")
        return
    chosen = st.selectbox(
        "Key",
        list(live),
        format_func=lambda id_: _key_text(live[id_]),
        key="keys.revoke",
        width=420,
    )
    key = live[chosen]
    text = (
        f"Calls with **{escape_markdown(key.name)}** (id {key.id}) are refused within a second, "
        "on every instance. It cannot be taken back: a new key has another text."
    )
    danger = Danger("Revoke", (text,), word="REVOKE", icon="key_off")
    danger_panel(
        f"keys.revoke.{key.id}", danger, lambda reason: sluice.keys.revoke(actor, key.id, reason)
    )


def _key_text(key: ApiKey) -> str:
    """A key by its name and the end of its id: older ones may share a name."""
    return f"{key.name} ({', '.join(sorted(key.scopes))}) …{key.id[-6:]}"
