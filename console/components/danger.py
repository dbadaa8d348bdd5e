"""Dangerous actions: a reason and a typed word, on the page itself, and each form counts once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import streamlit as st

from console.components.errors import error_box
from console.components.once import Once, once
from services.domain.identity import Actor, Permission

T = TypeVar("T")
WORD_WIDTH = 180


@dataclass(frozen=True, slots=True)
class Danger:
    """What a panel asks.

    Args:
        consequences: what will happen, one sentence each.
        word: what must be typed; None for actions that are undone as easily as they are done.
        blocked: why it cannot be done now; the button is disabled and this stands beside it.
    """

    button: str
    consequences: tuple[str, ...]
    word: str | None = None
    blocked: str | None = None
    icon: str = "warning"


def blocked_by(actor: Actor, permission: Permission) -> str | None:
    """Why the actor may not press a button, for `Danger.blocked`; None when they may."""
    if actor.may(permission):
        return None
    return f"Role {actor.role} lacks permission {permission}: ask an administrator."


def danger_panel(key: str, danger: Danger, run: Callable[[str], T]) -> T | None:
    """Ask for the reason and the word, run the action once, and return what the last run gave.

    It stands in the page's main script: a widget in a fragment waits for the running script, and
    a dialog in a timed fragment goes dead.

    Args:
        run: the operation; gets the reason. It calls nothing of Streamlit: a run of the script
            may be stopped wherever it does.
    """
    state: Once[T] = once(key)
    turn = state.turn
    with st.form(f"{key}.{turn}", enter_to_submit=False):
        for sentence in danger.consequences:
            st.markdown(sentence)
        draft = st.session_state.get(f"{key}.draft", "") if state.problem else ""
        reason, typed, pressed = _draw_fields(key, danger, turn, draft)
    if pressed:
        missing = _find_missing(danger, reason, typed)
        if missing is None:
            st.session_state[f"{key}.draft"] = reason
            state.take(turn, lambda: run(reason))
            st.rerun()
        st.warning(missing, icon=":material/keyboard:")
    if state.problem is not None:
        error_box(state.problem)
    return state.outcome


def _draw_fields(key: str, danger: Danger, turn: int, draft: str) -> tuple[str, str, bool]:
    # In a row that wraps, the button is as wide as its words, however narrow the panel.
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    reason = row.text_input(
        "Why? It goes into the audit log",
        value=draft,
        key=f"{key}.reason.{turn}",
        max_chars=500,
    )
    typed = ""
    if danger.word:
        typed = row.text_input(
            f"Type {danger.word} to confirm",
            key=f"{key}.word.{turn}",
            autocomplete="off",
            width=WORD_WIDTH,
        )
    pressed = row.form_submit_button(
        danger.button,
        key=f"{key}.button.{turn}",
        type="primary",
        icon=f":material/{danger.icon}:",
        disabled=danger.blocked is not None,
        help=danger.blocked,
    )
    if danger.blocked:
        st.caption(f":material/lock: {danger.blocked}")
    return reason or "", typed or "", pressed


def _find_missing(danger: Danger, reason: str, typed: str) -> str | None:
    if danger.blocked:
        return danger.blocked
    if not reason.strip():
        return "Nothing was done: say why in a few words first."
    if danger.word and typed.strip() != danger.word:
        return f"Nothing was done: type {danger.word} in capital letters to confirm."
    return None
