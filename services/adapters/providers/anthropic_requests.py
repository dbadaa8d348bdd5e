"""A chat call in OpenAI's words, said in those of Anthropic's Messages API: pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from services.adapters.providers.anthropic_tools import (
    render_tool_choice,
    render_tool_use,
    render_tools,
)
from services.adapters.providers.wire import each_object
from services.adapters.providers.wire_faults import Unsupported
from services.domain.calls import JSON, ProviderCall

Block = dict[str, Any]

_SYSTEM_ROLES = frozenset({"system", "developer"})
_DATA_URL = re.compile(r"data:(image/[\w.+-]+);base64,", re.IGNORECASE)
_SAMPLED = re.compile(
    # The last of each family that still take a temperature are Opus and Sonnet 4.6, Haiku 4.5.
    r"claude-(?:v?[123]\b|instant|(?:opus|sonnet)-4(?:-[0-6])?(?!\d|-\d{1,2}\b)"
    r"|haiku-4(?:-[0-5])?(?!\d|-\d{1,2}\b))"
)


def render_message_call(call: ProviderCall, *, is_stream: bool) -> bytes:
    """The request's body; fields that are only hints (`seed`, penalties) have no counterpart.

    Raises:
        Unsupported: it asks for something whose absence a caller would notice.
    """
    body = call.body
    _refuse_impossible(body)
    messages = list(each_object(body.get("messages"), "messages"))
    sent: dict[str, Any] = {
        "model": call.model,
        "max_tokens": call.max_output_tokens,
        "messages": _render_turns(messages),
    }
    system = [block for m in messages if _is_system(m) for block in _blocks(m)]
    if system:
        sent["system"] = system
    if is_stream:
        sent["stream"] = True
    stop = body.get("stop")
    if stop:
        sent["stop_sequences"] = stop if isinstance(stop, list) else [stop]
    if body.get("tools"):
        sent["tools"] = render_tools(body["tools"])
        sent |= render_tool_choice(body)
    return orjson.dumps(sent | _sampling(call) | _output_format(body))


def takes_sampling(model: str) -> bool:
    """Whether a model takes `temperature` and `top_p`: Claude's newer ones refuse them."""
    name = model.lower()
    return "claude" not in name or _SAMPLED.search(name) is not None


def _refuse_impossible(body: JSON) -> None:
    wanted = {
        "several choices (n)": (body.get("n") or 1) > 1,
        "log probabilities": bool(body.get("logprobs")),
        "functions, the form before tools": bool(body.get("functions")),
        "audio": bool(body.get("audio")) or "audio" in str(body.get("modalities")),
        "JSON without a schema (response_format json_object)": _format_type(body) == "json_object",
    }
    for what, is_wanted in wanted.items():
        if is_wanted:
            raise Unsupported(f"Anthropic has no {what}: leave it out, or use another provider")


def _sampling(call: ProviderCall) -> dict[str, Any]:
    temperature, top_p = call.body.get("temperature"), call.body.get("top_p")
    if not takes_sampling(call.model):
        return {}
    if temperature is not None:
        # The scales differ: OpenAI's ends at 2. Models since 4.1 refuse both parameters together.
        return {"temperature": min(temperature, 1)}
    return {} if top_p is None else {"top_p": top_p}


def _format_type(body: JSON) -> object:
    wanted = body.get("response_format")
    return wanted.get("type") if isinstance(wanted, Mapping) else None


def _output_format(body: JSON) -> dict[str, Any]:
    if _format_type(body) != "json_schema":
        return {}
    wanted = body["response_format"].get("json_schema")
    schema = wanted.get("schema") if isinstance(wanted, Mapping) else None
    if not isinstance(schema, Mapping):
        raise Unsupported("response_format json_schema comes without a schema")
    return {"output_config": {"format": {"type": "json_schema", "schema": schema}}}


def _is_system(message: JSON) -> bool:
    return message.get("role") in _SYSTEM_ROLES


def _render_turns(messages: Sequence[JSON]) -> list[dict[str, Any]]:
    """Turns of user and assistant; what follows one another in a role becomes one turn.

    The results of tools belong to the user's turn, all of one round together.
    """
    turns: list[dict[str, Any]] = []
    for message in messages:
        if _is_system(message):
            continue
        role = "assistant" if message.get("role") == "assistant" else "user"
        blocks = list(_turn_blocks(message))
        if not blocks:
            continue
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += blocks
        else:
            turns.append({"role": role, "content": blocks})
    return turns


def _turn_blocks(message: JSON) -> Iterator[Block]:
    if message.get("role") == "function":
        raise Unsupported("Anthropic has no messages of the role function: use tool")
    if message.get("role") == "tool":
        content = list(_blocks(message))
        yield {
            "type": "tool_result",
            "tool_use_id": str(message.get("tool_call_id") or ""),
            **({"content": content} if content else {}),
        }
        return
    yield from _blocks(message)
    for call in each_object(message.get("tool_calls"), "tool_calls of a message"):
        yield render_tool_use(call)


def _blocks(message: JSON) -> Iterator[Block]:
    """A message's content; empty texts are left out, as Anthropic refuses them."""
    content = message.get("content")
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    for part in each_object(content, "content of a message"):
        block = _block(part)
        if block.get("text") != "":
            yield block


def _block(part: JSON) -> Block:
    block: Block
    kind = part.get("type")
    if kind in ("text", "refusal"):
        block = {"type": "text", "text": str(part.get(kind) or "")}
    elif kind == "image_url":
        block = {"type": "image", "source": _image_source(part.get("image_url"))}
    else:
        raise Unsupported(f"a message's part of type {kind} has no counterpart at Anthropic")
    if part.get("cache_control"):
        # Kept for five minutes only: writing for an hour costs more than the price book knows.
        block["cache_control"] = {"type": "ephemeral"}
    return block


def _image_source(image: object) -> dict[str, str]:
    url = image.get("url") if isinstance(image, Mapping) else image
    text = str(url or "")
    if (head := _DATA_URL.match(text)) is not None:
        data = text[head.end() :]
        return {"type": "base64", "media_type": head[1].lower(), "data": data}
    if text.startswith(("https://", "http://")):
        return {"type": "url", "url": text}
    raise Unsupported("an image is neither a data URL of base64 nor at an https address")
