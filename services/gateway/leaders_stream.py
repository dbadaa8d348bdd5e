"""The events of a call that others follow, apart from how fast its own client reads them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import suppress

from services.gateway.exchange import CURRENT_REQUEST


class LeadersStream:
    """Takes a leader's events as its client reads them; once somebody follows, a task takes them
    as they come, so that a client that reads slowly, or not at all, holds up nobody else.

    Args:
        request_id: the leader's, for the log lines of that task.
    """

    def __init__(self, events: AsyncGenerator[bytes, None], request_id: str) -> None:
        self._events = events
        self._request_id = request_id
        self._is_followed = False
        self._is_reading = False
        self._task: asyncio.Task[None] | None = None
        self._ahead: deque[bytes] = deque()
        self._news = asyncio.Event()

    async def read(self) -> AsyncGenerator[bytes, None]:
        """The events for the leader's own client; closing it ends the call."""
        try:
            while (data := await self._next()) is not None:
                yield data
        finally:
            if self._task is not None:
                self._task.cancel()
                with suppress(asyncio.CancelledError):
                    await self._task
            await self._events.aclose()

    def run_ahead(self) -> None:
        """Somebody follows."""
        self._is_followed = True
        if self._task is None and not self._is_reading:
            self._task = asyncio.create_task(self._run())

    async def _next(self) -> bytes | None:
        if self._task is None:
            self._is_reading = True
            try:
                return await anext(self._events, None)
            finally:
                self._is_reading = False
                if self._is_followed:
                    self.run_ahead()
        while not self._ahead:
            if self._task.done():
                self._task.result()
                return None
            self._news.clear()
            await self._news.wait()
        return self._ahead.popleft()

    async def _run(self) -> None:
        CURRENT_REQUEST.set(self._request_id)
        try:
            async for data in self._events:
                self._ahead.append(data)
                self._news.set()
        finally:
            self._news.set()
