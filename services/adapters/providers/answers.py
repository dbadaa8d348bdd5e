"""Reading an HTTP answer within bounds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import aiohttp

from services.adapters.providers.failures import CAUGHT
from services.adapters.providers.sse import EventDecoder
from services.adapters.providers.wire import Malformed

MAX_ANSWER_BYTES = 64 * 2**20
"""More than 2,048 embeddings need; an answer beyond it is cut off and refused."""

MAX_ERROR_BYTES = 65_536
DRAIN_S = 0.05


async def read_answer(response: aiohttp.ClientResponse) -> bytes:
    """The whole body.

    Raises:
        Malformed: it is larger than any answer.
    """
    pieces, size = [], 0
    while piece := await response.content.readany():
        size += len(piece)
        if size > MAX_ANSWER_BYTES:
            raise Malformed(f"more than {MAX_ANSWER_BYTES} bytes")
        pieces.append(piece)
    return b"".join(pieces)


async def read_events(response: aiohttp.ClientResponse) -> AsyncGenerator[bytes, None]:
    """The data of each server-sent event, as it comes.

    Raises:
        Malformed: one is larger than any event, or all of them than any answer.
    """
    decoder, size = EventDecoder(), 0
    while piece := await response.content.readany():
        size += len(piece)
        if size > MAX_ANSWER_BYTES:
            raise Malformed(f"more than {MAX_ANSWER_BYTES} bytes")
        for event in decoder.feed(piece):
            yield event
    for event in decoder.end():
        yield event


async def read_error(response: aiohttp.ClientResponse) -> bytes:
    """An error's body as far as it comes: the status alone says enough."""
    raw = b""
    try:
        while len(raw) < MAX_ERROR_BYTES and (piece := await response.content.readany()):
            raw += piece
    except CAUGHT:
        return raw
    return raw


async def drain(response: aiohttp.ClientResponse) -> None:
    """Read what follows a finished stream, if it comes at once: its connection is kept then."""
    try:
        async with asyncio.timeout(DRAIN_S):
            while await response.content.readany():
                pass
    except CAUGHT:
        response.close()
