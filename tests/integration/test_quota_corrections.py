"""Tokens of a quota are taken by the estimate and corrected, however the call ends."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from tests.faulty_provider import Behaviour, FaultyProvider, answer, chat, delta, events
from tests.integration.backends import BOTH
from tests.servers import SluiceServer, eventually

BACKENDS = BOTH

ASK: list[Any] = [{"role": "user", "content": "2 + 2?"}]
QUOTA, MOST = 1_000, 800
USAGE = {"prompt_tokens": 8, "completion_tokens": 12, "total_tokens": 20}
TIMES = 3
"""Two estimates do not fit into the quota: one that was left would refuse the next call."""


@pytest.fixture(scope="module")
def server(start_server: Any, shared_upstream: FaultyProvider) -> SluiceServer:
    started: SluiceServer = start_server(
        AI_PROVIDER="vllm",
        VLLM_BASE_URL=shared_upstream.base_url,
        VLLM_MODELS="small",
        AI_FALLBACK_PROVIDERS="vllm",
        AI_MAX_RETRIES=0,
        AI_USER_DAILY_TOKENS=QUOTA,
    )
    return started


@pytest.fixture
def client(server: SluiceServer, request: pytest.FixtureRequest) -> openai.OpenAI:
    """Give an application of its own, so a quota of its own, to each test."""
    return server.client(server.create_key(name=request.node.originalname.replace("_", "-")))


def ask(client: openai.OpenAI, **options: Any) -> Any:
    return client.chat.completions.create(model="auto", messages=ASK, max_tokens=MOST, **options)


def test_answered_calls_leave_what_they_took(
    client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    upstream.play(answer(chat("Dört.", usage=USAGE)))
    for _ in range(TIMES):
        ask(client)


def test_failed_calls_leave_nothing(client: openai.OpenAI, upstream: FaultyProvider) -> None:
    upstream.play(answer({"error": {"message": "oops"}}, 500))
    for _ in range(TIMES):
        with pytest.raises(openai.InternalServerError):
            ask(client)


def test_calls_that_their_client_gave_up_leave_what_was_produced(
    client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    upstream.play(events(delta("Dört"), done=False, stall=True))
    for _ in range(TIMES):
        upstream.client_left.clear()
        with ask(client, stream=True) as stream:
            next(iter(stream))
        eventually(upstream.client_left.is_set)
    upstream.play(answer(chat("Dört.", usage=USAGE)))

    def is_admitted() -> bool:
        try:
            ask(client)
        except openai.RateLimitError:
            return False
        return True

    # The last settlement runs when the upstream has noticed already.
    eventually(is_admitted)


def test_cached_answers_take_no_tokens(client: openai.OpenAI, upstream: FaultyProvider) -> None:
    upstream.play(answer(chat("Dört.", usage=USAGE)))
    for _ in range(10 * TIMES):
        ask(client, temperature=0)
    assert len(upstream.received) == 1


def test_what_calls_took_uses_the_quota_up(client: openai.OpenAI, upstream: FaultyProvider) -> None:
    used = {"prompt_tokens": 8, "completion_tokens": 200, "total_tokens": 208}
    upstream.play(Behaviour(pieces=answer(chat("Dört.", usage=used)).pieces))
    ask(client)
    with pytest.raises(openai.RateLimitError, match="user_daily"):
        ask(client)
