"""Anthropic's shape on the real server: our translation against another's Messages API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.adapters.clock import SystemClock
from services.adapters.providers.registry import ProviderKind, ProviderSpec, build_providers
from services.adapters.tokens import QuickTokenCounter
from services.domain.calls import Endpoint, ProviderCall, Timeouts
from services.domain.errors import ProviderRejected
from services.domain.ports import Provider
from tests.real_llm.server import RealLlm, read_token_counts

ASK: list[dict[str, Any]] = [
    {"role": "system", "content": "You are a friendly teacher."},
    {"role": "user", "content": [{"type": "text", "text": "Name three colours."}]},
]


def anthropic(real_llm: RealLlm, key: str) -> Provider:
    spec = ProviderSpec(
        "anthropic", ProviderKind.ANTHROPIC, (real_llm.model,), (real_llm.url,),
        "ANTHROPIC_API_KEY", lambda: key,
    )  # fmt: skip
    return build_providers([spec], SystemClock(), QuickTokenCounter())["anthropic"]


@pytest.fixture
async def provider(real_llm: RealLlm) -> AsyncIterator[Provider]:
    made = anthropic(real_llm, real_llm.key)
    yield made
    await made.close()


def call(real_llm: RealLlm, limit: int = 5, **changes: Any) -> ProviderCall:
    body = {"messages": ASK, "temperature": 0} | changes
    timeouts = Timeouts(read_s=120, total_s=120)
    return ProviderCall("r-1", Endpoint.CHAT, real_llm.model, body, limit, timeouts)


async def test_whole_and_streamed_answers_are_equal_and_counted_as_the_server_counted(
    real_llm: RealLlm, provider: Provider
) -> None:
    before = read_token_counts(real_llm)
    whole = await provider.complete(call(real_llm))
    between = read_token_counts(real_llm)
    chunks = [chunk async for chunk in provider.stream(call(real_llm))]
    after = read_token_counts(real_llm)
    assert whole.text
    assert "".join(chunk.text for chunk in chunks) == whole.text
    assert chunks[-1].finish_reason == whole.finish_reason == "length"
    for usage, earlier, later in (
        (whole.usage, before, between), (chunks[-1].usage, between, after),
    ):  # fmt: skip
        assert usage is not None
        cached = later.cached_prompt - earlier.cached_prompt
        assert usage.cached_input_tokens == cached
        assert usage.input_tokens == later.prompt - earlier.prompt + cached
        assert usage.output_tokens == later.predicted - earlier.predicted


async def test_stop_word_ends_the_answer(real_llm: RealLlm, provider: Provider) -> None:
    whole = await provider.complete(call(real_llm))
    word = whole.text.split()[1]
    stopped = await provider.complete(call(real_llm, stop=[word]))
    assert stopped.finish_reason == "stop"
    assert word not in stopped.text
    assert whole.text.startswith(stopped.text.rstrip())


async def test_too_long_request_and_wrong_key_have_their_errors(
    real_llm: RealLlm, provider: Provider
) -> None:
    long = [{"role": "user", "content": "colour " * 6000}]
    with pytest.raises(ProviderRejected) as caught:
        await provider.complete(call(real_llm, messages=long))
    assert caught.value.decision == "context_length_exceeded"
    stranger = anthropic(real_llm, "sk-wrong")
    with pytest.raises(ProviderRejected, match="ANTHROPIC_API_KEY"):
        await stranger.complete(call(real_llm))
    assert not (await stranger.check_health(10)).healthy
    await stranger.close()


async def test_server_is_healthy(provider: Provider) -> None:
    assert (await provider.check_health(10)).healthy
