"""A provider's HTTP connections, renewed without cutting the calls that run on the old ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import aiohttp

KEEP_ALIVE_S = 30.0


@dataclass(slots=True)
class Generation:
    """A session, and the key it was opened with; within `async with`, one call runs on it."""

    session: aiohttp.ClientSession
    key: str | None
    running: int = 0
    is_retired: bool = False

    async def __aenter__(self) -> Self:
        self.running += 1
        return self

    async def __aexit__(self, *_: object) -> None:
        self.running -= 1
        if self.is_retired and self.running == 0:
            await self.session.close()


class Connections:
    """One aiohttp session with the key it was opened with, made when first needed.

    Args:
        read_key: asked once for each session.
    """

    def __init__(self, read_key: Callable[[], str | None]) -> None:
        self._read_key = read_key
        self._current: Generation | None = None

    def lend(self) -> Generation:
        """The session for one call, to be entered at once."""
        if self._current is None:
            self._current = Generation(_open_session(), self._read())
        return self._current

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
