"""Streams that run beside a test."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import openai

from tests.faulty_provider import Behaviour, delta, events

ASK: list[Any] = [{"role": "user", "content": "Bire kadar say."}]
LONG = 400


def long_stream(pause_s: float = 0.02) -> Behaviour:
    """A stream of one token an event that would go on for some seconds."""
    return events(*(delta("bir ") for _ in range(LONG)), delta(finish_reason="stop"),
                  pause_s=pause_s)  # fmt: skip


class RunningStream(threading.Thread):
    """A client that reads a stream on a thread of its own; started when content is there."""

    def __init__(self, client: openai.OpenAI, **changes: Any) -> None:
        super().__init__(name="stream")
        self.texts: list[str] = []
        self.error: openai.APIError | None = None
        self.ended_at: datetime | None = None
        self._stream: Any = client.chat.completions.create(
            **{"model": "auto", "messages": ASK, "stream": True} | changes
        )
        self.request_id: str = self._stream.response.headers["x-request-id"]
        self.start()

    def run(self) -> None:
        try:
            for chunk in self._stream:
                self.texts += [c.delta.content for c in chunk.choices if c.delta.content]
        except openai.APIError as error:
            self.error = error
        self.ended_at = datetime.now(UTC)

    def wait_for_end(self) -> datetime:
        """When it ended."""
        self.join(15)
        assert self.ended_at is not None, "the stream still runs"
        return self.ended_at
