"""The yardstick: a bare Starlette and aiohttp forwarder that does nothing but pass bytes on.

BENCH_UPSTREAM=http://127.0.0.1:9000 uvicorn bench.forwarder:app
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        app.state.session = session
        yield


async def forward(request: Request) -> Response:
    """Pass the request on and its answer back."""
    body = await request.body()
    url = os.environ["BENCH_UPSTREAM"] + "/v1/chat/completions"
    headers = {"content-type": "application/json", "authorization": "Bearer upstream"}
    answer = await request.app.state.session.post(url, data=body, headers=headers)
    if b'"stream":true' in body:
        return StreamingResponse(_pieces(answer), media_type="text/event-stream")
    content = await answer.read()
    return Response(content, media_type="application/json")


async def _pieces(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    async for piece in answer.content.iter_any():
        yield piece


app = Starlette(
    routes=[Route("/v1/chat/completions", forward, methods=["POST"])], lifespan=_lifespan
)
