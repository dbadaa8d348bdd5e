"""The official client against the gateway: answers, streams, failing providers and limits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from tests.faulty_provider import (
    Behaviour,
    FaultyProvider,
    answer,
    chat,
    cut,
    delta,
    events,
    page,
)
from tests.integration.backends import BOTH
from tests.integration.calls import COST_NANO_USD, USAGE, USAGE_EVENT, ask, check, fail, recorded
from tests.servers import SluiceServer, StartServer

BACKENDS = BOTH

STREAM = events(
    delta(role="assistant"),
    delta("Dör"),
    delta("t."),
    delta(finish_reason="stop"),
    USAGE_EVENT,
)
# Each has a model of its own, or one kind of failure would open the breaker for the next.
FAILURES = {
    "overloaded": (answer({"error": {"message": "slow down"}}, 429), 503, "overloaded"),
    "failing": (answer({"error": {"message": "oops"}}, 500), 502, "bad_answer"),
    "cut": (cut(), 502, "unreachable"),
    "silent": (Behaviour(stall=True), 504, "timeout"),
    "refusing": (answer({"error": {"message": "bad key"}}, 401), 502, "rejected"),
    "html": (page("<html>It works!</html>"), 502, "bad_answer"),
}


@pytest.fixture(scope="module")
def server(start_openai: StartServer, shared_upstream: FaultyProvider) -> SluiceServer:
    return start_openai(
        VLLM_BASE_URL=shared_upstream.base_url,
        VLLM_MODELS=",".join(FAILURES),
        AI_MAX_RETRIES=0,
        AI_READ_TIMEOUT=0.4,
    )


@pytest.fixture(scope="module")
def client(server: SluiceServer) -> openai.OpenAI:
    return server.client(server.create_key())


def test_a_plain_chat_is_answered(client: openai.OpenAI, upstream: FaultyProvider) -> None:
    upstream.play(answer(chat("Dört.", usage=USAGE)))
    found = ask(client)
    assert found.choices[0].message.content == "Dört."
    assert found.usage.total_tokens == 50


def test_a_stream_ends_with_its_figures(client: openai.OpenAI, upstream: FaultyProvider) -> None:
    upstream.play(STREAM)
    chunks = list(ask(client, stream=True))
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == "Dört."
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert all(c.usage is None for c in chunks)
    figures = chunks[-1].sluice
    assert figures["provider"] == "openai/gpt-4o-mini"
    assert figures["cost_usd"] == "0.000021000"
    assert figures["overhead_ms"] > 0
    assert figures["degraded"] is figures["cached"] is False


def test_a_stream_with_usage_ends_with_usage_and_figures(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    upstream.play(STREAM)
    chunks = list(ask(client, stream=True, stream_options={"include_usage": True}))
    last = chunks[-1]
    assert last.choices == []
    assert last.usage.model_dump(include=USAGE.keys()) == USAGE
    assert [c for c in chunks if c.usage] == [last]
    found = server.request(last.sluice["request_id"])
    assert found.outcome.usage.output_tokens == 30
    assert found.outcome.cost_nano_usd == COST_NANO_USD
    assert found.outcome.first_token_ms == pytest.approx(last.sluice["first_token_ms"], abs=0.1)
    assert found.outcome.duration_ms == pytest.approx(last.sluice["duration_ms"], abs=100)


@pytest.mark.parametrize("is_streamed", [False, True])
def test_a_failing_provider_has_a_status_of_its_own(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider, is_streamed: bool
) -> None:
    errors = []
    for model, (behaviour, status, code) in FAILURES.items():
        upstream.play(behaviour)
        error = fail(client, model=f"vllm/{model}", stream=is_streamed)
        assert isinstance(error, openai.InternalServerError)
        check(error, status, f"provider_{code}", "vllm")
        errors.append(error)
    for error in errors:
        recorded(server, error)


@pytest.fixture
def stopped(server: SluiceServer) -> Iterator[None]:
    body = {"scope": "feature:question_hint", "reason": "a test stops it"}
    assert server.admin("POST", "/kill-switch", json=body).status_code == 200
    yield
    query = {"scope": "feature:question_hint", "reason": "the test is over"}
    assert server.admin("DELETE", "/kill-switch", params=query).status_code == 200


def test_a_stopped_feature_is_refused_once_however_often_the_client_would_retry(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider, stopped: None
) -> None:
    before = server.metric("ai_requests_total", status="refused", feature="question_hint")
    error = fail(client.with_options(max_retries=2))
    check(error, 503, "kill_switch_active", "feature:question_hint", "without AI")
    after = server.metric("ai_requests_total", status="refused", feature="question_hint")
    assert after - before == 1
    assert upstream.received == []


def test_a_user_over_the_limit_is_told_when_to_come_back(
    start_server: Any, upstream: FaultyProvider
) -> None:
    server: SluiceServer = start_server(AI_USER_RPM=2)
    client = server.client(server.create_key())
    for _ in range(2):
        ask(client, user="ayse")
    error = fail(client, user="ayse")
    assert isinstance(error, openai.RateLimitError)
    check(error, 429, "rate_limit_exceeded", "user_rpm of 2", "Retry-After")
    assert 1 <= int(error.response.headers["retry-after"]) <= 60
    assert error.response.headers["x-ratelimit-remaining-requests"] == "0"

    again = fail(client, user="ayse")
    check(again, 429, "cooldown", "cool-down")
    assert 1 <= int(again.response.headers["retry-after"]) <= 30
    assert ask(client, user="kemal"), "another user has a limit of their own"


def test_the_clients_own_retries_wait_as_told_and_succeed(
    start_server: Any, upstream: FaultyProvider
) -> None:
    server: SluiceServer = start_server(AI_FEATURE_RPM=60, AI_FEATURE_BURST=1)
    client = server.client(server.create_key(), max_retries=2)
    ask(client)
    began = time.monotonic()
    assert ask(client).choices
    assert 0.9 <= time.monotonic() - began < 5
    assert server.metric("ai_requests_total", status="refused") == 1
    assert server.metric("ai_requests_total", status="success") == 2


def test_a_budget_that_is_spent_is_refused_once(
    start_openai: StartServer, upstream: FaultyProvider
) -> None:
    server = start_openai(AI_DAILY_BUDGET_USD="0.0001")
    client = server.client(server.create_key(), max_retries=2)
    error = fail(client)
    check(error, 402, "budget_exhausted", "daily_budget", "an operator can raise it")
    assert upstream.received == []
    assert server.metric("ai_requests_total", status="refused") == 1


def test_an_unknown_path_is_told_what_there_is(server: SluiceServer, client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        client.responses.create(model="auto", input="2 + 2?")
    assert "POST /v1/chat/completions" in caught.value.message
