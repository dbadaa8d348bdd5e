"""The calls that run now, so that a kill can reach them."""

from __future__ import annotations

import asyncio

from services.domain.kill import KillRegister
from services.gateway.exchange import Exchange


class RunningCalls:
    """A set of exchanges; touched on the I/O loop only, except `cut`."""

    def __init__(self) -> None:
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
            asyncio.run_coroutine_threadsafe(self._cut_later(register), self._loop).result(1.0)

    async def _cut_later(self, register: KillRegister) -> None:
        self._cut(register)

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
