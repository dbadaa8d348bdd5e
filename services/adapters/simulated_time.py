"""Time for simulations: a clock that jumps, and an event loop that waits by moving it.

What runs on it is the real code with its real waits; hours of it pass in a moment.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")


class SimulatedClock:
    """The Clock port, moved by the loop that runs on it."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._elapsed_s = 0.0

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed_s)

    def monotonic_s(self) -> float:
        return self._elapsed_s

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._elapsed_s += seconds


def run_simulated(clock: SimulatedClock, main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end; wherever it would wait for time, the clock jumps instead."""
    with asyncio.Runner(loop_factory=lambda: _SimulatedLoop(clock)) as runner:
        return runner.run(main)


class _SimulatedLoop(asyncio.SelectorEventLoop):
    def __init__(self, clock: SimulatedClock) -> None:
        self._clock = clock
        super().__init__(_JumpingSelector(clock))

    def time(self) -> float:
        return self._clock.monotonic_s()


class _JumpingSelector(selectors.DefaultSelector):
    """Looks for what is ready, and lets time pass instead of waiting for it."""

    def __init__(self, clock: SimulatedClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:  # no timer is left: only a thread can wake the loop
            return super().select(None)
        ready = super().select(0)
        if not ready:
            self._clock.advance(timeout)
        return ready
