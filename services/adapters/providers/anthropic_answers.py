"""Anthropic's messages and their streams, told as OpenAI's chat completions: pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from services.adapters.providers.usages import read_count, read_searches, read_tier
from services.adapters.providers.wire import load_object
from services.adapters.providers.wire_faults import Malformed
from services.domain.calls import Chunk, Completion, Usage

_FINISH_REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


def parse_message(raw: bytes, created: int) -> Completion:
    """A whole answer.

    Args:
        created: seconds since 1970; Anthropic does not say.

    Raises:
        Malformed: it is not JSON, or has no content.
        Reported: it is an error object.
    """
    data = load_object(raw)
    blocks = data.get("content")
    if not isinstance(blocks, list):
        raise Malformed("an answer without content")
    text, thinking = _join(blocks, "text"), _join(blocks, "thinking")
    calls = [_tool_call(b) for b in blocks if b.get("type") == "tool_use"]
    message: dict[str, Any] = {"role": "assistant", "content": text if text or not calls else None}
    if calls:
        message["tool_calls"] = calls
    if thinking:
        message["reasoning_content"] = thinking
    finish_reason, usage = _finish_reason(data), parse_message_usage(data.get("usage"))
    answer: dict[str, Any] = {
        "id": data.get("id"),
        "object": "chat.completion",
        "created": created,
        "model": data.get("model"),
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
    }
    if usage is not None:
        answer["usage"] = _usage_data(usage)
    return Completion(answer, text, finish_reason, usage)


def parse_message_usage(usage: object) -> Usage | None:
    """The tokens reported, None when there are none to read.

    Anthropic counts cached tokens apart from `input_tokens`, both read and written.
    """
    inputs, outputs = read_count(usage, "input_tokens"), read_count(usage, "output_tokens")
    if not isinstance(usage, Mapping) or inputs is None or outputs is None:
        return None
    cached = read_count(usage, "cache_read_input_tokens") or 0
    written = read_count(usage, "cache_creation_input_tokens") or 0
    thinking = read_count(usage.get("output_tokens_details"), "thinking_tokens") or 0
    return Usage(
        inputs + cached + written,
        outputs,
        cached,
        written,
        min(thinking, outputs),
        web_searches=read_searches(usage),
        service_tier=read_tier(usage),
    )


@dataclass(slots=True)
class MessageStream:
    """The events of one message, each told as a chunk of a chat completion.

    Args:
        created: seconds since 1970.
        model: as asked; the stream may know better.
    """

    created: int
    model: str
    is_finished: bool = False
    is_over: bool = False
    _id: str = ""
    _usage: dict[str, Any] = field(default_factory=dict)
    _tools: int = 0
    _has_arguments: bool = True

    def read(self, event: bytes) -> Chunk | None:
        data = load_object(event)
        match data.get("type"):
            case "message_start":
                return self._start(_object(data, "message"))
            case "content_block_start":
                return self._start_block(_object(data, "content_block"))
            case "content_block_delta":
                return self._add(_object(data, "delta"))
            case "content_block_stop":
                return self._stop_block()
            case "message_delta":
                return self._finish(data)
            case "message_stop":
                self.is_finished = self.is_over = True
        return None

    def _start(self, message: Mapping[str, Any]) -> Chunk:
        self._id = str(message.get("id") or "")
        self.model = str(message.get("model") or self.model)
        self._note_usage(message)
        return self._chunk({"role": "assistant", "content": ""})

    def _start_block(self, block: Mapping[str, Any]) -> Chunk | None:
        if block.get("type") != "tool_use":
            return self._say(str(block.get("text") or ""))
        call = _tool_call(block)
        self._has_arguments = bool(block.get("input"))
        if not self._has_arguments:
            call["function"]["arguments"] = ""
        self._tools += 1
        return self._call_tool(call)

    def _add(self, delta: Mapping[str, Any]) -> Chunk | None:
        thinking, arguments = delta.get("thinking"), delta.get("partial_json")
        if arguments:
            self._has_arguments = True
            return self._call_tool({"function": {"arguments": arguments}})
        if thinking:
            return self._chunk({"reasoning_content": thinking}, has_content=True)
        return self._say(str(delta.get("text") or ""))

    def _stop_block(self) -> Chunk | None:
        """A tool called without arguments gets the empty object that clients parse."""
        if self._has_arguments:
            return None
        self._has_arguments = True
        return self._call_tool({"function": {"arguments": "{}"}})

    def _finish(self, data: Mapping[str, Any]) -> Chunk | None:
        self._note_usage(data)
        finish_reason = _finish_reason(_object(data, "delta"))
        if finish_reason is None:
            return None
        self.is_finished = True
        return self._chunk({}, finish_reason=finish_reason, usage=parse_message_usage(self._usage))

    def _note_usage(self, data: Mapping[str, Any]) -> None:
        """The start tells the input, the end the output; where both tell, the later one counts."""
        self._usage |= {k: v for k, v in _object(data, "usage").items() if v is not None}

    def _say(self, text: str) -> Chunk | None:
        return self._chunk({"content": text}, text, has_content=True) if text else None

    def _call_tool(self, call: Mapping[str, Any]) -> Chunk:
        calls = [{"index": self._tools - 1, **call}]
        return self._chunk({"tool_calls": calls}, has_content=True)

    def _chunk(
        self,
        delta: Mapping[str, Any],
        text: str = "",
        *,
        has_content: bool = False,
        finish_reason: str | None = None,
        usage: Usage | None = None,
    ) -> Chunk:
        data = {
            "id": self._id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
        }
        return Chunk(data, text, has_content, finish_reason, usage)


def _object(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = data.get(name)
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise Malformed(f"an event whose {name} is no object")
    return found


def _join(blocks: list[Any], kind: str) -> str:
    if not all(isinstance(block, Mapping) for block in blocks):
        raise Malformed("content that is no list of objects")
    return "".join(str(b.get(kind) or "") for b in blocks if b.get("type") == kind)


def _tool_call(block: Mapping[str, Any]) -> dict[str, Any]:
    arguments = orjson.dumps(block.get("input") or {}).decode()
    function = {"name": block.get("name"), "arguments": arguments}
    return {"id": block.get("id"), "type": "function", "function": function}


def _finish_reason(data: Mapping[str, Any]) -> str | None:
    reason = data.get("stop_reason")
    return None if reason is None else _FINISH_REASONS.get(str(reason), "stop")


def _usage_data(usage: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
        "prompt_tokens_details": {
            "cached_tokens": usage.cached_input_tokens,
            "cache_write_tokens": usage.cache_write_tokens,
        },
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
    }
