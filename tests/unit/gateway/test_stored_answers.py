"""Stored answers: what may be kept, and plain and streamed forms of one answer."""

from __future__ import annotations

from typing import Any

import pytest

from services.domain.calls import Endpoint, Usage
from services.gateway.stored_answers import (
    GatheredAnswer,
    may_store,
    pack_answer,
    play_answer,
    unpack_answer,
)
from tests.faulty_provider import chat, delta

USAGE = Usage(11, 7, 3, 0, 2, is_counted=True)


def gather(*events: dict[str, Any]) -> dict[str, Any] | None:
    gathered = GatheredAnswer()
    for event in events:
        gathered.add(event)
    return gathered.body(USAGE)


def with_message(**fields: Any) -> dict[str, Any]:
    data = chat("Dört.")
    data["choices"][0]["message"] |= fields
    return data


def test_what_is_packed_is_unpacked() -> None:
    assert unpack_answer(pack_answer(USAGE, b"{}\n{}")) == (USAGE, b"{}\n{}")


@pytest.mark.parametrize(
    ("data", "may"),
    [
        (chat("Dört."), True),
        (chat("Yaz: ali@example.com"), False),
        (with_message(tool_calls=[{"id": "1"}]), False),
        (with_message(function_call={"name": "f"}), False),
        (with_message(reasoning_content="Ara: 0532 123 45 67"), False),
        ({**chat("x"), "choices": [{**chat("x")["choices"][0], "finish_reason": "length"}]}, False),
        ({**chat("x"), "choices": []}, False),
    ],
)
def test_only_a_finished_answer_without_tools_and_personal_data_is_kept(
    data: dict[str, Any], may: bool
) -> None:
    assert may_store(Endpoint.CHAT, data) is may


def test_vectors_may_be_kept() -> None:
    assert may_store(Endpoint.EMBEDDING, {"data": [{"embedding": [0.5]}]})
    assert not may_store(Endpoint.EMBEDDING, {"data": []})


def test_a_stream_is_gathered_into_the_plain_answer() -> None:
    found = gather(
        delta(role="assistant", text=""), delta("Dör"), delta("t."), delta(finish_reason="stop"),
        {"id": "c1", "choices": [], "usage": {}},
    )  # fmt: skip
    assert found is not None
    assert found["object"] == "chat.completion"
    assert found["choices"] == chat("Dört.")["choices"]
    assert found["usage"]["total_tokens"] == 18
    assert found["usage"]["prompt_tokens_details"] == {"cached_tokens": 3}


@pytest.mark.parametrize(
    "event",
    [
        delta(tool_calls=[{"index": 0}]),
        delta(reasoning_content="hm"),
        delta(refusal="nein"),
        {**delta("x"), "choices": [{**delta("x")["choices"][0], "logprobs": {"content": []}}]},
        {**delta("x"), "choices": [{**delta("x")["choices"][0], "index": 1}]},
    ],
)
def test_a_stream_of_more_than_text_has_no_plain_form_here(event: dict[str, Any]) -> None:
    assert gather(event, delta("x"), delta(finish_reason="stop")) is None


def test_an_unfinished_stream_has_no_plain_form() -> None:
    assert gather(delta("Dör")) is None


def test_completions_are_gathered_and_played_too() -> None:
    def event(text: str, end: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": end}
        return {"id": "c1", "object": "text_completion", "choices": [choice]}

    found = gather(event("Dör"), event("t."), event("", "stop"))
    assert found is not None
    assert found["object"] == "text_completion"
    assert found["choices"][0]["text"] == "Dört."
    content, ending = play_answer(found)
    assert content == [event("Dört.")]
    assert ending[0]["choices"] == [{"index": 0, "text": "", "finish_reason": "stop"}]


def test_a_played_answer_gathers_into_itself() -> None:
    content, ending = play_answer(chat("Dört."))
    assert {e["object"] for e in content + ending} == {"chat.completion.chunk"}
    again = gather(*content, *ending)
    assert again is not None
    assert again["choices"] == chat("Dört.")["choices"]


def test_played_tool_calls_have_the_index_that_clients_ask_for() -> None:
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    content, _ = play_answer(with_message(tool_calls=[call, call]))
    calls = content[0]["choices"][0]["delta"]["tool_calls"]
    assert [c["index"] for c in calls] == [0, 1]
