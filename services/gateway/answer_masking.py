"""Masks personal data in an answer that goes out, whole or event by event, choice by choice.

Tool call arguments are masked too, and stay valid JSON. In a stream they wait for the choice's
end, because a number that is personal data can only be masked as JSON when it is whole; text flows,
less the last word or number while it could still become personal data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import orjson

from services.domain.privacy import mask_text, mask_value
from services.domain.stream_masking import StreamMasker

_OLD_CALL = "function_call"


def mask_answer(data: Mapping[str, Any], found: Counter[str]) -> dict[str, Any]:
    """A whole answer with its choices masked; `found` is told what was masked.

    The tokens of `logprobs` would spell out what is masked, so there are none.
    """
    choices = [_mask_choice(choice, found) for choice in data.get("choices") or []]
    return {**data, "choices": choices} if choices else dict(data)


class StreamedAnswerMasker:
    """Masks the events of one stream; what the last of them held back comes before its end."""

    def __init__(self, found: Counter[str]) -> None:
        self._found = found
        self._choices: dict[Any, _ChoiceMasker] = {}

    def feed(self, data: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The events that may go out now: none, this one, or the rest of a choice before it."""
        choices = data.get("choices")
        if not choices:
            return [dict(data)]
        rests, shown = [], []
        for choice in choices:
            index = choice.get("index", 0)
            masker = self._choices.get(index)
            if masker is None:
                masker = self._choices[index] = _ChoiceMasker(self._found)
            masked = masker.feed(choice)
            if choice.get("finish_reason"):
                rests += masker.end(choice)
            if masked is not None:
                shown.append(masked)
        events = [{**data, "choices": shown}] if shown else []
        if rests:
            # The usage belongs to the event that came.
            rest = {name: value for name, value in data.items() if name != "usage"}
            events.insert(0, {**rest, "choices": rests})
        return events


class _ChoiceMasker:
    """One choice of a stream: a masker for each of its texts, and its tool calls so far."""

    def __init__(self, found: Counter[str]) -> None:
        self._found = found
        self._texts: dict[str, StreamMasker] = {}
        self._arguments: dict[Any, list[str]] = {}

    def feed(self, choice: Mapping[str, Any]) -> dict[str, Any] | None:
        """The choice with what may go out of it; None when there is nothing to show."""
        masked = {**choice}
        if "logprobs" in masked:
            masked["logprobs"] = None
        if "delta" in choice:
            masked["delta"] = shown = self._feed_delta(choice["delta"] or {})
        else:
            masked["text"] = self._feed_text("text", choice.get("text") or "")
            shown = {"text": masked["text"]}
        return masked if choice.get("finish_reason") or any(shown.values()) else None

    def end(self, choice: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What was held back, as a choice of its own; empty when nothing was."""
        texts = {name: masker.flush() for name, masker in self._texts.items()}
        self._texts.clear()
        rest: dict[str, Any] = {name: text for name, text in texts.items() if text}
        calls = [
            {
                "index": index,
                "function": {"arguments": _mask_arguments("".join(parts), self._found)},
            }
            for index, parts in self._arguments.items()
            if index != _OLD_CALL
        ]
        if calls:
            rest["tool_calls"] = calls
        if _OLD_CALL in self._arguments:
            text = "".join(self._arguments[_OLD_CALL])
            rest[_OLD_CALL] = {"arguments": _mask_arguments(text, self._found)}
        self._arguments.clear()
        if not rest:
            return []
        part = {"delta": rest} if "delta" in choice else rest
        return [{"index": choice.get("index", 0), **part, "finish_reason": None}]

    def _feed_delta(self, delta: Mapping[str, Any]) -> dict[str, Any]:
        masked: dict[str, Any] = {}
        for name, value in delta.items():
            if name == "role" or value is None:
                masked[name] = value
            elif isinstance(value, str):
                masked[name] = self._feed_text(name, value)
            elif name == "content" and isinstance(value, list):
                parts = (p.get("text") for p in value if isinstance(p, Mapping))
                text = "".join(part for part in parts if isinstance(part, str))
                masked[name] = self._feed_text(name, text)
            elif name == "tool_calls" and isinstance(value, list):
                masked[name] = [call for call in map(self._hold_call, value) if call is not None]
            elif name == _OLD_CALL and isinstance(value, Mapping):
                masked[name] = self._hold_arguments(_OLD_CALL, value)
            else:
                masked[name] = mask_value(value, self._found)
        return masked

    def _feed_text(self, name: str, text: str) -> str:
        masker = self._texts.get(name)
        if masker is None:
            masker = self._texts[name] = StreamMasker(self._found)
        return masker.feed(text)

    def _hold_call(self, call: Any) -> dict[str, Any] | None:
        """A tool call without its arguments; None when it is no more than those."""
        if not isinstance(call, Mapping) or not isinstance(call.get("function"), Mapping):
            return None
        function = self._hold_arguments(call.get("index", 0), call["function"])
        is_opening = call.get("id") or function.get("name")
        return {**call, "function": function} if is_opening else None

    def _hold_arguments(self, index: Any, function: Mapping[str, Any]) -> dict[str, Any]:
        self._arguments.setdefault(index, []).append(str(function.get("arguments") or ""))
        return {**function, "arguments": ""}


def _mask_choice(choice: Mapping[str, Any], found: Counter[str]) -> dict[str, Any]:
    """A whole choice; arguments are taken out, masked as the JSON that they are, and put back."""
    message = choice.get("message")
    bare: dict[str, Any] = {name: value for name, value in choice.items() if name != "logprobs"}
    if "logprobs" in choice:
        bare["logprobs"] = None
    if not isinstance(message, Mapping):
        return dict(mask_value(bare, found))
    calls = message.get("tool_calls")
    apart = ("tool_calls", _OLD_CALL) if isinstance(calls, list) else (_OLD_CALL,)
    rest = {n: v for n, v in message.items() if n not in apart}
    bare["message"] = rest
    masked: dict[str, Any] = mask_value(bare, found)
    if isinstance(calls, list):
        masked["message"]["tool_calls"] = [_mask_call(call, found) for call in calls]
    if _OLD_CALL in message:
        masked["message"][_OLD_CALL] = _mask_function(message[_OLD_CALL], found)
    return masked


def _mask_call(call: Any, found: Counter[str]) -> Any:
    """A tool call; of other kinds than functions, and in its other fields, all text is masked."""
    if not isinstance(call, Mapping) or "function" not in call:
        return mask_value(call, found)
    rest = mask_value({n: v for n, v in call.items() if n != "function"}, found)
    return {**rest, "function": _mask_function(call["function"], found)}


def _mask_function(function: Any, found: Counter[str]) -> Any:
    if not isinstance(function, Mapping) or not isinstance(function.get("arguments"), str):
        return mask_value(function, found)
    return {**function, "arguments": _mask_arguments(function["arguments"], found)}


def _mask_arguments(text: str, found: Counter[str]) -> str:
    """Arguments masked, still JSON where they were: a number that is personal data becomes text."""
    masked: Counter[str] = Counter()
    try:
        value = _mask_numbers(orjson.loads(text), masked)
    except orjson.JSONDecodeError:
        whole = mask_text(text)
        found.update(whole.found)
        return whole.text
    value = mask_value(value, masked)
    if orjson.loads(text) == value:
        return text
    found.update(masked)
    return orjson.dumps(value).decode()


def _mask_numbers(value: Any, found: Counter[str]) -> Any:
    """A JSON value whose numbers that read as personal data have become what stands for them."""
    if isinstance(value, dict):
        return {name: _mask_numbers(inner, found) for name, inner in value.items()}
    if isinstance(value, list):
        return [_mask_numbers(inner, found) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool):
        masked = mask_text(str(value))
        found.update(masked.found)
        return masked.text if masked.found else value
    return value
