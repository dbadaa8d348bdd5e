"""/v1: the gateway's hot path as a plain ASGI app, without a framework in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress

import orjson
from starlette.types import Receive, Scope, Send

from services.api.bodies import read_body, send_whole, slow_answer
from services.api.unknown_paths import unknown_v1_path
from services.bootstrap import Sluice
from services.domain.calls import Endpoint
from services.domain.errors import SlowRequest, SluiceError
from services.domain.messages import Answer, Incoming

_ENDPOINTS = {
    "/v1/chat/completions": Endpoint.CHAT,
    "/v1/completions": Endpoint.COMPLETION,
    "/v1/embeddings": Endpoint.EMBEDDING,
}
_MODELS = "/v1/models"
_JSON = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]

WATCH_AFTER_S = 0.02
"""When to begin to watch for a client that goes away: its provider's call is to stop in 0.2 s."""

SLACK_S = 1.0
"""A stream's own timeout comes first, with an event that says so."""


class Completions:
    """Reads requests, hands them to the pipeline, writes answers."""

    def __init__(self, sluice: Callable[[], Sluice]) -> None:
        self._sluice = sluice

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sluice = self._sluice()
        began = sluice.clock.monotonic_s()
        path, method = scope["path"], scope["method"]
        endpoint = _ENDPOINTS.get(path) if method == "POST" else None
        if endpoint is not None:
            await self._generate(sluice, endpoint, scope, receive, send)
        elif method == "GET" and (path == _MODELS or path.startswith(f"{_MODELS}/")):
            incoming = Incoming(Endpoint.CHAT, _headers(scope), b"", _address(scope))
            model = path.removeprefix(_MODELS)[1:]
            path = _MODELS
            await _send(send, sluice.pipeline.list_models(incoming, model or None))
        else:
            path = "other"
            await _send(send, _unknown(scope))
        sluice.metrics.count_http(method, path, sluice.clock.monotonic_s() - began)

    async def _generate(
        self, sluice: Sluice, endpoint: Endpoint, scope: Scope, receive: Receive, send: Send
    ) -> None:
        try:
            body = await read_body(receive, sluice.settings.ai_read_timeout)
        except SlowRequest as error:
            await send_whole(send, slow_answer(error))
            return
        if body is None:
            return
        exchange = sluice.pipeline.begin(Incoming(endpoint, _headers(scope), body, _address(scope)))
        watch = _Watch(receive, exchange.interrupt)
        try:
            answer = await sluice.pipeline.answer(exchange)
            if answer.stream is None:
                await _send(send, answer)
                return
            # A client that stops reading must not keep the provider's stream open.
            with suppress(TimeoutError):
                async with asyncio.timeout(sluice.settings.ai_stream_timeout + SLACK_S) as limit:
                    exchange.sending = limit
                    await _send(send, answer)
        finally:
            watch.end()


class _Watch:
    """Breaks a request off when its client closes the connection.

    Begins a moment after the request: most are over by then, and a task costs as much as a step.
    """

    def __init__(self, receive: Receive, interrupt: Callable[[None], None]) -> None:
        self._receive = receive
        self._interrupt = interrupt
        self._task: asyncio.Task[None] | None = None
        self._timer = asyncio.get_running_loop().call_later(WATCH_AFTER_S, self._begin)

    def end(self) -> None:
        """The request is over."""
        self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
            # The task ends in an error whose frames know this watch: were each to keep the other,
            # all that the request held would lie about until the garbage collector's full round.
            self._task = None

    def _begin(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._wait())

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._interrupt(None)


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


async def _send(send: Send, answer: Answer) -> None:
    if answer.stream is not None:
        await _send_stream(send, answer, answer.stream)
        return
    await send_whole(send, answer)


async def _send_stream(send: Send, answer: Answer, events: AsyncGenerator[bytes, None]) -> None:
    start = {"type": "http.response.start", "status": answer.status, "headers": answer.headers}
    try:
        await send(start)
        if answer.body:
            await send({"type": "http.response.body", "body": answer.body, "more_body": True})
        async for data in events:
            await send({"type": "http.response.body", "body": data, "more_body": True})
    finally:
        await events.aclose()
    await send({"type": "http.response.body", "body": b""})


def _unknown(scope: Scope) -> Answer:
    known = [*(f"POST {path}" for path in _ENDPOINTS), f"GET {_MODELS}", f"GET {_MODELS}/MODEL"]
    return _error(unknown_v1_path(scope["method"], scope["path"], known))


def _error(error: SluiceError) -> Answer:
    headers = (*_JSON, (b"x-should-retry", b"false"))
    return Answer(error.status, headers, orjson.dumps(error.body()))
