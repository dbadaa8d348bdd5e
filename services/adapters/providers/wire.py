"""OpenAI's wire format to and from our values: pure, and patient with sloppy servers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from services.adapters.providers.usages import (
    UNKNOWN_WORD,
    WORD,
    parse_timings,
    parse_usage,
    read_tier,
)
from services.adapters.providers.wire_faults import Malformed, Reported, Unsupported
from services.domain.calls import Chunk, Completion, Endpoint, ProviderCall, Usage

DONE = b"[DONE]"

MAX_ANSWER_BYTES = 64 * 2**20
"""More than 2,048 embeddings need; an answer beyond it is cut off and refused."""

_SHOWN = ("tool_calls", "function_call", "refusal", "reasoning_content", "reasoning", "audio")
_LIMIT_FIELDS = frozenset(
    {
        *("max_tokens", "max_completion_tokens", "max_output_tokens", "max_new_tokens"),
        *("n_predict", "num_predict"),
    }
)
"""All names of the output limit: llama.cpp obeys its own before OpenAI's."""


def render_body(
    call: ProviderCall, limit_field: str, *, is_stream: bool, is_own: bool = False
) -> bytes:
    """The request's body: the caller's fields with our model, output limit and stream switch.

    Args:
        limit_field: the provider's name for the output limit of chat calls.
        is_own: a server of one's own is asked to report its tokens with every event, so that a
            stream that is cut off is known to the token. vLLM and llama.cpp have a name for it
            each, and pass over the other's.
    """
    body = {k: v for k, v in call.body.items() if k not in _LIMIT_FIELDS}
    body["model"] = call.model
    if call.endpoint is Endpoint.CHAT:
        body[limit_field] = call.max_output_tokens
    elif call.endpoint is Endpoint.COMPLETION:
        body["max_tokens"] = call.max_output_tokens
    if is_stream:
        body["stream"] = True
        body["stream_options"] = {**(body.get("stream_options") or {}), "include_usage": True}
        if is_own:
            body["stream_options"]["continuous_usage_stats"] = True
            body["timings_per_token"] = True
    else:
        body.pop("stream", None)
        body.pop("stream_options", None)
    return orjson.dumps(body)


def parse_completion(endpoint: Endpoint, raw: bytes) -> Completion:
    """A whole answer.

    Raises:
        Malformed: it is not JSON, or lacks what every answer has.
        Reported: it is an error object.
    """
    data = load_object(raw)
    if endpoint is Endpoint.EMBEDDING:
        if not isinstance(data.get("data"), list):
            raise Malformed("an answer without embeddings")
        return Completion(data, "", None, _usage_of(data))
    choices = _choices(data)
    if not choices:
        raise Malformed("an answer without choices")
    texts = [_text(c.get("message") if endpoint is Endpoint.CHAT else c) for c in choices]
    text = texts[0] if len(texts) == 1 else "\n".join(texts)
    return Completion(data, text, _finish_reason(choices), _usage_of(data))


def parse_chunk(endpoint: Endpoint, event: bytes) -> Chunk:
    """One event of a stream.

    Some servers send the usage so far with every event: the last one counts.

    Raises:
        Malformed: it is not a JSON object.
        Reported: it is an error object.
    """
    data, is_chat = load_object(event), endpoint is Endpoint.CHAT
    text, has_content, finish_reason = "", False, None
    for choice in _choices(data):
        delta = choice.get("delta") if is_chat else choice
        part = _text(delta)
        text += part
        has_content = has_content or bool(part) or _has_more(delta)
        if choice.get("finish_reason"):
            finish_reason = finish_reason or _word(choice["finish_reason"])
    usage, timings = data.get("usage"), data.pop("timings", None)
    counted = _usage_of(data) if usage else parse_timings(timings) if timings else None
    is_passable = timings is None and b"\r" not in event and b"\n" not in event
    raw = event if is_passable else b""
    return Chunk(data, text, has_content, finish_reason, counted, raw)


def _usage_of(data: Mapping[str, Any]) -> Usage | None:
    """The tokens of an answer, and the tier that it says it was answered in."""
    usage, tier = parse_usage(data.get("usage")), read_tier(data)
    return usage if usage is None or tier is None else usage.in_tier(tier)


def each_object(values: object, name: str) -> Iterator[Mapping[str, Any]]:
    """The objects of a list in a caller's body, none when it is missing.

    Raises:
        Unsupported: it is something else.
    """
    found = [] if values is None else values
    if not isinstance(found, list) or not all(isinstance(v, Mapping) for v in found):
        raise Unsupported(f"{name} is no list of objects")
    yield from found


def load_object(raw: bytes) -> dict[str, Any]:
    """The JSON object of an answer or an event.

    Raises:
        Malformed: it is none.
        Reported: it is an error object.
    """
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError:
        kind = "an HTML page" if raw.lstrip()[:1] == b"<" else "broken JSON"
        raise Malformed(kind if raw.strip() else "an empty body") from None
    if isinstance(data, dict):
        if data.get("error"):
            raise Reported(data)
        return data
    if isinstance(data, list) and data and isinstance(data[0], dict) and data[0].get("error"):
        raise Reported(data[0])
    raise Malformed("JSON that is no object")


def _choices(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    choices = data.get("choices") or []
    if not isinstance(choices, list):
        raise Malformed("choices that are no list of objects")
    for choice in choices:
        if not isinstance(choice, dict):
            raise Malformed("choices that are no list of objects")
    return choices


def _text(message: object) -> str:
    if not isinstance(message, dict):
        return ""
    content = message.get("content", message.get("text"))
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(str(p.get("text") or "") for p in content if isinstance(p, Mapping))
    return ""


def _has_more(delta: object) -> bool:
    """Whether a delta without text carries something that a client would see."""
    if not isinstance(delta, dict):
        return False
    return any(delta.get(field) for field in _SHOWN)


def _finish_reason(choices: list[Mapping[str, Any]]) -> str | None:
    found = (_word(choice.get("finish_reason")) for choice in choices)
    return next((reason for reason in found if reason), None)


def _word(reason: object) -> str | None:
    """Why a choice ended; None while it goes on."""
    if not reason:
        return None
    return reason if isinstance(reason, str) and WORD.fullmatch(reason) else UNKNOWN_WORD
