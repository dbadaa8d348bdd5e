"""A provider's HTTP connections, renewed without cutting the calls that run on the old ones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

KEEP_ALIVE_S = 30.0


@dataclass(slots=True)
class _Generation:
    session: aiohttp.ClientSession
    key: str | None
    running: int = 0
    is_retired: bool = False


class Connections:
    """One aiohttp session with the key it was opened with, made when first needed.

    Args:
        read_key: asked once for each session.
    """

    def __init__(self, read_key: Callable[[], str | None]) -> None:
        self._read_key = read_key
        self._current: _Generation | None = None

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[tuple[aiohttp.ClientSession, str | None]]:
        """The session and its key for one call."""
        generation = self._current
        if generation is None:
            generation = self._current = _Generation(_open_session(), self._read())
        generation.running += 1
        try:
            yield generation.session, generation.key
        finally:
            generation.running -= 1
            if generation.is_retired and generation.running == 0:
                await generation.session.close()

    async def renew(self) -> None:
        """Let the next call open new connections; running calls finish on theirs."""
        generation, self._current = self._current, None
        if generation is not None:
            generation.is_retired = True
            if generation.running == 0:
                await generation.session.close()

    async def close(self) -> None:
        """Close the connections, those of running calls too."""
        generation, self._current = self._current, None
        if generation is not None:
            await generation.session.close()

    def _read(self) -> str | None:
        return (self._read_key() or "").strip() or None


def _open_session() -> aiohttp.ClientSession:
    # No limit: the gateway's own limits say how many calls run at a time.
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE_S)
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
