"""Dangerous actions: a reason and a typed word, on the page itself, and each form counts once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import streamlit as st

from console.components.errors import error_box
from services.domain.errors import SluiceError
from services.domain.identity import Actor, Permission

T = TypeVar("T")


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


@dataclass
class _Turns(Generic[T]):
    """One panel of one browser tab. A form carries its turn in its keys: once it was sent, the
    turn is over, and a second click on it or a replay of it finds no such form."""

    turn: int = 0
    reason: str = ""
    outcome: T | None = None
    problem: SluiceError | None = None

    def take(self, reason: str, run: Callable[[str], T]) -> None:
        self.turn += 1
        self.outcome = None
        self.problem = None
        try:
            self.outcome = run(reason)
        except SluiceError as error:
            self.problem, self.reason = error, reason
        else:
            self.reason = ""


def danger_panel(key: str, danger: Danger, run: Callable[[str], T]) -> T | None:
    """Ask for the reason and the word, run the action once, and return what the last run gave.

    It stands in the page's main script: a widget in a fragment waits for the running script, and
    a dialog in a timed fragment goes dead.

    Args:
        run: the operation; gets the reason.
    """
    turns: _Turns[T] = st.session_state.setdefault(f"danger.{key}", _Turns())
    with st.form(f"{key}.{turns.turn}", enter_to_submit=False):
        for sentence in danger.consequences:
            st.markdown(sentence)
        reason, typed, pressed = _draw_fields(key, danger, turns)
    if pressed:
        missing = _find_missing(danger, reason, typed)
        if missing is None:
            turns.take(reason, run)
            st.rerun()
        st.warning(missing, icon=":material/keyboard:")
    if turns.problem is not None:
        error_box(turns.problem)
    return turns.outcome


def _draw_fields(key: str, danger: Danger, turns: _Turns[T]) -> tuple[str, str, bool]:
    widths = [4, 2, 2] if danger.word else [6, 2]
    fields = st.columns(widths, vertical_alignment="bottom")
    reason = fields[0].text_input(
        "Why? It goes into the audit log",
        value=turns.reason,
        key=f"{key}.reason.{turns.turn}",
        max_chars=500,
    )
    typed = ""
    if danger.word:
        typed = fields[1].text_input(
            f"Type {danger.word} to confirm", key=f"{key}.word.{turns.turn}", autocomplete="off"
        )
    pressed = fields[-1].form_submit_button(
        danger.button,
        key=f"{key}.button.{turns.turn}",
        type="primary",
        icon=f":material/{danger.icon}:",
        disabled=danger.blocked is not None,
        help=danger.blocked,
        width="stretch",
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
