"""Telling the calls of a loop that does not listen."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime

from services.domain.kill import KillEntry, KillRegister
from services.gateway.running import RunningCalls
from tests.unit.gateway.gateway_bench import CALLER, Gateway

KILL = KillEntry("all", True, 1, "a", "b", datetime(2026, 11, 21, tzinfo=UTC))


def test_a_kill_goes_on_without_a_loop_that_is_busy_and_is_heard_there_first() -> None:
    running = RunningCalls(tell_within_s=0.01)
    exchange = Gateway().exchange()
    exchange.caller = CALLER
    register = KillRegister({KILL.scope: KILL})

    async def main() -> None:
        running.add(exchange)
        pulling = threading.Thread(target=running.cut, args=(register,))
        pulling.start()
        # The loop is busy until the kill has gone on.
        pulling.join()
        assert exchange.killed_by is None
        await asyncio.sleep(0)
        assert exchange.killed_by == KILL

    asyncio.run(main())
