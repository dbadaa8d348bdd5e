"""A text of a mebibyte, of the sorts that take longest to screen and mask, holds up nobody else."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import aiohttp
import pytest

from tests.servers import SluiceServer

MEBIBYTE = 2**20 - 1000
LONGEST_WAIT_S = 0.3
"""Of anybody else. Read at once, each of the texts below takes longer; 0.02 to 0.05 s are usual."""


@pytest.fixture(scope="module")
def server(start_server: Any) -> SluiceServer:
    started: SluiceServer = start_server(AI_MOCK_DELAY_MIN="0", AI_MOCK_DELAY_MAX="0")
    return started


async def ask_while_others_ask(url: str, key: str, text: str) -> tuple[int, float]:
    """The status of a call with this text, and the longest that others waited meanwhile."""
    headers = {"authorization": f"Bearer {key}"}
    body = {"model": "auto", "messages": [{"role": "user", "content": text}], "max_tokens": 1}
    longest_s = 0.0
    async with aiohttp.ClientSession() as session:
        call = asyncio.create_task(
            session.post(f"{url}/v1/chat/completions", json=body, headers=headers).__aenter__()
        )
        while not call.done():
            began_s = time.perf_counter()
            async with session.get(f"{url}/v1/models", headers=headers) as answer:
                assert answer.status == 200
            longest_s = max(longest_s, time.perf_counter() - began_s)
        return (await call).status, longest_s


@pytest.mark.parametrize("piece", ["a@b.co ", "4111 ", "TR33-", "FR76 "])
def test_a_large_number_rich_text_holds_up_nobody(server: SluiceServer, piece: str) -> None:
    text = (piece * MEBIBYTE)[:MEBIBYTE]
    key = server.create_key()
    status, longest_s = asyncio.run(ask_while_others_ask(server.url, key, text))
    assert status == 413, "read to its end, and then more tokens than a whole day has"
    assert longest_s < LONGEST_WAIT_S
