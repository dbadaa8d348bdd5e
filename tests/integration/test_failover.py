"""A real provider that fails, the mock behind it: who answers, and what is never done twice."""

from __future__ import annotations

import time
from typing import Any

import openai
import pytest

from services.domain.ledger import Status
from services.domain.money import CostBasis
from tests.faulty_provider import (
    Behaviour,
    FaultyProvider,
    answer,
    chat,
    cut,
    delta,
    events,
    page,
    raw,
)
from tests.integration.backends import BOTH
from tests.servers import SluiceServer, eventually

BACKENDS = BOTH

ASK: list[Any] = [{"role": "user", "content": "2 + 2?"}]
OVERLOADED = answer({"error": {"message": "slow down"}}, 503)
REPORTED = raw(b'data: {"error": {"message": "out of memory", "code": 500}}\n\n')


def start(start_server: Any, upstream: FaultyProvider, **environment: object) -> SluiceServer:
    settings: dict[str, object] = {
        "AI_PROVIDER": "vllm",
        "VLLM_BASE_URL": upstream.base_url,
        "VLLM_MODELS": "small",
        "AI_FALLBACK_PROVIDERS": "mock",
        "AI_MAX_RETRIES": 0,
        "AI_READ_TIMEOUT": 0.3,
    }
    started: SluiceServer = start_server(**settings | environment)
    return started


@pytest.fixture(scope="module")
def server(start_server: Any, shared_upstream: FaultyProvider) -> SluiceServer:
    return start(start_server, shared_upstream)


@pytest.fixture(scope="module")
def client(server: SluiceServer) -> openai.OpenAI:
    return server.client(server.create_key())


@pytest.fixture
def healthy(upstream: FaultyProvider, client: openai.OpenAI) -> FaultyProvider:
    """Let the provider answer twice first, or the failures of all tests open its breaker."""
    for _ in range(2):
        ask(client)
    upstream.received.clear()
    return upstream


def ask(client: openai.OpenAI, **changes: Any) -> Any:
    """The raw answer of a call."""
    asked: dict[str, Any] = {"model": "auto", "messages": ASK} | changes
    return client.chat.completions.with_raw_response.create(**asked)


@pytest.mark.parametrize(
    "behaviour",
    [OVERLOADED, Behaviour(stall=True), cut(), page("<html>")],
    ids=["error", "stall", "cut", "page"],
)
def test_the_next_candidate_answers_a_plain_call(
    server: SluiceServer, client: openai.OpenAI, healthy: FaultyProvider, behaviour: Behaviour
) -> None:
    healthy.play(behaviour)
    reply = ask(client)
    assert reply.headers["x-ai-provider"] == "mock/mock-model"
    assert reply.headers["x-ai-degraded"] == "true"
    assert reply.parse().choices[0].message.content
    assert len(healthy.received) == 1
    found = server.request(reply.headers["x-request-id"])
    assert found.outcome.status is Status.SUCCESS
    assert found.outcome.is_degraded
    assert [(a.provider, a.status) for a in found.attempts] == [
        ("vllm", Status.ERROR),
        ("mock", Status.SUCCESS),
    ]


@pytest.mark.parametrize(
    "behaviour",
    [
        OVERLOADED,
        Behaviour(stall=True, content_type="text/event-stream"),
        events(delta(role="assistant"), done=False, stall=True),
        REPORTED,
        events(delta(role="assistant"), done=False, cut=True),
        raw(b"data: {nope\n\n"),
    ],
    ids=["error", "stall", "stall_after_role", "error_event", "cut_before_content", "broken"],
)
def test_the_next_candidate_answers_a_stream_that_had_no_content(
    client: openai.OpenAI, healthy: FaultyProvider, behaviour: Behaviour
) -> None:
    healthy.play(behaviour)
    reply = ask(client, stream=True)
    assert reply.headers["x-ai-degraded"] == "true"
    chunks = list(reply.parse())
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text
    assert chunks[-1].sluice["provider"] == "mock/mock-model"
    assert chunks[-1].sluice["degraded"] is True
    # Nothing of the attempt that was given up is shown: its role event neither.
    assert {chunk.id for chunk in chunks} == {f"mock-{reply.headers['x-request-id']}"}


@pytest.mark.parametrize(
    "ending",
    [{"cut": True}, {"stall": True}, {}],
    ids=["cut", "stall", "no_end"],
)
def test_after_content_nothing_is_replayed(
    server: SluiceServer, client: openai.OpenAI, healthy: FaultyProvider, ending: dict[str, bool]
) -> None:
    healthy.play(events(delta("Bir, "), delta("iki, "), done=False, **ending))
    reply = ask(client, stream=True)
    texts: list[str] = []
    with pytest.raises(openai.APIError) as caught:
        texts.extend(c.choices[0].delta.content for c in reply.parse())
    assert texts == ["Bir, ", "iki, "]
    assert "vllm" in caught.value.message
    assert "x-ai-degraded" not in reply.headers
    assert len(healthy.received) == 1

    found = server.request(reply.headers["x-request-id"])
    assert found.outcome.status is Status.ERROR
    assert found.outcome.decision == caught.value.code
    assert [a.provider for a in found.attempts] == ["vllm"]
    assert found.attempts[0].cost_basis is CostBasis.COUNTED
    assert found.attempts[0].usage.output_tokens >= 2


def test_an_error_event_after_content_reaches_the_client(
    client: openai.OpenAI, healthy: FaultyProvider
) -> None:
    healthy.play(
        raw(*events(delta("Bir, "), done=False).pieces, *REPORTED.pieces),
    )
    reply = ask(client, stream=True)
    with pytest.raises(openai.APIError, match="out of memory"):
        list(reply.parse())


def test_a_pinned_model_has_nobody_to_stand_in(
    client: openai.OpenAI, healthy: FaultyProvider
) -> None:
    healthy.play(OVERLOADED)
    with pytest.raises(openai.InternalServerError) as caught:
        ask(client, model="vllm/small")
    assert caught.value.code == "provider_overloaded"


def test_the_breaker_opens_after_five_failures_and_spares_the_provider(
    start_server: Any, upstream: FaultyProvider
) -> None:
    server = start(start_server, upstream, AI_CB_TIMEOUT=2, AI_CB_SUCCESS_THRESHOLD=2)
    client = server.client(server.create_key())

    def state() -> float:
        return server.metric("ai_circuit_breaker_state", provider="vllm", model="small")

    upstream.play(OVERLOADED)
    for _ in range(5):
        assert ask(client).headers["x-ai-degraded"] == "true"
    assert len(upstream.received) == 5
    assert state() == 2

    upstream.play(answer(chat("back")))
    reply = ask(client)
    assert reply.headers["x-ai-provider"] == "mock/mock-model"
    assert len(upstream.received) == 5, "an open breaker lets nothing through"
    with pytest.raises(openai.InternalServerError) as caught:
        ask(client, model="vllm/small")
    assert caught.value.code == "no_route"
    assert "circuit breaker of vllm/small" in caught.value.message
    assert "5 failures in a row: provider_overloaded" in caught.value.message
    assert int(caught.value.response.headers["retry-after"]) >= 1

    eventually(lambda: ask(client).headers["x-ai-provider"] == "vllm/small")
    assert state() == 1
    # On a busy machine a call may not wait for Redis, and leaves the probe to the next.
    eventually(lambda: ask(client).status_code == 200 and state() == 0)
    assert len(upstream.received) == 7


def test_a_provider_is_tried_again_when_it_said(
    start_server: Any, upstream: FaultyProvider
) -> None:
    server = start(
        start_server,
        upstream,
        AI_MAX_RETRIES=2,
        AI_RETRY_INITIAL_DELAY=0.01,
        AI_RETRY_MAX_DELAY=2,
    )
    client = server.client(server.create_key())
    busy = answer({"error": {"message": "busy"}}, 429, retry_after="1")
    upstream.play(busy, answer(chat("now")))
    began = time.monotonic()
    reply = ask(client)
    took = time.monotonic() - began
    assert 1 <= took < 3
    assert reply.headers["x-ai-provider"] == "vllm/small"
    found = server.request(reply.headers["x-request-id"])
    assert [a.status for a in found.attempts] == [Status.ERROR, Status.SUCCESS]
    assert found.attempts[0].cost_basis is CostBasis.FREE

    upstream.received.clear()
    upstream.play(answer({"error": {"message": "busy"}}, 429, retry_after="60"))
    began = time.monotonic()
    assert ask(client).headers["x-ai-provider"] == "mock/mock-model"
    assert time.monotonic() - began < 1, "a wait beyond the longest delay is not worth it"
    assert len(upstream.received) == 1

    upstream.received.clear()
    upstream.play(OVERLOADED)
    assert ask(client).headers["x-ai-provider"] == "mock/mock-model"
    assert len(upstream.received) == 3, "the first try and two retries"
