"""The gateway in front of the real model: its ledger against what the model's server counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from services.domain.ledger import Status
from services.domain.money import CostBasis
from services.domain.requests import RequestDetail
from tests.real_llm.server import RealLlm, TokenCounts, read_token_counts
from tests.servers import SluiceServer, eventually

ASK: list[Any] = [{"role": "user", "content": "Name three colours."}]
TELL: list[Any] = [
    {"role": "system", "content": "You are a friendly teacher who explains things at length."},
    {"role": "user", "content": "Explain how a rainbow comes about, step by step, in detail."},
]


@pytest.fixture
def server(real_llm: RealLlm, tmp_path: Path) -> Iterator[SluiceServer]:
    with SluiceServer(
        tmp_path,
        AI_PROVIDER="vllm",
        VLLM_BASE_URL=f"{real_llm.url}/v1",
        VLLM_API_KEY=real_llm.key,
        VLLM_MODELS=real_llm.model,
        AI_FALLBACK_PROVIDERS="vllm",
    ) as started:
        yield started


def ask(client: openai.OpenAI, **changes: Any) -> Any:
    asked: dict[str, Any] = {"model": "auto", "messages": ASK, "temperature": 0.5} | changes
    return client.chat.completions.with_raw_response.create(**asked)


def difference(before: TokenCounts, after: TokenCounts) -> tuple[int, int]:
    """Input tokens, cached ones included, and output tokens between two readings."""
    prompt = after.prompt - before.prompt + after.cached_prompt - before.cached_prompt
    return prompt, after.predicted - before.predicted


def booked(found: RequestDetail) -> tuple[int, int]:
    usage = found.outcome.usage
    return usage.input_tokens, usage.output_tokens


def test_whole_and_streamed_chats_are_booked_as_the_model_counted(
    server: SluiceServer, real_llm: RealLlm
) -> None:
    client = server.client(server.create_key(), timeout=120)
    calls: list[dict[str, Any]] = [
        {"max_tokens": 12},
        {"messages": TELL, "max_tokens": 20},
        {"messages": TELL, "max_tokens": 24, "stream": True},
    ]
    for call in calls:
        before = read_token_counts(real_llm)
        reply = ask(client, **call)
        if call.get("stream"):
            chunks = list(reply.parse())
            assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
        else:
            assert reply.parse().choices[0].message.content
        found = server.request(reply.headers["x-request-id"])
        assert booked(found) == difference(before, read_token_counts(real_llm))
        assert found.outcome.status is Status.SUCCESS
        assert found.outcome.cost_basis is CostBasis.EXACT
        assert found.outcome.provider == "vllm"


def test_a_cancelled_stream_is_booked_as_far_as_it_came(
    server: SluiceServer, real_llm: RealLlm
) -> None:
    found, (inputs, outputs) = cancel(server, real_llm, TELL)
    usage = found.outcome.usage
    assert (found.outcome.status, found.outcome.decision) == (Status.CANCELLED, "client_gone")
    assert usage.is_counted
    assert found.outcome.cost_basis is CostBasis.COUNTED
    assert outputs < 100, "the model went on after its client had left"
    assert abs(usage.output_tokens - outputs) <= 3
    assert usage.input_tokens == pytest.approx(inputs, rel=0.1)


@pytest.mark.parametrize(
    "question",
    [
        "Write a long story about the sea.",
        "Bir dikdörtgenin uzun kenarı kısa kenarının iki katıdır. Alanını adım adım bul.",
    ],
)
def test_the_input_of_a_cancelled_stream_is_right_to_a_tenth(
    server: SluiceServer, real_llm: RealLlm, question: str
) -> None:
    found, (inputs, _) = cancel(server, real_llm, [{"role": "user", "content": question}])
    assert found.outcome.usage.input_tokens == pytest.approx(inputs, rel=0.1)


def cancel(
    server: SluiceServer, llm: RealLlm, messages: list[Any]
) -> tuple[RequestDetail, tuple[int, int]]:
    """A stream left after 15 events, and what the model's server counted of it."""
    client = server.client(server.create_key(), timeout=120)
    before = read_token_counts(llm)
    reply = ask(client, messages=messages, max_tokens=400, stream=True)
    stream = reply.parse()
    for _ in range(15):
        next(stream)
    stream.close()
    found = server.request(reply.headers["x-request-id"])
    return found, eventually(lambda: settled(llm, before), 20)


def settled(llm: RealLlm, before: TokenCounts) -> tuple[int, int] | None:
    """What the model's server has counted, once it has counted the cancelled request."""
    prompt, predicted = difference(before, read_token_counts(llm))
    return (prompt, predicted) if prompt and predicted else None
