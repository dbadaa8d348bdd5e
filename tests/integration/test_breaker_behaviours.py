"""The behaviours of a breaker that only calls show; tests.contract.test_breaker_behaviours lists
all of them. Each test has a model, and so a breaker, of its own."""

from __future__ import annotations

import itertools
from typing import Any

import openai
import pytest

from services.domain.ledger import Status
from tests.faulty_provider import Behaviour, FaultyProvider, answer
from tests.servers import SluiceServer, eventually

DOWN = answer({"error": {"message": "overloaded"}}, 503)
MISTAKE = answer({"error": {"message": "no such parameter"}}, 400)
HANGS = Behaviour(stall=True)
OK = answer(
    {"choices": [{"index": 0, "message": {"role": "assistant", "content": "ok"},
                  "finish_reason": "stop"}]}
)  # fmt: skip
MODELS = ("auto", "mistakes", "cancelled", "slow", "open", "refused", "permit", "off")
_asked = itertools.count()


@pytest.fixture(scope="module")
def server(start_server: Any, shared_upstream: FaultyProvider) -> SluiceServer:
    started: SluiceServer = start_server(
        AI_PROVIDER="vllm",
        VLLM_BASE_URL=shared_upstream.base_url,
        VLLM_MODELS=",".join(MODELS),
        AI_MAX_RETRIES=0,
        AI_READ_TIMEOUT=1,
        AI_CB_TIMEOUT=1.5,
        AI_CB_SUCCESS_THRESHOLD=1,
        AI_CB_RETURN=0,
    )
    return started


@pytest.fixture(scope="module")
def client(server: SluiceServer) -> openai.OpenAI:
    return server.client(server.create_key())


def ask(client: openai.OpenAI, model: str, **options: Any) -> str:
    """What became of a call: "answered" or the error's code."""
    messages: Any = [{"role": "user", "content": f"Question {next(_asked)}?"}]
    try:
        client.chat.completions.create(model=f"vllm/{model}", messages=messages, **options)
    except openai.APIStatusError as error:
        return str(error.code)
    return "answered"


def breaker(server: SluiceServer, model: str) -> dict[str, Any]:
    found = server.admin("GET", "/breakers").json()["breakers"]
    return next(b for b in found if b["model"] == model)


def open_breaker(server: SluiceServer, client: openai.OpenAI, model: str) -> None:
    for _ in range(5):
        ask(client, model)
    assert breaker(server, model)["state"] == "open"


def wait_for_probe(server: SluiceServer, model: str) -> None:
    eventually(lambda: breaker(server, model)["next_probe_in_s"] == 0)


def test_callers_own_mistakes_never_count(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    upstream.play(MISTAKE)
    assert {ask(client, "mistakes") for _ in range(12)} == {"provider_rejected"}
    found = breaker(server, "mistakes")
    assert (found["state"], found["failures_in_row"]) == ("closed", 0)
    assert len(upstream.received) == 12


def test_calls_that_clients_give_up_never_count(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    upstream.play(HANGS)
    for number in range(1, 8):
        with pytest.raises(openai.APITimeoutError):
            ask(client, "cancelled", timeout=0.5)
        eventually(lambda n=number: len(upstream.received) == n)
        eventually(upstream.client_left.is_set)
        upstream.client_left.clear()
    upstream.play(OK)
    assert ask(client, "cancelled") == "answered"
    found = breaker(server, "cancelled")
    assert (found["state"], found["failures_in_row"]) == ("closed", 0)


def test_timeouts_count_and_give_the_permit_back(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    upstream.play(HANGS)
    open_breaker(server, client, "slow")
    assert breaker(server, "slow")["reason"] == "5 failures in a row: provider_timeout"
    wait_for_probe(server, "slow")
    assert ask(client, "slow") == "provider_timeout"
    assert breaker(server, "slow")["reason"] == "a test call failed: provider_timeout"
    upstream.play(OK)
    wait_for_probe(server, "slow")
    assert ask(client, "slow") == "answered"
    assert breaker(server, "slow")["state"] == "closed"


def test_open_breaker_spares_the_provider_and_says_why_and_until_when(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    upstream.play(DOWN)
    open_breaker(server, client, "open")
    with pytest.raises(openai.InternalServerError) as caught:
        client.chat.completions.create(
            model="vllm/open", messages=[{"role": "user", "content": "Now?"}]
        )
    assert caught.value.code == "no_route"
    assert "5 failures in a row: provider_overloaded" in caught.value.message
    assert int(caught.value.response.headers["retry-after"]) >= 1
    assert len(upstream.received) == 5


def test_refusals_do_not_grow_with_their_number(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    upstream.play(DOWN)
    reason = "an operator looks at it"
    body = {"state": "forced_open", "reason": reason}
    assert server.admin("PUT", "/breakers/vllm/refused", json=body).status_code == 200
    texts = set()
    for number in range(30):
        with pytest.raises(openai.InternalServerError) as caught:
            client.chat.completions.create(
                model="vllm/refused", messages=[{"role": "user", "content": str(number)}]
            )
        texts.add(caught.value.response.text)
    assert len(texts) == 1
    assert reason not in texts.pop(), "an operator's words are not for callers"
    assert upstream.received == []
    assert "Traceback" not in server.read_log()


def test_next_candidate_is_called_once_after_a_timeout(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    upstream.play(HANGS)
    reply = client.chat.completions.with_raw_response.create(
        model="auto", messages=[{"role": "user", "content": "Who answers?"}]
    )
    assert reply.headers["x-ai-provider"] == "mock/mock-model"
    found = server.request(reply.headers["x-request-id"])
    tried = [(a.provider, a.status, a.decision) for a in found.attempts]
    assert tried == [
        ("vllm", Status.ERROR, "provider_timeout"),
        ("mock", Status.SUCCESS, "answered"),
    ]


def test_probe_that_was_the_callers_mistake_gives_its_permit_back(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    upstream.play(DOWN)
    open_breaker(server, client, "permit")
    wait_for_probe(server, "permit")
    upstream.play(MISTAKE)
    assert ask(client, "permit") == "provider_rejected"
    assert breaker(server, "permit")["state"] == "half_open"
    upstream.play(OK)
    assert ask(client, "permit") == "answered"
    assert breaker(server, "permit")["state"] == "closed"


def test_switched_off_breaker_is_still_measured(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    body = {"state": "disabled", "reason": "a drill"}
    assert server.admin("PUT", "/breakers/vllm/off", json=body).status_code == 200
    upstream.play(DOWN)
    before = server.metric("ai_api_requests_total", provider="vllm", status="error")
    assert {ask(client, "off") for _ in range(8)} == {"provider_overloaded"}
    after = server.metric("ai_api_requests_total", provider="vllm", status="error")
    assert after - before == 8
    assert breaker(server, "off")["failures_in_row"] == 8
    assert server.metric("ai_circuit_breaker_state", provider="vllm", model="off") == 0
