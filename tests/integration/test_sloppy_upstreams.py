"""Each way in which an upstream misbehaves has one clear outcome for the client, the ledger and the
money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import openai
import pytest

from services.domain.ledger import Status
from services.domain.money import CostBasis
from tests.faulty_provider import (
    DONE,
    Behaviour,
    FaultyProvider,
    answer,
    chat,
    delta,
    events,
    page,
    raw,
)
from tests.servers import SluiceServer, StartServer

ASK: list[Any] = [{"role": "user", "content": "2 + 2?"}]
TRACEBACK = "Traceback (most recent call last):\n  File \"app.py\"\nKeyError: 'messages'"
TEXT = "Dört eder."
BROKEN_CHUNK = raw(*events(delta("Dört "), done=False).pieces, b'data: {"choices": [\n\n', DONE)
NUMBERED = {"error": {"message": "busy", "type": "unavailable_error", "code": 503}}


@dataclass(frozen=True)
class Fault:
    """A way to misbehave.

    Args:
        code: what the client is told, and what the ledger keeps.
        basis: how its cost came about; a failure that may be billed keeps its input.
    """

    behaviour: Behaviour
    status: int
    code: str
    basis: CostBasis
    is_streamed: bool = False


FAULTS = {
    "page with 200": Fault(
        page("<html>Sign in</html>"), 502, "provider_bad_answer", CostBasis.ESTIMATED
    ),
    "page with 200, streamed": Fault(
        page("<html>"), 502, "provider_bad_answer", CostBasis.ESTIMATED, True
    ),
    "empty body with 200": Fault(Behaviour(), 502, "provider_bad_answer", CostBasis.ESTIMATED),
    "empty stream with 200": Fault(raw(), 502, "empty_stream", CostBasis.ESTIMATED, True),
    "broken JSON": Fault(
        Behaviour(pieces=(b'{"choices": [',)), 502, "provider_bad_answer", CostBasis.ESTIMATED
    ),
    "broken first chunk": Fault(
        raw(b'data: {"choices": [\n\n'), 502, "provider_bad_answer", CostBasis.ESTIMATED, True
    ),
    "number as code": Fault(answer(NUMBERED, 503), 503, "provider_overloaded", CostBasis.FREE),
    "number as code with 200": Fault(answer(NUMBERED), 503, "provider_overloaded", CostBasis.FREE),
    "bare detail": Fault(
        answer({"detail": "Invalid API key"}, 401), 502, "provider_rejected", CostBasis.FREE
    ),
    "traceback": Fault(
        answer({"error": {"message": TRACEBACK}}, 500),
        502,
        "provider_bad_answer",
        CostBasis.ESTIMATED,
    ),
    "too long for it": Fault(
        answer({"error": {"message": "n_ctx", "type": "exceed_context_size_error"}}, 400),
        502,
        "context_length_exceeded",
        CostBasis.FREE,
    ),
}


@pytest.fixture(scope="module")
def server(start_openai: StartServer) -> SluiceServer:
    started = start_openai(AI_MAX_RETRIES=0)
    body = {"state": "disabled", "reason": "the tests break the provider on purpose"}
    reply = started.admin("PUT", "/breakers/openai/gpt-4o-mini", json=body)
    assert reply.status_code == 200
    return started


@pytest.fixture(scope="module")
def client(server: SluiceServer) -> openai.OpenAI:
    return server.client(server.create_key())


def ask(client: openai.OpenAI, **changes: Any) -> Any:
    asked: dict[str, Any] = {"model": "auto", "messages": ASK, "temperature": 1} | changes
    return client.chat.completions.with_raw_response.create(**asked)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_failure_has_its_code_its_record_and_its_cost(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider, fault: Fault
) -> None:
    upstream.play(fault.behaviour)
    with pytest.raises(openai.APIStatusError) as caught:
        ask(client, stream=fault.is_streamed)
    assert (caught.value.status_code, caught.value.code) == (fault.status, fault.code)
    assert "openai" in caught.value.message
    assert "\n" not in caught.value.message
    found = server.request(caught.value.response.headers["x-request-id"])
    assert (found.outcome.status, found.outcome.decision) == (Status.ERROR, fault.code)
    (attempt,) = found.attempts
    assert attempt.cost_basis is fault.basis
    assert (attempt.cost_nano_usd > 0) is (fault.basis is not CostBasis.FREE)


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        (events(delta("Dört "), done=False), "stream_truncated"),
        (BROKEN_CHUNK, "provider_bad_answer"),
        (events(delta("Dört "), NUMBERED), "provider_overloaded"),
    ],
    ids=["truncated", "broken chunk", "number as code"],
)
def test_stream_that_breaks_ends_with_an_error_and_is_billed_for_what_came(
    server: SluiceServer,
    client: openai.OpenAI,
    upstream: FaultyProvider,
    behaviour: Behaviour,
    code: str,
) -> None:
    upstream.play(behaviour)
    reply = ask(client, stream=True)
    texts: list[str] = []
    with pytest.raises(openai.APIError) as caught:
        texts.extend(c.choices[0].delta.content or "" for c in reply.parse() if c.choices)
    assert "".join(texts) == "Dört "
    assert caught.value.code == code
    found = server.request(reply.headers["x-request-id"])
    assert (found.outcome.status, found.outcome.decision) == (Status.ERROR, code)
    assert found.attempts[0].cost_basis is CostBasis.COUNTED
    assert found.attempts[0].usage.output_tokens >= 1


@pytest.mark.parametrize("is_streamed", [False, True])
def test_answer_without_usage_is_billed_by_our_own_count(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider, is_streamed: bool
) -> None:
    whole = answer({**chat(TEXT), "usage": None})
    upstream.play(events(delta(TEXT), delta(None, "stop")) if is_streamed else whole)
    reply = ask(client, stream=is_streamed)
    if is_streamed:
        chunks = list(reply.parse())
        assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == TEXT
    else:
        assert reply.parse().choices[0].message.content == TEXT
    outcome = server.request(reply.headers["x-request-id"]).outcome
    assert outcome.status is Status.SUCCESS
    assert outcome.cost_basis is CostBasis.COUNTED
    assert outcome.usage.input_tokens > 0
    assert outcome.usage.output_tokens > 0
    usage = outcome.usage
    assert outcome.cost_nano_usd == usage.input_tokens * 150 + usage.output_tokens * 600


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": -5, "completion_tokens": 7},
        {"prompt_tokens": "many", "completion_tokens": 7},
        {"prompt_tokens": 11, "completion_tokens": 10**15},
        [],
    ],
    ids=["negative", "words", "absurd", "list"],
)
def test_usage_that_makes_no_sense_never_becomes_money(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider, usage: Any
) -> None:
    upstream.play(answer(chat(TEXT, usage=usage)))
    reply = ask(client)
    assert reply.parse().choices[0].message.content == TEXT
    outcome = server.request(reply.headers["x-request-id"]).outcome
    assert outcome.status is Status.SUCCESS
    assert 0 < outcome.cost_nano_usd < 1_000_000


def test_answer_for_a_model_nobody_asked_for_is_booked_as_the_one_that_was(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    upstream.play(answer(chat(TEXT, model="whatever-is-loaded")))
    reply = ask(client)
    assert reply.headers["x-ai-provider"] == "openai/gpt-4o-mini"
    assert reply.parse().model == "whatever-is-loaded"
    outcome = server.request(reply.headers["x-request-id"]).outcome
    assert outcome.cost_nano_usd == 11 * 150 + 7 * 600


def test_embeddings_of_each_token_are_passed_on_as_they_are(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    nested = [{"object": "embedding", "index": 0, "embedding": [[0.5, 0.5], [0.1, 0.2]]}]
    usage = {"prompt_tokens": 2, "total_tokens": 2}
    upstream.play(answer({"object": "list", "data": nested, "usage": usage}))
    body = {"model": "auto", "input": "a b", "encoding_format": "float"}
    headers = {"Authorization": f"Bearer {client.api_key}"}
    reply = server.http.post("/v1/embeddings", json=body, headers=headers)
    assert (reply.status_code, reply.json()["data"]) == (200, nested)
