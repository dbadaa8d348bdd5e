"""Actions that count once, whatever the browser sends twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import streamlit as st

from services.domain.errors import SluiceError

T = TypeVar("T")
_LOCK = "once.lock"


@dataclass
class Once(Generic[T]):
    """One button of one browser tab.

    Its widgets carry the turn in their keys. Once the button was pressed the turn is over: a
    second click, or a replay of the first, finds no such button any more.
    """

    lock: threading.RLock = field(default_factory=threading.RLock)
    turn: int = 0
    outcome: T | None = None
    problem: SluiceError | None = None

    def take(self, turn: int, action: Callable[[], T]) -> None:
        """Run the action if its turn is not over, and keep what it gave.

        Streamlit starts a new run of the script while the old one is still in here: nothing of
        Streamlit is called, so that the old run cannot be stopped half-way.
        """
        with self.lock:
            if turn != self.turn:
                return
            self.turn += 1
            self.outcome = None
            self.problem = None
            try:
                self.outcome = action()
            except SluiceError as error:
                self.problem = error


def once(key: str) -> Once[T]:
    """The state of a button, by a key of the page's own."""
    found: Once[T] = st.session_state.setdefault(f"once.{key}", Once(_session_lock()))
    return found


def wait_for_actions() -> None:
    """Let an action that another run of this tab's script has begun come to its end.

    Without it, a double click would draw the page as it was while the action went on.
    """
    with _session_lock():
        pass


def _session_lock() -> threading.RLock:
    lock: threading.RLock = st.session_state.setdefault(_LOCK, threading.RLock())
    return lock
