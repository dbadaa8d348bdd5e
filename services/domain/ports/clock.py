"""Time, ids, and how threads reach the I/O loop."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, Protocol

Call = Callable[[Coroutine[Any, Any, Any]], Any]
"""Runs a coroutine on the I/O loop, from a thread, and returns its result."""


class Clock(Protocol):
    """Time: aware UTC instants, and seconds of a clock that never jumps."""

    def now(self) -> datetime: ...

    def monotonic_s(self) -> float: ...


class Ids(Protocol):
    """Identity and randomness."""

    def request_id(self) -> str:
        """A UUIDv7 as text: sorts by time."""
        ...

    def token(self) -> str:
        """256 random bits, URL-safe."""
        ...

    def jitter(self) -> float:
        """A random number in [0, 1)."""
        ...
