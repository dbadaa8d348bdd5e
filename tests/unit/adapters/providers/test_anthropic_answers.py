from __future__ import annotations

import json
from typing import Any

import pytest

from services.adapters.providers.anthropic_answers import (
    MessageStream,
    parse_message,
    parse_message_usage,
)
from services.adapters.providers.wire_faults import Malformed, Reported
from services.domain.calls import Chunk, Usage

TEXT = {"type": "text", "text": "dört"}
USAGE = {"input_tokens": 11, "output_tokens": 7}


def message(*content: Any, stop_reason: str = "end_turn", **fields: Any) -> bytes:
    body = {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-haiku-4-5",
        "content": list(content), "stop_reason": stop_reason, "usage": USAGE,
    }  # fmt: skip
    return json.dumps(body | fields).encode()


def read(*events: dict[str, Any]) -> list[Chunk]:
    stream = MessageStream(1_700_000_000, "claude-haiku-4-5")
    chunks = [stream.read(json.dumps(event).encode()) for event in events]
    return [chunk for chunk in chunks if chunk is not None]


def deltas(chunks: list[Chunk]) -> list[Any]:
    return [chunk.data["choices"][0]["delta"] for chunk in chunks]


def start(**usage: Any) -> dict[str, Any]:
    told = {"id": "msg_1", "model": "claude-haiku-4-5-20251001", "usage": usage}
    return {"type": "message_start", "message": told}


def block(content: dict[str, Any], index: int = 0) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": content}


def part(index: int = 0, **delta: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": delta}


def end(stop_reason: str = "end_turn", **usage: Any) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": stop_reason}, "usage": usage}


STOP = {"type": "content_block_stop", "index": 0}


def test_message_is_told_as_a_chat_completion() -> None:
    found = parse_message(message(TEXT, {"type": "text", "text": "!"}), 1_700_000_000)
    assert (found.text, found.finish_reason, found.usage) == ("dört!", "stop", Usage(11, 7))
    assert found.data["object"] == "chat.completion"
    assert (found.data["id"], found.data["created"]) == ("msg_1", 1_700_000_000)
    assert found.data["choices"] == [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "dört!"},
            "finish_reason": "stop",
        }
    ]
    assert found.data["usage"]["total_tokens"] == 18


@pytest.mark.parametrize(
    ("stop_reason", "finish_reason"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("pause_turn", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("tool_use", "tool_calls"),
        ("refusal", "content_filter"),
        ("something_new", "stop"),
    ],
)
def test_reason_of_the_end_is_translated(stop_reason: str, finish_reason: str) -> None:
    assert parse_message(message(TEXT, stop_reason=stop_reason), 0).finish_reason == finish_reason
    assert read(start(), end(stop_reason))[-1].finish_reason == finish_reason


def test_tool_calls_and_thinking_are_told_apart_from_the_text() -> None:
    use = {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "İzmir"}}
    thinking = {"type": "thinking", "thinking": "Let me see.", "signature": "x"}
    redacted = {"type": "redacted_thinking", "data": "x"}
    found = parse_message(message(thinking, redacted, use, stop_reason="tool_use"), 0)
    told = found.data["choices"][0]["message"]
    assert (told["content"], told["reasoning_content"], found.text) == (None, "Let me see.", "")
    (call,) = told["tool_calls"]
    assert (call["id"], call["type"], call["function"]["name"]) == ("t1", "function", "weather")
    assert json.loads(call["function"]["arguments"]) == {"city": "İzmir"}


@pytest.mark.parametrize(
    ("reported", "usage"),
    [
        ({"input_tokens": 10, "output_tokens": 5}, Usage(10, 5)),
        ({"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 100},
         Usage(110, 5, 100)),
        ({"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 100,
          "cache_creation_input_tokens": 30}, Usage(140, 5, 100, 30)),
        ({"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": None},
         Usage(10, 5)),
        ({"input_tokens": 10, "output_tokens": 50,
          "output_tokens_details": {"thinking_tokens": 40}}, Usage(10, 50, reasoning_tokens=40)),
        ({"input_tokens": 10, "output_tokens": 50,
          "output_tokens_details": {"thinking_tokens": 60}}, Usage(10, 50, reasoning_tokens=50)),
        ({"input_tokens": 10, "output_tokens": 5, "service_tier": "priority",
          "server_tool_use": {"web_search_requests": 3}},
         Usage(10, 5, web_searches=3, service_tier="priority")),
        ({"input_tokens": 10, "output_tokens": 5, "service_tier": None, "server_tool_use": None},
         Usage(10, 5)),
        ({"input_tokens": 10}, None),
        ({"output_tokens": 10}, None),
        (None, None),
        ("many", None),
    ],
)  # fmt: skip
def test_cached_tokens_count_as_input(reported: Any, usage: Usage | None) -> None:
    assert parse_message_usage(reported) == usage


def test_message_without_usage_has_none() -> None:
    found = parse_message(message(TEXT, usage=None), 0)
    assert found.usage is None
    assert "usage" not in found.data


@pytest.mark.parametrize(
    "body", [b'{"id": "x"}', b'{"content": "text"}', b'{"content": ["text"]}', b"[]", b"<html>"]
)
def test_what_is_no_message_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        parse_message(body, 0)


def test_error_object_is_reported() -> None:
    with pytest.raises(Reported):
        parse_message(b'{"type": "error", "error": {"type": "overloaded_error"}}', 0)


def test_stream_is_told_chunk_by_chunk() -> None:
    chunks = read(
        start(input_tokens=10, cache_read_input_tokens=90, output_tokens=1),
        {"type": "ping"},
        block({"type": "text", "text": ""}),
        part(type="text_delta", text="dö"),
        part(type="text_delta", text="rt"),
        STOP,
        end(output_tokens=5),
    )
    assert deltas(chunks) == [
        {"role": "assistant", "content": ""}, {"content": "dö"}, {"content": "rt"}, {},
    ]  # fmt: skip
    assert [chunk.has_content for chunk in chunks] == [False, True, True, False]
    assert [chunk.usage for chunk in chunks] == [None, None, None, Usage(100, 5, 90)]
    assert {chunk.data["id"] for chunk in chunks} == {"msg_1"}
    assert {chunk.data["model"] for chunk in chunks} == {"claude-haiku-4-5-20251001"}
    assert {chunk.data["object"] for chunk in chunks} == {"chat.completion.chunk"}


def test_tool_calls_of_a_stream_have_their_own_numbers() -> None:
    chunks = read(
        start(),
        block({"type": "text", "text": "Look: "}),
        STOP,
        block({"type": "tool_use", "id": "t1", "name": "weather", "input": {}}, 1),
        part(1, type="input_json_delta", partial_json=""),
        part(1, type="input_json_delta", partial_json='{"city":'),
        part(1, type="input_json_delta", partial_json='"Van"}'),
        STOP,
        block({"type": "tool_use", "id": "t2", "name": "now", "input": {}}, 2),
        STOP,
        end("tool_use"),
    )
    calls = [call for delta in deltas(chunks) for call in delta.get("tool_calls", ())]
    assert [(c["index"], c.get("id")) for c in calls] == [
        (0, "t1"), (0, None), (0, None), (1, "t2"), (1, None),
    ]  # fmt: skip
    arguments = [
        "".join(c["function"]["arguments"] for c in calls if c["index"] == i) for i in (0, 1)
    ]
    assert [json.loads(a) for a in arguments] == [{"city": "Van"}, {}]
    assert all(chunk.has_content for chunk in chunks if "tool_calls" in deltas([chunk])[0])
    assert chunks[-1].finish_reason == "tool_calls"


def test_arguments_that_come_with_the_call_are_kept() -> None:
    use = {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Van"}}
    (delta,) = deltas(read(block(use), STOP))
    assert json.loads(delta["tool_calls"][0]["function"]["arguments"]) == {"city": "Van"}


def test_thinking_is_shown_and_signatures_are_not() -> None:
    chunks = read(
        block({"type": "thinking", "thinking": ""}),
        part(type="thinking_delta", thinking="Hm."),
        part(type="signature_delta", signature="x"),
    )
    assert deltas(chunks) == [{"reasoning_content": "Hm."}]
    assert chunks[0].has_content


def test_later_usage_counts_and_nothing_replaces_nothing() -> None:
    chunks = read(
        start(input_tokens=10, cache_creation_input_tokens=5, output_tokens=1),
        end(input_tokens=12, cache_creation_input_tokens=None, output_tokens=8),
    )
    assert chunks[-1].usage == Usage(17, 8, 0, 5)


def test_stream_is_finished_by_its_reason_and_over_at_its_stop() -> None:
    stream = MessageStream(0, "m")
    assert (stream.is_finished, stream.is_over) == (False, False)
    stream.read(json.dumps(end()).encode())
    assert (stream.is_finished, stream.is_over) == (True, False)
    assert stream.read(b'{"type": "message_stop"}') is None
    assert (stream.is_finished, stream.is_over) == (True, True)


@pytest.mark.parametrize(
    "event",
    [
        b'{"type": "message_start", "message": 1}',
        b'{"type": "content_block_delta", "delta": []}',
        b'{"type": "content_bl',
    ],
)
def test_broken_event_is_malformed(event: bytes) -> None:
    with pytest.raises(Malformed):
        MessageStream(0, "m").read(event)
