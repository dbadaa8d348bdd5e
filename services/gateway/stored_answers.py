"""An answer as the cache keeps it: one line with what it took, then its body.

One form for plain and streamed calls: a finished stream is gathered into a body, and a body is
played as a stream.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from services.domain.calls import Endpoint, Usage
from services.domain.privacy import mask_value

MAX_BYTES = 256 * 1024
"""Of one stored answer, so that a few large ones do not push the others out."""

_KEPT = ("id", "object", "created", "model", "system_fingerprint")
_STREAMED = {"chat.completion": "chat.completion.chunk"}
_WHOLE = {streamed: whole for whole, streamed in _STREAMED.items()}


def pack_answer(usage: Usage, body: bytes) -> bytes:
    """What is stored; the tokens are kept as they were billed, reported or counted."""
    return orjson.dumps(usage) + b"\n" + body


def unpack_answer(stored: bytes) -> tuple[Usage, bytes]:
    """The tokens an equal call would have taken, and its answer."""
    usage, _, body = stored.partition(b"\n")
    return Usage(**orjson.loads(usage)), body


def may_store(endpoint: Endpoint, data: Mapping[str, Any]) -> bool:
    """Whether an answer is finished, free of tool calls and of personal data, so that it may be
    kept and fits an equal call."""
    if endpoint is Endpoint.EMBEDDING:
        return bool(data.get("data"))
    choices = data.get("choices") or []
    return (
        bool(choices)
        and all(choice.get("finish_reason") == "stop" for choice in choices)
        and not any(_has_tool_call(choice.get("message") or {}) for choice in choices)
        and mask_value(choices) == choices
    )


class GatheredAnswer:
    """The body that a stream of one choice amounts to, if it has text and nothing else."""

    def __init__(self) -> None:
        self._envelope: dict[str, Any] = {}
        self._texts: list[str] = []
        self._finish_reason: str | None = None
        self._is_plain = True

    def add(self, data: Mapping[str, Any]) -> None:
        """Take the next event."""
        if not self._envelope:
            self._envelope = {name: data[name] for name in _KEPT if name in data}
        for choice in data.get("choices") or []:
            self._add_choice(choice)

    def body(self, usage: Usage) -> dict[str, Any] | None:
        """The whole answer; None when it did not end, or a plain answer would hold more."""
        if not self._is_plain or self._finish_reason is None:
            return None
        text = "".join(self._texts)
        kind = self._envelope.get("object", "chat.completion.chunk")
        ending = {"index": 0, "finish_reason": self._finish_reason}
        content: dict[str, Any] = {"text": text, "logprobs": None}
        if kind in _WHOLE:
            content = {"message": {"role": "assistant", "content": text}}
        return {
            **self._envelope,
            "object": _WHOLE.get(kind, kind),
            "choices": [{**ending, **content}],
            "usage": usage_data(usage),
        }

    def _add_choice(self, choice: Mapping[str, Any]) -> None:
        self._finish_reason = choice.get("finish_reason") or self._finish_reason
        part = choice.get("delta") if "delta" in choice else {"text": choice.get("text")}
        for name, value in (part or {}).items():
            if name in ("content", "text") and isinstance(value, str):
                self._texts.append(value)
            elif name != "role" and value:
                self._is_plain = False
        if choice.get("logprobs") or choice.get("index"):
            self._is_plain = False


def play_answer(data: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A whole answer as the events of a stream: those with content, and the one that ends it."""
    kind = data.get("object", "chat.completion")
    envelope = {name: data[name] for name in _KEPT if name in data}
    envelope["object"] = _STREAMED.get(kind, kind)
    choices = data.get("choices") or []
    content = [{**_contents(choice), "finish_reason": None} for choice in choices]
    ending = [
        {
            "index": choice.get("index", 0),
            **({"delta": {}} if "message" in choice else {"text": ""}),
            "finish_reason": choice.get("finish_reason"),
        }
        for choice in choices
    ]
    return [{**envelope, "choices": content}], [{**envelope, "choices": ending}]


def usage_data(usage: Usage) -> dict[str, Any]:
    """The tokens in OpenAI's form."""
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_input_tokens},
    }


def _contents(choice: Mapping[str, Any]) -> dict[str, Any]:
    """A whole choice as the one event that carries all of it."""
    if "message" not in choice:
        return dict(choice)
    delta = dict(choice["message"])
    if delta.get("tool_calls"):
        delta["tool_calls"] = [
            {"index": place, **call} for place, call in enumerate(delta["tool_calls"])
        ]
    return {**{n: v for n, v in choice.items() if n != "message"}, "delta": delta}


def _has_tool_call(message: Mapping[str, Any]) -> bool:
    return bool(message.get("tool_calls") or message.get("function_call"))
