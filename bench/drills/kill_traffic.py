"""Callers and streams that never end, as the kill switch meets them."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

PAUSE_S = 0.05
"""Between two calls of a caller, and before a stream that has ended begins anew."""

_CONTENT = b'"content"'
_KILLED = b"kill_switch_active"


@dataclass(frozen=True, eq=False)
class Application:
    """Who calls what.

    Args:
        model: of its plain calls.
        streamed_model: of its streams.
        request_ids: of all its calls, as they were told.
    """

    key: str
    model: str
    streamed_model: str
    request_ids: set[str] = field(default_factory=set)


@dataclass(eq=False)
class Stream:
    """One stream; times by the machine's monotonic clock."""

    application: Application
    has_content: bool = False
    is_killed: bool = False
    ended_s: float = 0.0
    has_ended: asyncio.Event = field(default_factory=asyncio.Event)


class Traffic:
    """A caller and a stream of every application on every gateway.

    Args of `ended`: the callers' calls, whatever became of them, and when they ended.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        urls: Sequence[str],
        applications: Sequence[Application],
    ) -> None:
        self._session = session
        self._places = list(itertools.product(urls, applications))
        self._streams: dict[int, Stream] = {}
        self._numbers = itertools.count()
        self._is_over = False
        self.ended: list[tuple[Application, float]] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """All of them, until the end of the `with`; then the last calls are waited for."""
        async with asyncio.TaskGroup() as group:
            streams = []
            for place, (url, application) in enumerate(self._places):
                group.create_task(self._call_on(url, application))
                streams.append(group.create_task(self._stream_on(place, url, application)))
            try:
                yield
            finally:
                self._is_over = True
                for stream in streams:
                    stream.cancel()

    async def open_streams(self, within_s: float) -> list[Stream]:
        """The streams once all of them run."""
        async with asyncio.timeout(within_s):
            while True:
                streams = list(self._streams.values())
                if len(streams) == len(self._places) and all(
                    s.has_content and not s.has_ended.is_set() for s in streams
                ):
                    return streams
                await asyncio.sleep(0.005)

    async def _call_on(self, url: str, application: Application) -> None:
        while not self._is_over:
            async with self._post(url, application, is_streamed=False) as reply:
                await reply.read()
            self.ended.append((application, time.monotonic()))
            await asyncio.sleep(PAUSE_S)

    async def _stream_on(self, place: int, url: str, application: Application) -> None:
        while True:
            stream = self._streams[place] = Stream(application)
            async with self._post(url, application, is_streamed=True) as reply:
                async for chunk in reply.content.iter_any():
                    stream.has_content |= reply.status == 200 and _CONTENT in chunk
                    stream.is_killed |= _KILLED in chunk
            stream.ended_s = time.monotonic()
            stream.has_ended.set()
            await asyncio.sleep(PAUSE_S)

    @asynccontextmanager
    async def _post(
        self, url: str, application: Application, *, is_streamed: bool
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        number = next(self._numbers)
        body: dict[str, Any] = {
            "model": application.streamed_model if is_streamed else application.model,
            "user": f"user-{number % 50}",
            "messages": [{"role": "user", "content": f"Soru {number}: 2 + 2 kaç eder?"}],
            "max_tokens": 400,
            "stream": is_streamed,
        }
        headers = {"authorization": f"Bearer {application.key}"}
        request = self._session.post(f"{url}/v1/chat/completions", json=body, headers=headers)
        async with request as reply:
            application.request_ids.add(reply.headers["x-request-id"])
            yield reply
