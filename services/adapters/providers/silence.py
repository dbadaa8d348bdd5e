"""Reads a streamed answer as long as its provider goes on."""

from __future__ import annotations

import asyncio
from typing import Self

import aiohttp


class PatientReader:
    """The pieces of a body, within `with`; a wait for one that is longer than `patience_s` ends
    with aiohttp's SocketTimeoutError.

    aiohttp's own limit sets a timer for each piece. This one has a single timer, which looks, when
    its time has come, since when there is a wait. Time in which nobody reads does not count.
    """

    def __init__(self, response: aiohttp.ClientResponse, patience_s: float) -> None:
        self._response = response
        self._patience_s = patience_s
        self._loop = asyncio.get_running_loop()
        self._waits_since_s: float | None = None
        self._timer = self._loop.call_later(patience_s, self._look)

    def __enter__(self) -> Self:
        if self._response.connection is not None and self._response.connection.protocol is not None:
            self._response.connection.protocol.read_timeout = None
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    async def read(self) -> bytes:
        """The next piece; empty at the end."""
        self._waits_since_s = self._loop.time()
        piece = await self._response.content.readany()
        self._waits_since_s = None
        return piece

    def _look(self) -> None:
        since_s = self._waits_since_s
        left_s = self._patience_s
        if since_s is not None:
            left_s += since_s - self._loop.time()
        if left_s > 0:
            self._timer = self._loop.call_later(left_s, self._look)
        else:
            problem = aiohttp.SocketTimeoutError("Timeout on reading data from socket")
            self._response.content.set_exception(problem)
