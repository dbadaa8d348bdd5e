"""The mock's answers in OpenAI's wire format, whole and event by event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from services.domain.calls import Chunk, Completion, Endpoint, ProviderCall, Usage

_JSON = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the answers that a call asks for, as words with the space before them.

    Args:
        call: (name, arguments) of the function that it calls instead.
        echo: the prompt, where it is to be said before the words.
    """

    words: tuple[str, ...]
    finish_reason: str
    call: tuple[str, str] | None = None
    echo: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """What is said, in the parts in which it is streamed."""
        return (self.echo, *self.words) if self.echo else self.words

    @property
    def text(self) -> str:
        return "".join(self.parts)

    @property
    def written(self) -> str:
        """All that is billed as output."""
        return "".join(self.words if self.call is None else self.call)


@dataclass(frozen=True, slots=True)
class Reply:
    """All that the mock answers to one call.

    Args:
        usage: of the input once and of every choice.
        created: seconds since 1970.
    """

    choices: Sequence[Choice]
    usage: Usage
    created: int


def render_completion(call: ProviderCall, reply: Reply) -> Completion:
    """The whole answer."""
    texts = [choice.text for choice in reply.choices]
    if call.endpoint is Endpoint.CHAT:
        contents: list[_JSON] = [
            {"message": _message(call, index, choice)} for index, choice in enumerate(reply.choices)
        ]
    else:
        contents = [{"text": text} for text in texts]
    choices = [
        _choice(index, content, choice.finish_reason)
        for index, (content, choice) in enumerate(zip(contents, reply.choices, strict=True))
    ]
    data = _envelope(call, reply, choices, is_stream=False)
    data["usage"] = _usage_data(reply.usage)
    return Completion(data, "\n".join(texts), reply.choices[0].finish_reason, reply.usage)


def render_chunks(call: ProviderCall, reply: Reply) -> Iterator[Chunk]:
    """The answer as events: the choices take turns, a word each; the usage comes last."""
    is_chat = call.endpoint is Endpoint.CHAT

    def event(index: int, content: _JSON, reason: str | None = None) -> dict[str, Any]:
        return _envelope(call, reply, [_choice(index, content, reason)], is_stream=True)

    if is_chat:
        for index in range(len(reply.choices)):
            yield Chunk(event(index, {"delta": {"role": "assistant", "content": ""}}))
    for turn in zip_longest(*(choice.parts for choice in reply.choices)):
        for index, word in enumerate(turn):
            if word is not None:
                content: _JSON = {"delta": {"content": word}} if is_chat else {"text": word}
                yield Chunk(event(index, content), word, has_content=True)
    for index, choice in enumerate(reply.choices):
        if choice.call is not None:
            delta = {"tool_calls": [{"index": 0, **_tool_call(call, index, choice.call)}]}
            yield Chunk(event(index, {"delta": delta}), has_content=True)
    ending: _JSON = {"delta": {}} if is_chat else {"text": ""}
    for index, choice in enumerate(reply.choices):
        reason = choice.finish_reason
        yield Chunk(event(index, ending, reason), finish_reason=reason)
    data = _envelope(call, reply, [], is_stream=True)
    yield Chunk(data | {"usage": _usage_data(reply.usage)}, usage=reply.usage)


def _message(call: ProviderCall, index: int, choice: Choice) -> _JSON:
    if choice.call is None:
        return {"role": "assistant", "content": choice.text}
    calls = [_tool_call(call, index, choice.call)]
    return {"role": "assistant", "content": None, "tool_calls": calls}


def _tool_call(call: ProviderCall, index: int, function: tuple[str, str]) -> dict[str, Any]:
    name, arguments = function
    return {
        "id": f"call-{call.request_id}-{index}",
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }


def _choice(index: int, content: _JSON, finish_reason: str | None) -> dict[str, Any]:
    return {"index": index, **content, "finish_reason": finish_reason}


def _envelope(
    call: ProviderCall, reply: Reply, choices: list[dict[str, Any]], *, is_stream: bool
) -> dict[str, Any]:
    kind = "text_completion"
    if call.endpoint is Endpoint.CHAT:
        kind = "chat.completion.chunk" if is_stream else "chat.completion"
    return {
        "id": f"mock-{call.request_id}",
        "object": kind,
        "created": reply.created,
        "model": call.model,
        "choices": choices,
    }


def _usage_data(usage: Usage) -> dict[str, int]:
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
    }
