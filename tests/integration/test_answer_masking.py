"""AI_ANONYMIZE_OUTPUT: what the official client gets, and what the record says of it."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from tests.faulty_provider import FaultyProvider, answer, chat, delta, events
from tests.integration.calls import HINT, USAGE_EVENT, ask
from tests.servers import SluiceServer, StartServer

TEXT = "Yaz: ali@example.com ya da 0532 123 45 67."
MASKED = "Yaz: [REDACTED_EMAIL] ya da [REDACTED_PHONE]."


@pytest.fixture(scope="module")
def server(start_openai: StartServer) -> SluiceServer:
    return start_openai(
        AI_MAX_RETRIES=0,
        AI_LOG_RESPONSES="true",
        AI_ANONYMIZE_OUTPUT="true",
    )


@pytest.fixture(scope="module")
def client(server: SluiceServer) -> openai.OpenAI:
    return server.client(server.create_key())


def masked_step(server: SluiceServer, request_id: str) -> str:
    steps = server.request(request_id).outcome.steps
    return "".join(step.decision for step in steps if step.step == "mask_answer")


def read_until_error(stream: Any) -> tuple[str, openai.APIError]:
    """The text of a stream that ends in an error, and the error."""
    parts: list[str] = []
    try:
        for chunk in stream:
            parts += [c.delta.content or "" for c in chunk.choices]
    except openai.APIError as error:
        return "".join(parts), error
    raise AssertionError(f"the stream ended well after {parts}")


def letters(text: str) -> list[dict[str, Any]]:
    return [delta(letter) for letter in text]


def test_a_plain_answer_is_masked_and_the_record_says_how_much(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    upstream.play(answer(chat(TEXT)))
    raw = client.chat.completions.with_raw_response.create(
        model="auto", messages=[{"role": "user", "content": "?"}]
    )
    assert raw.parse().choices[0].message.content == MASKED
    assert masked_step(server, raw.headers["x-request-id"]) == "1 email, 1 phone"


def test_a_stream_is_masked_letter_by_letter_and_ends_whole(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    upstream.play(events(*letters(TEXT), delta(finish_reason="stop"), USAGE_EVENT))
    chunks = list(ask(client, stream=True))
    assert "".join(c.choices[0].delta.content or "" for c in chunks) == MASKED
    assert [c.choices[0].finish_reason for c in chunks][-2:] == [None, "stop"]
    found = server.request(chunks[-1].sluice["request_id"])
    assert found.response_text == MASKED
    assert masked_step(server, chunks[-1].sluice["request_id"]) == "1 email, 1 phone"


def test_a_stream_of_two_choices_is_masked_and_flows_after_the_first_has_ended(
    client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    def second(data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "choices": [{**data["choices"][0], "index": 1}]}

    upstream.play(
        events(
            delta("ali@exam"),
            second(delta("0532 123 ")),
            delta("ple.com"),
            delta(finish_reason="stop"),
            second(delta("45 67 ve")),
            second(delta(" son")),
            second(delta(finish_reason="stop")),
            USAGE_EVENT,
        )
    )
    chunks = list(ask(client, stream=True, n=2))
    texts = ["", ""]
    ends = []
    for chunk in chunks:
        for choice in chunk.choices:
            texts[choice.index] += choice.delta.content or ""
            ends += [choice.index] if choice.finish_reason else []
    assert texts == ["[REDACTED_EMAIL]", "[REDACTED_PHONE] ve son"]
    assert ends == [0, 1]
    assert chunks[-1].sluice["cost_usd"] == "0.000021000"


def test_the_arguments_of_a_tool_call_are_masked(
    client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    def call(text: str, **opening: Any) -> dict[str, Any]:
        return delta(tool_calls=[{"index": 0, **opening, "function": {"arguments": text}}])

    upstream.play(
        events(
            call("", id="call_1", type="function"),
            call('{"to": "ali@exam'),
            call('ple.com"}'),
            delta(finish_reason="tool_calls"),
            USAGE_EVENT,
        )
    )
    calls = [
        c for chunk in ask(client, stream=True) for c in chunk.choices[0].delta.tool_calls or ()
    ]
    assert "".join(c.function.arguments for c in calls) == '{"to":"[REDACTED_EMAIL]"}'
    assert calls[0].id == "call_1"


def test_a_stream_that_breaks_off_shows_nothing_undecided(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    upstream.play(
        events(delta("ali@example.com kart 4111 1111 "), delta("1111"), done=False, cut=True)
    )
    text, error = read_until_error(ask(client, stream=True))
    assert (text, error.code) == ("[REDACTED_EMAIL] kart ", "provider_unreachable")


def test_a_masked_answer_is_not_cached_and_a_clean_one_is(
    client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    upstream.play(answer(chat(TEXT)), answer(chat("Dört.")))
    asked = [ask(client, temperature=0).choices[0].message.content for _ in range(3)]
    assert asked == [MASKED, "Dört.", "Dört."]
    assert len(upstream.received) == 2


def test_forbidden_topics_guard_what_the_model_wrote(
    client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    upstream.play(
        events(delta("Önce "), delta("topla, ce"), delta("vap 5"), delta(finish_reason="stop"))
    )
    text, error = read_until_error(
        client.chat.completions.create(
            model="auto",
            messages=[],
            stream=True,
            extra_body={"prompt": {"id": "hint", "variables": HINT}},
        )
    )
    assert (text, error.code) == ("Önce topla, ", "prompt_answer_forbidden")
