"""The answer cache as the official client sees it: plain and streamed calls serve each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest

from tests.faulty_provider import FaultyProvider, answer, chat, delta, events
from tests.integration.calls import COST_NANO_USD, HINT, USAGE, USAGE_EVENT, ask
from tests.servers import SluiceServer, StartServer

STREAM = events(
    delta(role="assistant", text=""),
    delta("Dör"),
    delta("t."),
    delta(finish_reason="stop"),
    USAGE_EVENT,
)
WITH_USAGE = {"stream": True, "stream_options": {"include_usage": True}}


@pytest.fixture(scope="module")
def server(start_openai: StartServer) -> SluiceServer:
    return start_openai(AI_MAX_RETRIES=0, AI_CACHE_FEATURES="study_plan")


@pytest.fixture
def client(server: SluiceServer, keys: Iterator[str]) -> openai.OpenAI:
    return server.client(next(keys))


def read(stream: Any) -> tuple[str, list[Any]]:
    """The text of a stream, and its chunks."""
    chunks = list(stream)
    texts = (c.delta.content or "" for chunk in chunks for c in chunk.choices)
    return "".join(texts), chunks


def check_replay(server: SluiceServer, stream: Any) -> None:
    assert stream.response.headers["x-ai-cache"] == "hit"
    assert stream.response.headers["x-ai-provider"] == "openai/gpt-4o-mini"
    text, chunks = read(stream)
    assert text == "Dört."
    assert {c.object for c in chunks} == {"chat.completion.chunk"}
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [c.choices[0].finish_reason for c in chunks if c.choices] == [None, "stop"]
    last = chunks[-1]
    assert last.choices == []
    assert last.usage.model_dump(include=USAGE.keys()) == USAGE
    assert [c for c in chunks if c.usage] == [last]
    assert (last.sluice["cached"], last.sluice["cost_usd"]) == (True, "0.000000000")
    outcome = server.request(last.sluice["request_id"]).outcome
    assert (outcome.decision, outcome.is_cached, outcome.cost_nano_usd) == ("cached", True, 0)
    assert outcome.saved_nano_usd == COST_NANO_USD
    assert outcome.intent.is_streamed


def test_a_stream_is_answered_with_what_a_plain_call_stored(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    upstream.play(answer(chat("Dört.", usage=USAGE)))
    ask(client, temperature=0)
    check_replay(server, ask(client, temperature=0, **WITH_USAGE))
    assert len(upstream.received) == 1


def test_a_plain_call_is_answered_with_what_a_stream_stored(
    client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    upstream.play(STREAM)
    assert read(ask(client, temperature=0, stream=True))[0] == "Dört."
    found = ask(client, temperature=0)
    assert found.object == "chat.completion"
    assert found.choices[0].message.model_dump(include={"role", "content"}) == {
        "role": "assistant",
        "content": "Dört.",
    }
    assert found.choices[0].finish_reason == "stop"
    assert found.usage.model_dump(include=USAGE.keys()) == USAGE
    assert len(upstream.received) == 1


def test_a_stream_is_answered_with_what_a_stream_stored(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    upstream.play(STREAM)
    read(ask(client, temperature=0, stream=True))
    check_replay(server, ask(client, temperature=0, **WITH_USAGE))
    without = read(ask(client, temperature=0, stream=True))[1]
    assert all(chunk.usage is None and chunk.choices for chunk in without)
    assert without[-1].sluice["cached"] is True
    assert len(upstream.received) == 1


def test_the_raw_replay_ends_as_every_stream_does(
    server: SluiceServer, keys: Iterator[str], upstream: FaultyProvider
) -> None:
    key = next(keys)
    upstream.play(STREAM)
    body = {"messages": [{"role": "user", "content": "?"}], "temperature": 0, "stream": True}
    sent = [
        server.http.post(
            "/v1/chat/completions", json=body, headers={"Authorization": f"Bearer {key}"}
        )
        for _ in range(2)
    ]
    for reply in sent:
        assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert reply.text.endswith("}\n\ndata: [DONE]\n\n")
    assert [reply.headers.get("x-ai-cache") for reply in sent] == [None, "hit"]


@pytest.mark.parametrize(
    "stream",
    [
        events(delta("Yaz: ali@example.com "), delta(finish_reason="stop")),
        events(delta("Dör"), delta(finish_reason="length")),
        events(
            delta(
                tool_calls=[{"index": 0, "id": "1", "function": {"name": "f", "arguments": "{}"}}]
            ),
            delta(finish_reason="tool_calls"),
        ),
        events(delta("a" * 300_000), delta(finish_reason="stop")),
    ],
    ids=["personal data", "cut short", "tool call", "too large"],
)
def test_a_stream_that_may_not_be_kept_is_not_stored(
    client: openai.OpenAI, upstream: FaultyProvider, stream: Any
) -> None:
    upstream.play(stream)
    for _ in range(2):
        read(ask(client, temperature=0, stream=True))
    assert len(upstream.received) == 2


def test_a_feature_that_opts_in_is_cached_whatever_the_temperature(
    client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    upstream.play(answer(chat("bir")), answer(chat("iki")), answer(chat("üç")))
    plan = {"extra_headers": {"X-AI-Feature": "study_plan"}}
    for temperature in (0.7, None):
        asked = [ask(client, temperature=temperature, **plan) for _ in range(2)]
        assert asked[0].choices[0].message.content == asked[1].choices[0].message.content
    assert len(upstream.received) == 2
    ask(client, temperature=0.7)
    assert len(upstream.received) == 3


def test_a_template_may_be_answered_from_the_cache_and_its_topics_were_looked_for(
    client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    prompt = {"prompt": {"id": "hint", "variables": HINT}}
    upstream.play(answer(chat("İşte cevap: 5")), answer(chat("Önce topla.")))
    with pytest.raises(openai.UnprocessableEntityError):
        ask(client, messages=[], temperature=0, extra_body=prompt)
    for _ in range(2):
        found = ask(client, messages=[], temperature=0, extra_body=prompt)
        assert found.choices[0].message.content == "Önce topla."
    assert len(upstream.received) == 2


def test_a_ttl_of_nothing_switches_the_cache_off(
    start_openai: StartServer, upstream: FaultyProvider
) -> None:
    server = start_openai(AI_CACHE_TTL=0)
    client = server.client(server.create_key())
    for _ in range(2):
        ask(client, temperature=0)
    assert len(upstream.received) == 2
