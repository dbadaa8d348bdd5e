"""Equal calls at once through a real server, and what each of their callers got."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.faulty_provider import Behaviour, answer, chat, delta, events
from tests.integration.calls import USAGE, USAGE_EVENT
from tests.servers import SluiceServer

CALLERS = 100
WORDS = ("Dör", "t ", "elma ", "kaldı.")
TEXT = "".join(WORDS)
BODY = {"messages": [{"role": "user", "content": "2 + 2?"}], "temperature": 0}


def slowly(behaviour: Behaviour, silence_s: float = 0.6) -> Behaviour:
    """The behaviour after a silence in which all callers come in."""
    return Behaviour(
        behaviour.status,
        behaviour.headers,
        behaviour.content_type,
        behaviour.pieces,
        behaviour.pause_s,
        silence_s,
        behaviour.cut,
        behaviour.stall,
    )


PLAIN = slowly(answer(chat(TEXT, usage=USAGE)))
STREAM = slowly(events(*map(delta, WORDS), delta(finish_reason="stop"), USAGE_EVENT, pause_s=0.05))


@dataclass
class Got:
    """What one caller got."""

    status: int
    headers: dict[str, str]
    text: str
    first_s: float = 0.0
    ended_s: float = 0.0

    @property
    def content(self) -> str:
        if not self.events:
            return str(json.loads(self.text)["choices"][0]["message"]["content"])
        parts = (c["delta"].get("content") for e in self.events for c in e.get("choices", ()))
        return "".join(part or "" for part in parts)

    @property
    def events(self) -> list[dict[str, Any]]:
        lines = [line[6:] for line in self.text.splitlines() if line.startswith("data: {")]
        return [json.loads(line) for line in lines]

    @property
    def code(self) -> str:
        found = [e for e in self.events if "error" in e] or [json.loads(self.text)]
        return str(found[-1]["error"]["code"])


async def call(session: aiohttp.ClientSession, url: str, key: str, **changes: Any) -> Got:
    headers = {"Authorization": f"Bearer {key}"}
    async with session.post(
        f"{url}/v1/chat/completions", json=BODY | changes, headers=headers
    ) as r:
        first, first_s = await r.content.readany(), time.monotonic()
        text = (first + await r.read()).decode()
        named = {name.lower(): value for name, value in r.headers.items()}
        return Got(r.status, named, text, first_s, time.monotonic())


def call_all(
    server: SluiceServer, key: str, number: int = CALLERS, mixed: bool = False, **changes: Any
) -> list[Got]:
    """Equal calls at once; where `mixed`, every second of them streams."""

    async def run() -> list[Got]:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session:
            streams = [{"stream": True} if mixed and n % 2 else {} for n in range(number)]
            calls = (call(session, server.url, key, **(changes | s)) for s in streams)
            return await asyncio.gather(*calls)

    return asyncio.run(run())


def outcomes(server: SluiceServer, got: list[Got]) -> list[Any]:
    return [server.request(g.headers["x-request-id"]).outcome for g in got]
