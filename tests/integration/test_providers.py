"""Azure and Anthropic behind the gateway; contexts and prices as the settings tell them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openai
import pytest

from services.domain.ledger import Status
from services.domain.money import CostBasis
from tests.faulty_provider import FaultyProvider, answer, chat, raw
from tests.integration.backends import BOTH
from tests.servers import SluiceServer

BACKENDS = BOTH

ASK: list[Any] = [{"role": "user", "content": "2 + 2?"}]
HAIKU = "anthropic/claude-haiku-4-5"
LONG: list[Any] = [{"role": "user", "content": "kaç " * 200}]
VECTORS = [{"object": "embedding", "index": i, "embedding": [0.5]} for i in range(4)]
PRICES = """
prices:
  - {provider: azure, model: teachers, valid_from: 2020-01-01, input_usd: 1, output_usd: 2}
"""
MESSAGE = {
    "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-haiku-4-5",
    "content": [{"type": "text", "text": "dört"}], "stop_reason": "end_turn",
    "usage": {"input_tokens": 10, "output_tokens": 4, "cache_read_input_tokens": 1000,
              "cache_creation_input_tokens": 100},
}  # fmt: skip
# claude-haiku-4-5: $1 a million input tokens, $0.10 read, $1.25 written, $5 output.
MESSAGE_NANO_USD = 10 * 1000 + 1000 * 100 + 100 * 1250 + 4 * 5000


@pytest.fixture(scope="module")
def server(
    start_server: Any, shared_upstream: FaultyProvider, tmp_path_factory: pytest.TempPathFactory
) -> SluiceServer:
    prices: Path = tmp_path_factory.mktemp("prices") / "prices.yaml"
    prices.write_text(PRICES)
    origin = shared_upstream.base_url.removesuffix("/v1")
    started: SluiceServer = start_server(
        AI_PROVIDER="azure",
        AI_FALLBACK_PROVIDERS="anthropic,mock",
        AZURE_OPENAI_API_KEY="azure-key",
        AZURE_OPENAI_ENDPOINT=f"{origin}/",
        AZURE_OPENAI_DEPLOYMENT="pupils",
        AZURE_OPENAI_MODELS="pupils=gpt-4o-mini,teachers=gpt-4o,mystery=our-own",
        ANTHROPIC_API_KEY="sk-ant-key",
        ANTHROPIC_BASE_URL=origin,
        VLLM_BASE_URL=shared_upstream.base_url,
        VLLM_MODELS="small",
        AI_CONTEXT_TOKENS="vllm/small=100,azure/pupils=300,anthropic/claude-haiku-4-5=600",
        AI_PRICES_FILE=prices,
        AI_MAX_RETRIES=0,
    )
    return started


@pytest.fixture(scope="module")
def client(server: SluiceServer) -> openai.OpenAI:
    return server.client(server.create_key())


def ask(client: openai.OpenAI, **changes: Any) -> Any:
    asked: dict[str, Any] = {"model": "auto", "messages": ASK, "max_tokens": 50} | changes
    return client.chat.completions.with_raw_response.create(**asked)


def test_azure_is_billed_at_the_price_of_the_model_behind_the_deployment(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    found = server.request(ask(client).headers["x-request-id"]).outcome
    (request,) = upstream.received
    assert request.path == "/openai/deployments/pupils/chat/completions"
    assert request.headers["api-key"] == "azure-key"
    assert (found.provider, found.model, found.cost_basis) == ("azure", "pupils", CostBasis.EXACT)
    assert found.cost_nano_usd == 11 * 150 + 7 * 600


def test_price_of_ones_own_goes_before_the_list(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    reply = ask(client, model="azure/teachers")
    assert server.request(reply.headers["x-request-id"]).outcome.cost_nano_usd == 11_000 + 14_000


def test_unknown_price_is_flagged(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    reply = ask(client, model="azure/mystery")
    found = server.request(reply.headers["x-request-id"]).outcome
    assert found.cost_basis is CostBasis.UNPRICED


def test_anthropic_answers_and_is_billed_with_its_cache(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    upstream.play(answer(MESSAGE))
    reply = ask(client, model=HAIKU)
    completion = reply.parse()
    assert completion.choices[0].message.content == "dört"
    assert completion.usage.prompt_tokens == 1110
    (request,) = upstream.received
    assert (request.path, request.headers["x-api-key"]) == ("/v1/messages", "sk-ant-key")
    found = server.request(reply.headers["x-request-id"]).outcome
    assert (found.cost_nano_usd, found.cost_basis) == (MESSAGE_NANO_USD, CostBasis.EXACT)


def test_anthropic_streams_to_an_openai_client(
    client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    told: list[dict[str, Any]] = [
        {"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 9}}},
        {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "dört"}},
        {"type": "message_delta", "delta": {"stop_reason": "max_tokens"},
         "usage": {"output_tokens": 3}},
        {"type": "message_stop"},
    ]  # fmt: skip
    upstream.play(raw(*(f"data: {json.dumps(event)}\n\n".encode() for event in told)))
    options = {"stream": True, "stream_options": {"include_usage": True}}
    chunks = list(ask(client, model=HAIKU, **options).parse())
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == "dört"
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "length"
    usage = chunks[-1].usage
    assert (usage.prompt_tokens, usage.completion_tokens) == (9, 3)


def test_overloaded_azure_is_stood_in_for_by_anthropic(
    client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    upstream.play(answer({"error": {"code": "429", "message": "busy"}}, 429), answer(MESSAGE))
    reply = ask(client)
    assert reply.headers["x-ai-provider"] == HAIKU
    assert [request.path for request in upstream.received] == [
        "/openai/deployments/pupils/chat/completions", "/v1/messages",
    ]  # fmt: skip


def test_embeddings_of_anthropic_are_refused_with_words(
    client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        client.embeddings.create(model=HAIKU, input="a")
    assert caught.value.code == "not_supported_by_provider"
    assert upstream.received == []


def test_call_too_long_for_the_first_model_goes_to_one_that_holds_it(
    client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    upstream.play(answer(MESSAGE))
    assert ask(client, messages=LONG).headers["x-ai-provider"] == HAIKU
    assert [request.path for request in upstream.received] == ["/v1/messages"]


@pytest.mark.parametrize(
    ("model", "limit", "context"), [("auto", 5000, 600), ("vllm/small", 50, 100)]
)
def test_call_that_no_model_holds_is_refused_before_anything_is_sent(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider,
    model: str, limit: int, context: int,
) -> None:  # fmt: skip
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, model=model, messages=LONG, max_tokens=limit)
    error = caught.value
    assert (error.code, error.type) == ("context_length_exceeded", "invalid_request_error")
    for number in (limit, context):
        assert str(number) in str(error)
    assert upstream.received == []
    found = server.request(error.response.headers["x-request-id"]).outcome
    assert (found.status, found.cost_nano_usd) == (Status.REFUSED, 0)


def test_texts_to_embed_have_a_context_each(
    client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    upstream.play(answer({"object": "list", "data": VECTORS, "usage": {"prompt_tokens": 400}}))
    client.embeddings.create(model="vllm/small", input=["kaç " * 90] * 4)
    assert len(upstream.received) == 1


def test_health_of_each_replica_is_told(server: SluiceServer, upstream: FaultyProvider) -> None:
    upstream.play(answer({"data": []}))
    health = server.admin("POST", "/providers/azure/health").json()
    (replica,) = health["replicas"]
    assert (health["healthy"], replica["healthy"], replica["is_out"]) == (True, True, False)
    assert replica["base_url"] == upstream.base_url.removesuffix("/v1")
    upstream.play(answer(chat("ok")))
