"""A provider's minute is used up: calls wait, go to the next provider, or are told when."""

from __future__ import annotations

import time
from typing import Any

import openai
import pytest

from services.domain.ledger import Status
from tests.faulty_provider import FaultyProvider, answer, chat
from tests.servers import SluiceServer, eventually

ASK: list[Any] = [{"role": "user", "content": "2 + 2?"}]
USAGE = {"prompt_tokens": 8, "completion_tokens": 12, "total_tokens": 20}


def start(start_server: Any, upstream: FaultyProvider, **environment: object) -> SluiceServer:
    upstream.play(answer(chat("Dört.", usage=USAGE)))
    settings: dict[str, object] = {
        "AI_PROVIDER": "vllm",
        "VLLM_BASE_URL": upstream.base_url,
        "VLLM_MODELS": "small",
        "AI_FALLBACK_PROVIDERS": "vllm",
        "AI_RETRY_MAX_DELAY": 0,
    }
    started: SluiceServer = start_server(**settings | environment)
    return started


def ask(client: openai.OpenAI, **options: Any) -> Any:
    return client.chat.completions.with_raw_response.create(model="auto", messages=ASK, **options)


def test_full_minute_without_another_provider_is_refused_and_says_which_limit(
    start_server: Any, upstream: FaultyProvider
) -> None:
    server = start(start_server, upstream, AI_PROVIDER_RPM="vllm=2")
    client = server.client(server.create_key())
    began_s = time.monotonic()
    for _ in range(2):
        ask(client)
    with pytest.raises(
        openai.RateLimitError, match="provider_rpm of provider vllm, 2 requests"
    ) as e:
        ask(client)
    assert e.value.code == "provider_limit_reached"
    retry_after_s = int(e.value.response.headers["retry-after"])
    assert 60 - (time.monotonic() - began_s) <= retry_after_s <= 60
    assert len(upstream.received) == 2
    detail = server.request(e.value.response.headers["x-request-id"])
    assert (detail.outcome.status, detail.attempts) == (Status.REFUSED, ())
    steps = {step.step: (step.outcome, step.decision) for step in detail.outcome.steps}
    assert steps["provider_limit"] == ("full", "provider_rpm of vllm")
    assert server.admin("GET", "/status").json()["circuit_breaker_state"] == "closed"
    told = server.admin("GET", "/limits").json()
    (use,) = [use for use in told["use"]["limits"] if use["key"] == "vllm"]
    assert (use["used"], use["limit"]) == (2, 2)
    (row,) = told["refusals"]["spans"][0]["limits"]
    assert (row["name"], row["refused"]) == ("provider_rpm vllm", 1)


def test_full_minute_goes_to_the_next_provider(start_server: Any, upstream: FaultyProvider) -> None:
    server = start(start_server, upstream, AI_PROVIDER_RPM="vllm=1", AI_FALLBACK_PROVIDERS="mock")
    client = server.client(server.create_key())
    assert ask(client).headers["x-ai-provider"] == "vllm/small"
    second = ask(client)
    assert second.headers["x-ai-provider"] == "mock/mock-model"
    assert second.headers["x-ai-degraded"] == "true"


def test_estimated_tokens_are_replaced_by_those_that_were_used(
    start_server: Any, upstream: FaultyProvider
) -> None:
    server = start(start_server, upstream, AI_PROVIDER_TPM="vllm=300")
    client = server.client(server.create_key())
    # Each is estimated at over 200 tokens and takes 20.
    for _ in range(4):
        ask(client, max_tokens=200)
    with pytest.raises(openai.RateLimitError, match="provider_tpm of provider vllm, 300 tokens"):
        ask(client, max_tokens=290)
    assert len(upstream.received) == 4


def test_limit_in_shadow_lets_pass_and_is_counted(
    start_server: Any, upstream: FaultyProvider
) -> None:
    server = start(
        start_server, upstream, AI_PROVIDER_RPM="vllm=1", AI_SHADOW_LIMITS="provider_rpm"
    )
    client = server.client(server.create_key())
    for _ in range(3):
        ask(client)
    told = server.metric("ai_limit_shadow_refusals_total", limit="provider_rpm vllm")
    assert (told, len(upstream.received)) == (2, 3)


def test_one_with_stream_waits_for_room_no_longer_than_its_client(
    start_server: Any, upstream: FaultyProvider
) -> None:
    server = start(start_server, upstream, AI_PROVIDER_RPM="vllm=1", AI_RETRY_MAX_DELAY=60.5,
                   AI_TOTAL_TIMEOUT=90)  # fmt: skip
    key = server.create_key()
    ask(server.client(key))
    with pytest.raises(openai.APITimeoutError):
        ask(server.client(key, timeout=0.5), stream=True)
    # It waited for its provider's minute when its client left.
    eventually(lambda: server.metric("ai_requests_total", status="success") == 2)
    assert len(upstream.received) == 1
