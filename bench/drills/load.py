"""The load that runs over the gateways of a drill, and what its clients saw."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp

from tests.servers import SluiceServer

CALL_TIMEOUT_S = 15.0


@dataclass
class Call:
    """What a client knows of one call: `status` is None when no answer came, or only a part."""

    sent_s: float
    gateway: int
    is_streamed: bool
    request_id: str | None = None
    status: int | None = None
    code: str | None = None
    ended_s: float = 0.0

    @property
    def seconds(self) -> float:
        return self.ended_s - self.sent_s


class Load:
    """Calls at a steady rate to each gateway in turn, whatever became of those before."""

    def __init__(self, gateways: list[SluiceServer], key: str, *, streamed_every: int = 0) -> None:
        self._urls = [f"{server.url}/v1/chat/completions" for server in gateways]
        self._headers = {"authorization": f"Bearer {key}"}
        self._streamed_every = streamed_every
        self.calls: list[Call] = []
        self._began_s = time.monotonic()

    async def run(self, per_second: float, seconds: float) -> None:
        """Send for so long, and wait for the last answers."""
        self._began_s = time.monotonic()
        async with _session() as session, asyncio.TaskGroup() as group:
            async for number in _ticks(per_second, seconds):
                group.create_task(self._call(session, number))

    async def run_at_once(self, calls: int) -> None:
        """Send them all together, and wait for the answers."""
        self._began_s = time.monotonic()
        async with _session() as session:
            await asyncio.gather(*(self._call(session, number) for number in range(calls)))

    async def run_through(self, calls: int, *, at_once: int) -> int:
        """Send them as fast as so many callers can, keeping none in mind; how many failed."""
        todo = iter(range(calls))
        failed = 0

        async def caller(session: aiohttp.ClientSession) -> None:
            nonlocal failed
            for number in todo:
                await self._call(session, number)
                failed += self.calls.pop().status != 200

        async with _session() as session:
            await asyncio.gather(*(caller(session) for _ in range(at_once)))
        return failed

    @property
    def now_s(self) -> float:
        return time.monotonic() - self._began_s

    async def _call(self, session: aiohttp.ClientSession, number: int) -> None:
        gateway = number % len(self._urls)
        every = self._streamed_every
        call = Call(self.now_s, gateway, bool(every) and number // len(self._urls) % every == 0)
        body = {
            "model": "auto",
            "user": f"user-{number % 50}",
            "messages": [{"role": "user", "content": f"Soru {number}: 2 + 2 kaç eder?"}],
            "max_tokens": 400,
            "stream": call.is_streamed,
        }
        try:
            async with session.post(self._urls[gateway], json=body, headers=self._headers) as reply:
                call.request_id = reply.headers.get("x-request-id")
                content = await reply.read()
        except (aiohttp.ClientError, TimeoutError, ConnectionError):
            pass
        else:
            call.status = reply.status
            call.code = _code_of(content, reply.status)
        call.ended_s = self.now_s
        self.calls.append(call)


def _session() -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=CALL_TIMEOUT_S)
    return aiohttp.ClientSession(connector=connector, timeout=timeout)


def _code_of(content: bytes, status: int) -> str | None:
    if status != 200:
        return str(json.loads(content)["error"]["code"])
    return "cut" if b'"error"' in content else None


async def _ticks(per_second: float, seconds: float) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    for number in range(int(per_second * seconds)):
        await asyncio.sleep(max(began_s + number / per_second - loop.time(), 0))
        yield number
