"""The calls that run now, so that a kill can reach them."""

from __future__ import annotations

import asyncio
import threading

from services.domain.kill import KillRegister
from services.gateway.exchange import Exchange

TELL_WITHIN_S = 1.0
"""A loop that is busy for so long sends nothing meanwhile: a kill does not wait for it any longer
before it goes to the other instances."""


class RunningCalls:
    """A set of exchanges; touched on the I/O loop only, except `cut`."""

    def __init__(self, tell_within_s: float = TELL_WITHIN_S) -> None:
        self._tell_within_s = tell_within_s
        self._calls: set[Exchange] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def __len__(self) -> int:
        return len(self._calls)

    def add(self, exchange: Exchange) -> None:
        self._loop = asyncio.get_running_loop()
        self._calls.add(exchange)

    def remove(self, exchange: Exchange) -> None:
        self._calls.discard(exchange)

    def cut(self, register: KillRegister) -> None:
        """Tell every call in a stopped scope to stop; from any thread, returns when told."""
        if self._loop is None or not register.active:
            return
        try:
            running: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            running = None
        if running is self._loop:
            self._cut(register)
        elif self._loop.is_running():
            told = threading.Event()
            self._loop.call_soon_threadsafe(self._tell, register, told)
            told.wait(self._tell_within_s)

    def _tell(self, register: KillRegister, told: threading.Event) -> None:
        try:
            self._cut(register)
        finally:
            told.set()

    def _cut(self, register: KillRegister) -> None:
        for exchange in tuple(self._calls):
            if exchange.caller is None:
                continue
            answering = exchange.answered_by
            entry = register.blocking(
                exchange.caller.feature,
                answering.provider if answering else None,
                answering.model if answering else None,
            )
            if entry is not None:
                exchange.interrupt(entry)
