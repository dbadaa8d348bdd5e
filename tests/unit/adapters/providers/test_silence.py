"""A stream is cut when its provider says nothing for too long, and for no other reason."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from services.adapters.providers.silence import PatientReader

PATIENCE_S = 0.4


Open = Callable[[Sequence[float]], AbstractAsyncContextManager[aiohttp.ClientResponse]]


@pytest.fixture
async def upstream() -> AsyncIterator[Open]:
    """Opens an answer that sends a piece after each of the pauses."""

    async def answer(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        for pause_s in request.query.getall("pause"):
            await asyncio.sleep(float(pause_s))
            await answer.write(b"piece")
        return answer

    app = web.Application()
    app.router.add_get("/", answer)
    timeout = aiohttp.ClientTimeout(total=None, sock_read=PATIENCE_S, ceil_threshold=10)
    async with TestServer(app) as server, aiohttp.ClientSession(timeout=timeout) as session:
        yield lambda pauses_s: session.get(
            server.make_url("/"), params=[("pause", str(s)) for s in pauses_s]
        )


async def read(body: PatientReader, pause_s: float = 0.0) -> bytes:
    pieces = b""
    while piece := await body.read():
        pieces += piece
        await asyncio.sleep(pause_s)
    return pieces


async def test_a_stream_may_take_longer_than_the_patience_for_each_piece(upstream: Open) -> None:
    async with upstream((0.0, 0.3, 0.3, 0.3)) as response:
        with PatientReader(response, PATIENCE_S) as body:
            assert await read(body) == b"piece" * 4


async def test_a_reader_that_takes_its_time_is_no_silence(upstream: Open) -> None:
    async with upstream((0.0, 0.3, 0.3, 0.3)) as response:
        with PatientReader(response, PATIENCE_S) as body:
            assert await read(body, pause_s=2.5 * PATIENCE_S) == b"piece" * 4


async def test_silence_ends_the_wait_in_time(upstream: Open) -> None:
    async with upstream((0.0, 0.3, 60)) as response:
        began_s = asyncio.get_running_loop().time()
        with (
            PatientReader(response, PATIENCE_S) as body,
            pytest.raises(aiohttp.SocketTimeoutError),
        ):
            await read(body)
        took_s = asyncio.get_running_loop().time() - began_s
    assert 0.65 < took_s < 5
