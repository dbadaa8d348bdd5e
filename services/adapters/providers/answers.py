"""Reading an HTTP answer within bounds."""

from __future__ import annotations

import asyncio

import aiohttp

from services.adapters.providers.failures import CAUGHT
from services.adapters.providers.wire import MAX_ANSWER_BYTES
from services.adapters.providers.wire_faults import Malformed

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
