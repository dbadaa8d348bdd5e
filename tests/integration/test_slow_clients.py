"""Clients that read slowly or not at all: they hold up nobody else, and a kill reaches them."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any

import aiohttp
import pytest

from services.domain.ledger import Status
from tests.faulty_provider import FaultyProvider, delta, events
from tests.integration.equal_calls import Got, call
from tests.servers import SluiceServer, StartServer, eventually

BODY: dict[str, Any] = {
    "messages": [{"role": "user", "content": "2 + 2?"}],
    "temperature": 0,
    "stream": True,
}
LARGE = [delta("bir " * 16_000) for _ in range(400)]
"""25 MB: no two sockets hold so much."""


@pytest.fixture(scope="module")
def server(start_openai: StartServer) -> SluiceServer:
    return start_openai()


def open_unread_stream(server: SluiceServer, key: str, **changes: Any) -> socket.socket:
    """A client that sends its request, and reads nothing but the first bytes of the answer."""
    host, port = server.url.removeprefix("http://").split(":")
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect((host, int(port)))
    body = json.dumps(BODY | changes).encode()
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    client.sendall(head.encode() + body)
    assert client.recv(12) == b"HTTP/1.1 200"
    return client


def test_a_leader_that_does_not_read_holds_up_nobody(
    server: SluiceServer, upstream: FaultyProvider
) -> None:
    async def follow(**changes: Any) -> Got:
        async with aiohttp.ClientSession(read_bufsize=2**22) as session:
            return await asyncio.wait_for(call(session, server.url, key, **changes), 20)

    async def follow_both() -> list[Got]:
        return await asyncio.gather(follow(stream=True), follow(stream=False))

    key = server.create_key(name="unread")
    upstream.play(events(*LARGE, delta(finish_reason="stop")))
    with open_unread_stream(server, key):
        got = asyncio.run(follow_both())
        assert len(upstream.received) == 1
    assert [(g.status, g.headers["x-ai-cache"]) for g in got] == [(200, "shared")] * 2
    assert all(g.content == "bir " * 16_000 * 400 for g in got)
    leading = server.request(upstream.received[0].headers["x-request-id"]).outcome
    assert leading.status is Status.SUCCESS
    assert leading.cost_nano_usd > 0


@pytest.mark.parametrize("temperature", [0, 1])
def test_a_kill_stops_the_provider_though_the_client_reads_nothing(
    server: SluiceServer, upstream: FaultyProvider, temperature: float
) -> None:
    key = server.create_key(name=f"stuck{temperature}")
    upstream.play(events(*LARGE, delta(finish_reason="stop")))
    with open_unread_stream(server, key, temperature=temperature):
        request_id = upstream.received[0].headers["x-request-id"]
        try:
            body = {"scope": "feature:question_hint", "reason": "a test stops it"}
            assert server.admin("POST", "/kill-switch", json=body).status_code == 200
            eventually(upstream.client_left.is_set, 1)
        finally:
            query = {"scope": "feature:question_hint", "reason": "the test is over"}
            assert server.admin("DELETE", "/kill-switch", params=query).status_code == 200
        outcome = server.request(request_id).outcome
    assert (outcome.status, outcome.decision) == (Status.REFUSED, "kill_switch_active")
    assert outcome.cost_nano_usd > 0


@pytest.fixture(scope="module")
def hasty_server(start_server: Any) -> SluiceServer:
    started: SluiceServer = start_server(AI_READ_TIMEOUT="0.5")
    return started


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/api/v1/admin/ai/kill-switch"])
def test_a_body_that_comes_byte_by_byte_ends_with_408(
    hasty_server: SluiceServer, path: str
) -> None:
    host, port = hasty_server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as client:
        head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100000\r\n\r\n"
        client.sendall(head.encode() + b"{")
        text = b""
        while piece := client.recv(4096):
            text += piece
    head_text, _, body = text.decode().partition("\r\n\r\n")
    assert head_text.startswith("HTTP/1.1 408 "), "and then the connection is closed"
    error = json.loads(body)["error"]
    assert (error["code"], error["type"]) == ("request_timeout", "invalid_request_error")
    assert error.keys() == {"message", "type", "param", "code"}
