"""A real HTTP server that answers as it is told to: well, badly, slowly, in pieces or not at all.

`async with FaultyProvider() as server: server.play(answer({...}), cut())` answers two requests in
that order; when the list is played through, the last behaviour repeats.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

DONE = b"data: [DONE]\n\n"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What one request gets.

    Args:
        pieces: the body, each piece written and flushed alone.
        pause_s: waited between pieces.
        silence_s: waited before anything is sent.
        cut: the connection is torn down after the pieces, the answer left unfinished.
        stall: nothing follows the pieces until the client goes away.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    pieces: tuple[bytes, ...] = ()
    pause_s: float = 0.0
    silence_s: float = 0.0
    cut: bool = False
    stall: bool = False


def answer(body: object, status: int = 200, **headers: str) -> Behaviour:
    """A JSON body; header names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Behaviour(status, named, pieces=(json.dumps(body).encode(),))


def page(text: str, status: int = 200) -> Behaviour:
    """What a proxy or a wrong address answers."""
    return Behaviour(status, content_type="text/html", pieces=(text.encode(),))


def events(*data: Mapping[str, Any], done: bool = True, **changes: Any) -> Behaviour:
    """A stream of these events."""
    pieces = [b"data: " + json.dumps(d, ensure_ascii=False).encode() + b"\n\n" for d in data]
    return raw(*pieces, *([DONE] if done else []), **changes)


def raw(*pieces: bytes, **changes: Any) -> Behaviour:
    """A stream of these bytes, as they are."""
    return Behaviour(content_type="text/event-stream", pieces=pieces, **changes)


def cut() -> Behaviour:
    """The connection is torn down without a word."""
    return Behaviour(silence_s=0.001, cut=True)


def delta(
    text: str | None = None, finish_reason: str | None = None, **fields: Any
) -> dict[str, Any]:
    """A chat chunk."""
    content = {} if text is None else {"content": text}
    choice = {"index": 0, "delta": {**content, **fields}, "finish_reason": finish_reason}
    return {"id": "c1", "object": "chat.completion.chunk", "choices": [choice]}


def chat(text: str, **fields: Any) -> dict[str, Any]:
    """A whole chat answer with usage."""
    message = {"role": "assistant", "content": text}
    return {
        "id": "c1",
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
        **fields,
    }


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    peer: tuple[str, int]
    query: str = ""


class FaultyProvider:
    """The server, on a free port of 127.0.0.1.

    Args of `play`: behaviours, one a request.
    """

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.called = asyncio.Event()
        self.client_left = asyncio.Event()
        self._behaviours: list[Behaviour] = [answer(chat("ok"))]
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    def play(self, *behaviours: Behaviour) -> None:
        self._behaviours = list(behaviours)

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=2**26)
        app.router.add_route("*", "/{path:.*}", self._handle)
        # Handlers are cancelled when the client goes away: that is how a stall notices it.
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        sent = await request.read()
        transport = request.transport
        assert transport is not None
        peer = transport.get_extra_info("peername")
        body = json.loads(sent) if sent else None
        path = request.path
        self.received.append(
            Received(request.method, path, request.headers.copy(), body, peer, request.query_string)
        )
        many = len(self._behaviours) > 1
        behaviour = self._behaviours.pop(0) if many else self._behaviours[0]
        self.called.set()
        try:
            return await self._answer(behaviour, request, transport)
        except (asyncio.CancelledError, ConnectionError):
            self.client_left.set()
            raise

    async def _answer(
        self, behaviour: Behaviour, request: web.Request, transport: asyncio.Transport
    ) -> web.StreamResponse:
        await asyncio.sleep(behaviour.silence_s)
        if behaviour.cut and not behaviour.pieces:
            transport.abort()
            return web.Response()
        response = web.StreamResponse(status=behaviour.status, headers=behaviour.headers)
        response.content_type = behaviour.content_type
        await response.prepare(request)
        for piece in behaviour.pieces:
            await response.write(piece)
            await asyncio.sleep(behaviour.pause_s)
        if behaviour.stall:
            await asyncio.Event().wait()
        if behaviour.cut:
            transport.abort()
        else:
            await response.write_eof()
        return response


@asynccontextmanager
async def hanging_up_server(body: object) -> AsyncIterator[str]:
    """The base URL of a server that closes each connection with its answer, without a warning."""
    sent = json.dumps(body).encode()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = head.split(b"content-length: ")[1].split(b"\r\n")[0]
        await reader.readexactly(int(length))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(sent), sent))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
