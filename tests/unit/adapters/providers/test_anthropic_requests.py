from __future__ import annotations

import json
from typing import Any

import pytest

from services.adapters.providers.anthropic_requests import render_message_call, takes_sampling
from services.adapters.providers.wire_faults import Unsupported
from services.domain.calls import Endpoint, ProviderCall, Timeouts

PIXEL = "iVBORw0KGgo="
ASK: dict[str, Any] = {"role": "user", "content": "2+2?"}
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


def render(
    model: str = "claude-haiku-4-5", *, is_stream: bool = False, **body: Any
) -> dict[str, Any]:
    body = {"messages": [ASK]} | body
    call = ProviderCall("r-1", Endpoint.CHAT, model, body, 50, Timeouts())
    sent: dict[str, Any] = json.loads(render_message_call(call, is_stream=is_stream))
    return sent


def text(value: str) -> dict[str, str]:
    return {"type": "text", "text": value}


def test_plain_chat_has_model_limit_and_messages_alone() -> None:
    assert render(seed=7, presence_penalty=1, max_tokens=9999, logit_bias={"1": 2}) == {
        "model": "claude-haiku-4-5",
        "max_tokens": 50,
        "messages": [{"role": "user", "content": [text("2+2?")]}],
    }


def test_stream_is_asked_for() -> None:
    assert render(is_stream=True)["stream"] is True
    assert "stream" not in render(stream=True)


def test_all_system_messages_become_the_system_prompt_in_their_order() -> None:
    sent = render(
        messages=[
            {"role": "system", "content": "Be kind."},
            ASK,
            {"role": "developer", "content": [{"type": "text", "text": "Be short."}]},
        ]
    )
    assert sent["system"] == [text("Be kind."), text("Be short.")]
    assert [turn["role"] for turn in sent["messages"]] == ["user"]


def test_messages_in_a_row_of_one_role_become_one_turn() -> None:
    sent = render(
        messages=[ASK, {"role": "user", "content": "And 3+3?"},
                  {"role": "assistant", "content": "4"}, {"role": "assistant", "content": "6"}]
    )  # fmt: skip
    assert sent["messages"] == [
        {"role": "user", "content": [text("2+2?"), text("And 3+3?")]},
        {"role": "assistant", "content": [text("4"), text("6")]},
    ]


def test_empty_texts_and_messages_are_left_out() -> None:
    sent = render(
        messages=[
            ASK,
            {"role": "assistant", "content": ""},
            {"role": "user", "content": [text("")]},
        ]
    )
    assert sent["messages"] == [{"role": "user", "content": [text("2+2?")]}]


def test_images_come_by_data_and_by_address() -> None:
    parts = [
        text("What is this?"),
        {"type": "image_url", "image_url": {"url": f"data:image/PNG;base64,{PIXEL}"}},
        {"type": "image_url", "image_url": {"url": "https://example.org/a.jpg", "detail": "low"}},
    ]
    (turn,) = render(messages=[{"role": "user", "content": parts}])["messages"]
    assert [block.get("source") for block in turn["content"]] == [
        None,
        {"type": "base64", "media_type": "image/png", "data": PIXEL},
        {"type": "url", "url": "https://example.org/a.jpg"},
    ]


def test_tools_their_calls_and_their_results_are_told_in_anthropics_words() -> None:
    calls = [
        {"id": "t1", "type": "function",
         "function": {"name": "weather", "arguments": '{"city": "Ankara"}'}},
        {"id": "t2", "type": "function", "function": {"name": "weather", "arguments": ""}},
    ]  # fmt: skip
    sent = render(
        tools=[WEATHER, {"type": "function", "function": {"name": "now"}}],
        messages=[
            ASK,
            {"role": "assistant", "content": None, "tool_calls": calls},
            {"role": "tool", "tool_call_id": "t1", "content": "12 degrees"},
            {"role": "tool", "tool_call_id": "t2", "content": ""},
            {"role": "user", "content": "So?"},
        ],
    )
    assert sent["tools"] == [
        {
            "name": "weather",
            "description": "of a city",
            "input_schema": WEATHER["function"]["parameters"],  # type: ignore[index]
        },
        {"name": "now", "input_schema": {"type": "object", "properties": {}}},
    ]
    assert [turn["content"] for turn in sent["messages"][1:]] == [
        [
            {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Ankara"}},
            {"type": "tool_use", "id": "t2", "name": "weather", "input": {}},
        ],
        [
            {"type": "tool_result", "tool_use_id": "t1", "content": [text("12 degrees")]},
            {"type": "tool_result", "tool_use_id": "t2"},
            text("So?"),
        ],
    ]


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ({}, None),
        ({"tool_choice": "auto"}, {"type": "auto"}),
        ({"tool_choice": "required"}, {"type": "any"}),
        ({"tool_choice": "none"}, {"type": "none"}),
        ({"tool_choice": {"type": "function", "function": {"name": "weather"}}},
         {"type": "tool", "name": "weather"}),
        ({"parallel_tool_calls": False}, {"type": "auto", "disable_parallel_tool_use": True}),
        ({"parallel_tool_calls": True}, None),
        ({"tool_choice": "none", "parallel_tool_calls": False}, {"type": "none"}),
    ],
)  # fmt: skip
def test_choice_of_tools_is_translated(asked: dict[str, Any], sent: dict[str, Any] | None) -> None:
    assert render(tools=[WEATHER], **asked).get("tool_choice") == sent


def test_choice_without_tools_is_left_out() -> None:
    assert "tool_choice" not in render(tool_choice="auto")


@pytest.mark.parametrize(("stop", "sent"), [("END", ["END"]), (["A", "B"], ["A", "B"])])
def test_stop_words_are_a_list(stop: Any, sent: list[str]) -> None:
    assert render(stop=stop)["stop_sequences"] == sent


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ({"temperature": 0.3}, {"temperature": 0.3}),
        ({"temperature": 1.7}, {"temperature": 1}),
        ({"temperature": 0, "top_p": 0.5}, {"temperature": 0}),
        ({"top_p": 0.5}, {"top_p": 0.5}),
    ],
)
def test_sampling_is_fitted_to_anthropics_scale(
    asked: dict[str, float], sent: dict[str, float]
) -> None:
    rendered = render(**asked)
    assert {k: v for k, v in rendered.items() if k in ("temperature", "top_p")} == sent


@pytest.mark.parametrize(
    ("model", "takes"),
    [
        ("claude-3-5-haiku-latest", True),
        ("claude-3-opus-20240229", True),
        ("claude-sonnet-4-0", True),
        ("claude-sonnet-4-20250514", True),
        ("claude-opus-4-1-20250805", True),
        ("claude-opus-4-6", True),
        ("claude-haiku-4-5-20251001", True),
        ("anthropic/claude-sonnet-4-5", True),
        ("claude-opus-4-7", False),
        ("claude-opus-4-10", False),
        ("claude-haiku-5-5", False),
        ("claude-sonnet-5", False),
        ("claude-fable-5-1", False),
        ("smollm2", True),
    ],
)
def test_models_that_refuse_a_temperature_are_sent_none(model: str, takes: bool) -> None:
    assert takes_sampling(model) is takes
    assert ("temperature" in render(model, temperature=0.7)) is takes


def test_schema_of_the_answer_is_passed_on() -> None:
    schema = {"type": "object", "properties": {"sum": {"type": "integer"}}}
    wanted = {"type": "json_schema", "json_schema": {"name": "sum", "schema": schema}}
    assert render(response_format=wanted)["output_config"] == {
        "format": {"type": "json_schema", "schema": schema}
    }
    assert "output_config" not in render(response_format={"type": "text"})


def test_mark_of_what_to_cache_is_kept_for_five_minutes() -> None:
    part = {**text("long"), "cache_control": {"type": "ephemeral", "ttl": "1h"}}
    (block,) = render(messages=[{"role": "system", "content": [part]}, ASK])["system"]
    assert block["cache_control"] == {"type": "ephemeral"}


def with_part(part: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": [part]}]}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"n": 2}, "several choices"),
        ({"logprobs": True}, "log probabilities"),
        ({"functions": [{"name": "f"}]}, "functions"),
        ({"modalities": ["text", "audio"]}, "audio"),
        ({"response_format": {"type": "json_object"}}, "without a schema"),
        ({"response_format": {"type": "json_schema"}}, "without a schema"),
        ({"tools": [{"type": "web_search"}]}, "web_search"),
        ({"tools": "all"}, "no list of objects"),
        ({"tools": [WEATHER], "tool_choice": {"type": "allowed_tools"}}, "tool_choice"),
        (with_part({"type": "input_audio", "input_audio": {}}), "input_audio"),
        (with_part({"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}), "image"),
        (with_part("bare"), "no list of objects"),
        ({"messages": [{"role": "function", "content": "x"}]}, "function"),
        ({"messages": [{"role": "assistant", "tool_calls": [{"id": "t"}]}]}, "names no function"),
        ({"messages": [{"role": "assistant", "tool_calls": [
            {"function": {"name": "f", "arguments": "[1"}}]}]}, "no JSON object"),
    ],
)  # fmt: skip
def test_what_anthropic_cannot_do_is_refused_by_name(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(Unsupported, match=words):
        render(**asked)
