"""Callers of a gateway that may go away under them."""

from __future__ import annotations

import asyncio
import json
from collections import Counter

import aiohttp

from tests.servers import SluiceServer

BODY = json.dumps(
    {"model": "auto", "max_tokens": 500, "messages": [{"role": "user", "content": "2 + 2?"}]}
)


class Callers:
    """Callers of one gateway who go on calling until they are told to stop."""

    def __init__(self, server: SluiceServer, key: str, number: int) -> None:
        self._url, self._key = server.url, key
        self._tasks = [asyncio.create_task(self._call_on()) for _ in range(number)]
        self._is_over = False
        self.in_flight = 0
        self.results: Counter[str] = Counter()

    async def stop(self) -> None:
        self._is_over = True
        await asyncio.gather(*self._tasks)

    async def _call_on(self) -> None:
        async with aiohttp.ClientSession() as session:
            while not self._is_over:
                self.in_flight += 1
                result = await call(session, self._url, self._key)
                self.in_flight -= 1
                self.results[result] += 1
                if result == "gone":
                    return


async def call(session: aiohttp.ClientSession, url: str, key: str) -> str:
    """What became of a call: "answered", the error's code, or "gone" with its gateway."""
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    try:
        async with session.post(f"{url}/v1/chat/completions", data=BODY, headers=headers) as reply:
            body = await reply.json()
    except (aiohttp.ClientError, ConnectionError):
        return "gone"
    return str(body["error"]["code"]) if "error" in body else "answered"
