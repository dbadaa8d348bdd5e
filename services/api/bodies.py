"""Reads the body of a request within its size and time; sends that of an answer."""

from __future__ import annotations

import asyncio

import orjson
from starlette.types import Message, Receive, Send

from services.domain.errors import SlowRequest
from services.domain.messages import MAX_BODY_BYTES, Answer


async def read_body(receive: Receive, timeout_s: float) -> bytes | None:
    """The body, cut just past the size limit; None when the client went away.

    Raises:
        SlowRequest: it was not there in time.
    """
    try:
        async with asyncio.timeout(timeout_s):
            return await _gather(receive)
    except TimeoutError:
        raise SlowRequest(
            f"The request's body was not here after {timeout_s:g} s: nothing was sent to a model. "
            "Send it again, faster."
        ) from None


def slow_answer(error: SlowRequest) -> Answer:
    """Tells a client that it was too slow, and ends its connection: more of the body may come."""
    headers = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))
    return Answer(error.status, (*headers, (b"connection", b"close")), orjson.dumps(error.body()))


async def send_whole(send: Send, answer: Answer) -> None:
    """Send an answer that is no stream."""
    headers = [*answer.headers, (b"content-length", str(len(answer.body)).encode())]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def replay(body: bytes, receive: Receive) -> Receive:
    """What gives a body that was read already, and then what else comes."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_again


async def _gather(receive: Receive) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        if size <= MAX_BODY_BYTES:
            parts.append(part)
        size += len(part)
        if not message.get("more_body") or size > MAX_BODY_BYTES:
            return b"".join(parts)
