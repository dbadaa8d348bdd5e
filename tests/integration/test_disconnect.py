"""A client that goes away stops the provider's work, and what was used until then is booked."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

import openai
import pytest

from services.domain.ledger import Status
from services.domain.money import CostBasis
from tests.faulty_provider import Behaviour, FaultyProvider, answer, chat
from tests.integration.backends import BOTH
from tests.integration.streams import ASK, LONG, long_stream
from tests.servers import SluiceServer, StartServer, eventually

BACKENDS = BOTH

NOTICED_WITHIN_S = 1.0


@pytest.fixture(scope="module")
def server(start_openai: StartServer) -> SluiceServer:
    return start_openai()


@pytest.fixture(scope="module")
def client(server: SluiceServer) -> openai.OpenAI:
    return server.client(server.create_key())


def test_leaving_a_stream_stops_the_provider_and_books_what_came(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    upstream.play(long_stream())
    stream = client.chat.completions.create(model="auto", messages=ASK, stream=True)
    seen = [next(stream) for _ in range(10)]
    stream.close()
    eventually(upstream.client_left.is_set, NOTICED_WITHIN_S)

    found = server.request(stream.response.headers["x-request-id"])
    assert (found.outcome.status, found.outcome.decision) == (Status.CANCELLED, "client_gone")
    assert found.outcome.http_status == 499
    (attempt,) = found.attempts
    assert (attempt.status, attempt.cost_basis) == (Status.CANCELLED, CostBasis.COUNTED)
    usage = found.outcome.usage
    assert usage.is_counted
    assert len(seen) <= usage.output_tokens < LONG / 2
    assert usage.input_tokens > 0
    assert found.outcome.cost_nano_usd == usage.input_tokens * 150 + usage.output_tokens * 600


def test_leaving_a_plain_call_stops_the_provider_and_books_its_input(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    upstream.play(Behaviour(stall=True))
    with pytest.raises(openai.APITimeoutError):
        client.with_options(timeout=1).chat.completions.create(model="auto", messages=ASK)
    eventually(upstream.client_left.is_set, NOTICED_WITHIN_S)
    request_id = upstream.received[0].headers["x-request-id"]
    found = server.request(request_id)
    assert (found.outcome.status, found.outcome.decision) == (Status.CANCELLED, "client_gone")
    (attempt,) = found.attempts
    assert attempt.cost_basis is CostBasis.ESTIMATED
    assert attempt.cost_nano_usd == attempt.usage.input_tokens * 150 > 0


@pytest.mark.parametrize("stream", [False, True])
def test_leaving_as_soon_as_the_provider_is_called_stops_it(
    server: SluiceServer, upstream: FaultyProvider, stream: bool
) -> None:
    # That is before the gateway begins to watch for clients that go away.
    key = server.create_key()
    upstream.play(Behaviour(stall=True))
    host, port = server.url.removeprefix("http://").split(":")
    body = json.dumps({"messages": ASK, "stream": stream}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n"
    with socket.create_connection((host, int(port))) as client:
        client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        while not upstream.called.is_set():
            time.sleep(0.0005)
    eventually(upstream.client_left.is_set, NOTICED_WITHIN_S)
    found = server.request(upstream.received[0].headers["x-request-id"])
    assert (found.outcome.status, found.outcome.decision) == (Status.CANCELLED, "client_gone")
    assert found.outcome.cost_nano_usd == found.attempts[0].usage.input_tokens * 150 > 0


def test_leaving_during_a_wait_for_a_retry_ends_the_request(
    start_server: Any, upstream: FaultyProvider
) -> None:
    server: SluiceServer = start_server(
        AI_PROVIDER="vllm",
        VLLM_BASE_URL=upstream.base_url,
        VLLM_MODELS="small",
        AI_RETRY_INITIAL_DELAY=20,
    )
    client = server.client(server.create_key(), timeout=1)
    upstream.play(answer({"error": {"message": "busy"}}, 503))
    with pytest.raises(openai.APITimeoutError):
        client.chat.completions.create(model="auto", messages=ASK)
    found = server.request(upstream.received[0].headers["x-request-id"])
    assert (found.outcome.status, found.outcome.decision) == (Status.CANCELLED, "client_gone")
    assert len(upstream.received) == 1


def test_a_call_that_is_left_does_not_hold_its_budget(
    start_openai: StartServer, upstream: FaultyProvider
) -> None:
    # Room for one call with its 500 reserved output tokens, $0.0003 each, not for two.
    server = start_openai(AI_DAILY_BUDGET_USD="0.0004")
    client = server.client(server.create_key())
    upstream.play(long_stream())
    stream = client.chat.completions.create(model="auto", messages=ASK, stream=True)
    with pytest.raises(openai.RateLimitError) as caught:
        client.chat.completions.create(model="auto", messages=ASK)
    assert caught.value.code == "budget_held"
    stream.close()
    eventually(upstream.client_left.is_set, NOTICED_WITHIN_S)
    upstream.play(answer(chat("ok")))
    server.request(stream.response.headers["x-request-id"])
    assert client.chat.completions.create(model="auto", messages=ASK).choices
