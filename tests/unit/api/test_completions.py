"""The gateway's own ASGI app: what is left of a call once it is over."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from services.adapters.simulated_time import SimulatedClock, run_simulated
from services.api.completions import WATCH_AFTER_S, Completions
from services.domain.messages import Answer, Incoming

START = datetime(2026, 11, 21, tzinfo=UTC)
SCOPE = {"type": "http", "method": "POST", "path": "/v1/chat/completions", "headers": []}


class Exchange:
    """Knows who sends it, as the pipeline's exchanges do."""

    sending: asyncio.Timeout | None = None

    def interrupt(self, _: object) -> None:
        """Never: the client of this test stays."""


class SlowPipeline:
    """Answers after the watch for the client has begun."""

    def __init__(self, *, streamed: bool) -> None:
        self._streamed = streamed
        self.begun: weakref.ref[Exchange] | None = None

    def begin(self, _: Incoming) -> Exchange:
        exchange = Exchange()
        self.begun = weakref.ref(exchange)
        return exchange

    async def answer(self, _: Exchange) -> Answer:
        await asyncio.sleep(WATCH_AFTER_S * 2)
        return Answer(200, (), b"{}", self._events() if self._streamed else None)

    async def _events(self) -> AsyncGenerator[bytes, None]:
        yield b"data: [DONE]\n\n"


async def call(pipeline: SlowPipeline, clock: SimulatedClock) -> None:
    """One call, of a client that sends its body and then waits for the whole answer."""
    parts = [{"type": "http.request", "body": b"{}", "more_body": False}]
    over = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if not parts:
            await over.wait()
        return parts.pop()

    async def send(_: Any) -> None:
        """Nobody looks at the answer here."""

    sluice = SimpleNamespace(
        clock=clock,
        settings=SimpleNamespace(ai_read_timeout=1.0, ai_stream_timeout=1.0),
        pipeline=pipeline,
        metrics=SimpleNamespace(count_http=lambda *_: None),
    )
    await Completions(lambda: sluice)(SCOPE, receive, send)  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize("streamed", [False, True])
def test_a_call_that_was_watched_leaves_nothing_to_the_garbage_collector(streamed: bool) -> None:
    clock, pipeline = SimulatedClock(START), SlowPipeline(streamed=streamed)

    async def main() -> None:
        await asyncio.create_task(call(pipeline, clock))
        await asyncio.sleep(WATCH_AFTER_S)  # the watch's task learns that it is cancelled
        assert pipeline.begun is not None
        assert pipeline.begun() is None

    gc.disable()
    try:
        run_simulated(clock, main())
    finally:
        gc.enable()
