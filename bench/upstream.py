"""An instant upstream: a raw ASGI app that answers one canned chat, plain or streamed.

uvicorn bench.upstream:app; BENCH_DELAY_S makes it wait, BENCH_PAUSE_S between two chunks of a
stream too, BENCH_LOG names a file that gets the id of each request and when it came, by the
machine's monotonic clock.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Any

DELAY_S = float(os.environ.get("BENCH_DELAY_S", "0"))
PAUSE_S = float(os.environ.get("BENCH_PAUSE_S", "0"))
LOG = os.environ.get("BENCH_LOG")
TOKENS = 200
_HEAD = {"id": "bench", "object": "chat.completion", "created": 1, "model": "bench"}
_USAGE = {"prompt_tokens": 250, "completion_tokens": TOKENS, "total_tokens": 250 + TOKENS}
_TEXT = "İyi gidiyorsun, bir sonraki adımı kendin dene. " * 12
PLAIN = json.dumps(
    {
        **_HEAD,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": _TEXT},
                "finish_reason": "stop",
            }
        ],
        "usage": _USAGE,
    }
).encode()


def _event(delta: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    body = {**_HEAD, "object": "chat.completion.chunk", "choices": [choice]}
    return b"data: " + json.dumps(body).encode() + b"\n\n"


_USAGE_EVENT = {**_HEAD, "object": "chat.completion.chunk", "choices": [], "usage": _USAGE}
EVENTS = [
    *(_event({"content": "kelime "}) for _ in range(TOKENS)),
    _event({}, "stop"),
    b"data: " + json.dumps(_USAGE_EVENT).encode() + b"\n\n",
    b"data: [DONE]\n\n",
]


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer at once; one chunk an event when streamed."""
    if scope["type"] != "http":
        return
    came_s = time.monotonic()
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    if LOG is not None:
        _note(LOG, dict(scope["headers"])[b"x-request-id"].decode(), came_s)
    if DELAY_S:
        await asyncio.sleep(DELAY_S)
    if b'"stream":true' not in body and b'"stream": true' not in body:
        await _start(send, b"application/json", len(PLAIN))
        await send({"type": "http.response.body", "body": PLAIN})
        return
    await _start(send, b"text/event-stream", None)
    for event in EVENTS:
        if PAUSE_S:
            await asyncio.sleep(PAUSE_S)
        await send({"type": "http.response.body", "body": event, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _note(log: str, request_id: str, came_s: float) -> None:
    with Path(log).open("a") as file:
        file.write(f"{request_id} {came_s:.6f}\n")


async def _start(send: Any, kind: bytes, length: int | None) -> None:
    headers = [(b"content-type", kind)]
    headers += [] if length is None else [(b"content-length", str(length).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
