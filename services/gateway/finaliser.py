"""What every request ends with, whatever its end: it is recorded and settled, once."""

from __future__ import annotations

import asyncio

from services.gateway.exchange import Exchange
from services.gateway.interruption import kill_refusal
from services.gateway.recorder import Recorder
from services.gateway.running import RunningCalls
from services.gateway.single_flight import SingleFlight


class Finaliser:
    """Takes a request off the list of running calls, records it and settles it."""

    def __init__(self, recorder: Recorder, running: RunningCalls, flights: SingleFlight) -> None:
        self._recorder = recorder
        self._running = running
        self._flights = flights

    async def finish(self, exchange: Exchange) -> None:
        """Record and settle; a second call does nothing."""
        if exchange.is_finished:
            return
        exchange.is_finished = True
        self._flights.leave(exchange)
        self._running.remove(exchange)
        if exchange.masked:
            with exchange.step("mask_answer") as step:
                step.decision = ", ".join(f"{n} {kind}" for kind, n in exchange.masked.items())
        self._recorder.record(exchange)
        await self._recorder.settle(exchange)

    async def abandon(self, exchange: Exchange) -> None:
        """The same for a request that is cut off from outside; nothing can cut this off."""
        if exchange.killed_by is not None and exchange.problem is None:
            exchange.problem = kill_refusal(exchange.killed_by)
        exchange.is_abandoned = exchange.problem is None
        await asyncio.shield(self.finish(exchange))
