"""Reads the body of a request within its size and time; sends that of an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any

import orjson
from starlette.types import Message, Receive, Send

from services.domain.errors import SlowRequest
from services.domain.messages import MAX_BODY_BYTES, Answer


async def read_body(receive: Receive, timeout_s: float) -> bytes | None:
    """The body, cut just past the size limit; None when the client went away.

    A body that came with the first message, as nearly all do, costs no timer.

    Raises:
        SlowRequest: it was not there in time.
    """
    first = _Step(receive())
    if first.is_done and not first.result.get("more_body"):
        return _body_of(first.result)
    try:
        async with asyncio.timeout(timeout_s):
            return await _gather(await first, receive)
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


async def _gather(message: Message, receive: Receive) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    while (part := _body_of(message)) is not None:
        if size <= MAX_BODY_BYTES:
            parts.append(part)
        size += len(part)
        if not message.get("more_body") or size > MAX_BODY_BYTES:
            return b"".join(parts)
        message = await receive()
    return None


def _body_of(message: Message) -> bytes | None:
    if message["type"] == "http.disconnect":
        return None
    body: bytes = message.get("body", b"")
    return body


class _Step:
    """A coroutine that has run until it waits for the first time, or to its end.

    Where it waits still, the rest of it can be awaited.
    """

    def __init__(self, coroutine: Any) -> None:
        self._coroutine: Coroutine[Any, Any, Message] = coroutine
        self.is_done = False
        self.result: Message = {}
        self._waits_for: Any = None
        self._go_on()

    def __await__(self) -> Generator[Any, Any, Message]:
        while not self.is_done:
            try:
                yield self._waits_for
            except BaseException as error:  # noqa: BLE001 - handed on to whom it is meant for
                self._go_on(error)
            else:
                self._go_on()
        return self.result

    def _go_on(self, error: BaseException | None = None) -> None:
        try:
            if error is None:
                self._waits_for = self._coroutine.send(None)
            else:
                self._waits_for = self._coroutine.throw(error)
        except StopIteration as end:
            self.is_done, self.result = True, end.value
