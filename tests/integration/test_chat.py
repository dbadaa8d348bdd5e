"""One request, from HTTP to its rows in the ledger, its figures in the rollups and its metrics."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx2
import openai
import pytest

from services.domain.ledger import Source, Status
from services.domain.money import CostBasis
from services.domain.rollups import Dimension, Rollup, RollupQuery
from tests.faulty_provider import FaultyProvider, answer, chat
from tests.integration.backends import BOTH
from tests.servers import CONSOLE, SluiceServer, StartServer

BACKENDS = BOTH

ASK = [{"role": "user", "content": "2 + 2 kaç eder?"}]
USAGE = {
    "prompt_tokens": 1234,
    "completion_tokens": 321,
    "total_tokens": 1555,
    "prompt_tokens_details": {"cached_tokens": 1024},
}
# gpt-4o-mini: $0.15 a million input tokens, $0.075 cached, $0.60 output.
COST_NANO_USD = (1234 - 1024) * 150 + 1024 * 75 + 321 * 600
HINT = {
    "id": "hint",
    "variables": {"question": "3x + 4 = 19 denklemini çöz.", "subject": "Cebir", "hint_level": 1},
}


@pytest.fixture(scope="module")
def server(start_openai: StartServer) -> SluiceServer:
    return start_openai(OPENAI_MODELS="gpt-4o-mini,gpt-4o", AI_LOG_RESPONSES="true")


@pytest.fixture(scope="module")
def key(server: SluiceServer) -> str:
    return server.create_key()


def post(server: SluiceServer, key: str, path: str = "chat/completions", **body: Any) -> Any:
    body = {"model": "auto"} | body
    headers = {"Authorization": f"Bearer {key}"}
    reply = server.http.post(f"/v1/{path}", json=body, headers=headers)
    assert reply.status_code == 200, reply.text
    return reply


def rollup(server: SluiceServer, application: str) -> Rollup:
    now = server.library.clock.now()
    query = RollupQuery(
        now - timedelta(hours=1),
        now + timedelta(hours=1),
        (Dimension.FEATURE, Dimension.PROVIDER, Dimension.MODEL, Dimension.STATUS),
        where={Dimension.APPLICATION: (application,)},
    )
    (row,) = server.ledger.list_rollups(query)
    return row


def test_a_request_is_in_the_ledger_with_its_attempt(
    server: SluiceServer, upstream: FaultyProvider, key: str
) -> None:
    upstream.play(answer(chat("Dört.", usage=USAGE)))
    reply = post(server, key, messages=ASK, user="ayse@example.com")
    found = server.request(reply.headers["x-request-id"])

    outcome, (attempt,) = found.outcome, found.attempts
    assert (outcome.status, outcome.decision, outcome.http_status) == (
        Status.SUCCESS,
        "answered",
        200,
    )
    assert outcome.intent.source is Source.APPLICATION
    assert (outcome.intent.application, outcome.intent.feature) == ("app", "question_hint")
    assert (attempt.provider, attempt.model, attempt.number) == ("openai", "gpt-4o-mini", 1)
    assert (attempt.usage.input_tokens, attempt.usage.output_tokens) == (1234, 321)
    assert attempt.usage.cached_input_tokens == 1024
    assert outcome.intent.user is not None
    assert "ayse" not in outcome.intent.user


def test_the_texts_are_stored_masked(
    server: SluiceServer, upstream: FaultyProvider, key: str
) -> None:
    upstream.play(answer(chat("Bana kemal@example.com adresinden yaz.")))
    ask = [{"role": "user", "content": "Adresim ayse@example.com"}]
    found = server.request(post(server, key, messages=ask).headers["x-request-id"])
    assert "[REDACTED_EMAIL]" in (found.request_text or "")
    assert "ayse@example.com" not in (found.request_text or "")
    assert found.response_text == "Bana [REDACTED_EMAIL] adresinden yaz."


def test_the_cost_is_the_price_by_hand_to_the_nano_dollar(
    server: SluiceServer, upstream: FaultyProvider, key: str
) -> None:
    upstream.play(answer(chat("Dört.", usage=USAGE)))
    reply = post(server, key, messages=ASK)
    found = server.request(reply.headers["x-request-id"])
    assert COST_NANO_USD == 300_900
    assert reply.headers["x-ai-cost-usd"] == "0.000300900"
    assert found.outcome.cost_nano_usd == found.attempts[0].cost_nano_usd == COST_NANO_USD
    assert found.outcome.cost_basis is CostBasis.EXACT


def test_the_rollups_hold_what_the_requests_cost(
    server: SluiceServer, upstream: FaultyProvider
) -> None:
    key = server.create_key(name="rollups")
    upstream.play(answer(chat("Dört.", usage=USAGE)))
    ids = [post(server, key, messages=ASK).headers["x-request-id"] for _ in range(3)]
    for request_id in ids:
        server.request(request_id)
    row = rollup(server, "rollups")
    assert row.values == {
        Dimension.FEATURE: "question_hint",
        Dimension.PROVIDER: "openai",
        Dimension.MODEL: "gpt-4o-mini",
        Dimension.STATUS: "success",
    }
    assert (row.requests, row.cost_nano_usd) == (3, 3 * COST_NANO_USD)
    assert (row.input_tokens, row.output_tokens, row.cached_input_tokens) == (3702, 963, 3072)
    assert sum(row.latency_counts) == 3


def test_the_metrics_count_the_request(
    server: SluiceServer, upstream: FaultyProvider, key: str
) -> None:
    model = "openai/gpt-4o-mini"

    def read() -> tuple[float, ...]:
        return (
            server.metric("ai_requests_total", feature="question_hint", status="success"),
            server.metric("ai_tokens_used_total", model=model, type="input"),
            server.metric("ai_tokens_used_total", model=model, type="output"),
            server.metric("ai_cost_usd_total", model=model),
            server.metric("ai_api_requests_total", provider="openai", status="success"),
            server.metric("ai_request_latency_seconds_count", feature="question_hint"),
            server.metric(
                "ai_request_duration_seconds_count",
                method="POST",
                endpoint="/v1/chat/completions",
            ),
        )

    before = read()
    upstream.play(answer(chat("Dört.", usage=USAGE)))
    post(server, key, messages=ASK)
    counted = [after - was for was, after in zip(before, read(), strict=True)]
    assert counted == pytest.approx([1, 1234, 321, 0.0003009, 1, 1, 1])
    assert server.metric("ai_api_active_requests", provider="openai") == 0


def test_the_headers_tell_what_happened(
    server: SluiceServer, upstream: FaultyProvider, key: str
) -> None:
    headers = post(server, key, messages=ASK).headers
    assert len(headers["x-request-id"]) == 36
    assert headers["x-ai-provider"] == "openai/gpt-4o-mini"
    assert 0 < float(headers["x-ai-overhead-ms"]) < 1000
    assert headers["x-ratelimit-limit-requests"] == "1000000"
    assert 0 < int(headers["x-ratelimit-remaining-requests"]) < 1_000_000
    assert headers["x-ratelimit-reset-requests"].endswith("s")
    assert "x-ai-degraded" not in headers
    assert "x-ai-cache" not in headers


def test_the_provider_gets_the_limit_that_was_reserved_and_none_of_our_fields(
    server: SluiceServer, upstream: FaultyProvider, key: str
) -> None:
    post(server, key, messages=ASK, user="ayse")
    (sent,) = upstream.received
    assert sent.path == "/v1/chat/completions"
    assert sent.headers["Authorization"] == "Bearer sk-upstream-0123456789"
    assert sent.body["model"] == "gpt-4o-mini"
    assert 500 in (sent.body.get("max_tokens"), sent.body.get("max_completion_tokens"))
    assert "user" not in sent.body
    assert sent.body["messages"] == ASK


def test_a_template_is_filled_in_and_recorded_with_its_version(
    server: SluiceServer, upstream: FaultyProvider, key: str
) -> None:
    reply = post(server, key, prompt=HINT)
    (sent,) = upstream.received
    roles = [message["role"] for message in sent.body["messages"]]
    assert roles == ["system", "user"]
    assert "3x + 4 = 19" in sent.body["messages"][1]["content"]
    assert sent.body["temperature"] == 0.7
    assert 200 in (sent.body.get("max_tokens"), sent.body.get("max_completion_tokens"))
    intent = server.request(reply.headers["x-request-id"]).outcome.intent
    assert (intent.prompt, intent.prompt_version) == ("hint", "1.0")


def test_a_pinned_model_is_the_one_that_is_called(
    server: SluiceServer, upstream: FaultyProvider, key: str
) -> None:
    reply = post(server, key, model="openai/gpt-4o", messages=ASK)
    assert reply.headers["x-ai-provider"] == "openai/gpt-4o"
    assert [sent.body["model"] for sent in upstream.received] == ["gpt-4o"]


def test_the_models_are_listed_for_callers_with_a_key(server: SluiceServer, key: str) -> None:
    listed = [model.id for model in server.client(key).models.list()]
    assert listed[0] == "auto"
    assert {"openai/gpt-4o-mini", "openai/gpt-4o", "mock/mock-model"} <= set(listed)
    assert server.http.get("/v1/models").status_code == 401


def test_one_model_is_told_by_its_name(server: SluiceServer, key: str) -> None:
    models = server.client(key).models
    assert models.retrieve("auto").owned_by == "sluice"
    found = next(model for model in models.list() if model.id != "auto")
    assert models.retrieve(found.id) == found
    with pytest.raises(openai.NotFoundError, match="'gpt-9' is not known here") as unknown:
        models.retrieve("gpt-9")
    assert (unknown.value.code, unknown.value.param) == ("model_not_found", "model")
    assert server.http.get(f"/v1/models/{found.id}").status_code == 401


def test_completions_and_embeddings_are_served(server: SluiceServer, key: str) -> None:
    client = server.client(key)
    completion = client.completions.create(model="mock/mock-model", prompt="Mavi", max_tokens=5)
    assert completion.choices[0].text
    embedding = client.embeddings.create(model="mock/mock-model", input=["bir", "iki"])
    assert len(embedding.data) == 2
    assert len(embedding.data[0].embedding) > 10
    raw = client.embeddings.with_raw_response.create(model="mock/mock-model", input="üç")
    found = server.request(raw.headers["x-request-id"])
    assert found.outcome.intent.endpoint == "embedding"
    assert found.outcome.usage.output_tokens == 0


def test_an_equal_call_is_answered_from_the_cache_and_books_what_it_saved(
    server: SluiceServer, upstream: FaultyProvider
) -> None:
    key = server.create_key(name="cache")
    upstream.play(answer(chat("Dört.", usage=USAGE)), answer(chat("Beş.")))
    first, second = (post(server, key, messages=ASK, temperature=0) for _ in range(2))
    assert "x-ai-cache" not in first.headers
    assert second.headers["x-ai-cache"] == "hit"
    assert second.headers["x-ai-cost-usd"] == "0.000000000"
    assert second.json()["choices"] == first.json()["choices"]
    assert len(upstream.received) == 1

    found = server.request(second.headers["x-request-id"])
    assert (found.outcome.decision, found.outcome.cost_nano_usd) == ("cached", 0)
    assert found.outcome.saved_nano_usd == COST_NANO_USD
    assert found.attempts == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"temperature": 0.7},
        {"temperature": 0, "max_tokens": 7},
        {"temperature": 0, "model": "openai/gpt-4o"},
        {"temperature": 0, "messages": [{"role": "user", "content": "3 + 3?"}]},
    ],
)
def test_a_call_that_differs_is_not_answered_from_the_cache(
    server: SluiceServer, upstream: FaultyProvider, key: str, changes: dict[str, Any]
) -> None:
    post(server, key, messages=ASK, temperature=0)
    upstream.received.clear()
    reply = post(server, key, **({"messages": ASK} | changes))
    assert "x-ai-cache" not in reply.headers
    assert len(upstream.received) == 1


def test_another_application_does_not_see_a_cached_answer(
    server: SluiceServer, upstream: FaultyProvider, key: str
) -> None:
    post(server, key, messages=ASK, temperature=0)
    other = server.create_key(name="other")
    assert "x-ai-cache" not in post(server, other, messages=ASK, temperature=0).headers


def test_the_console_process_serves_the_gateway_too(start_server: Any) -> None:
    console: SluiceServer = start_server(CONSOLE)
    key = console.create_key()
    reply: httpx2.Response = post(console, key, messages=ASK)
    assert reply.headers["x-ai-provider"] == "mock/mock-model"
    found = console.request(reply.headers["x-request-id"])
    assert (found.outcome.status, found.outcome.is_mock) == (Status.SUCCESS, True)
