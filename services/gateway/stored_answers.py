"""An answer as the cache keeps it: one line with what it took, then its body."""

from __future__ import annotations

import orjson

from services.domain.calls import Completion, Usage


def pack_answer(usage: Usage, body: bytes) -> bytes:
    """What is stored; the tokens are kept as they were billed, reported or counted."""
    return orjson.dumps(usage) + b"\n" + body


def unpack_answer(stored: bytes) -> tuple[Usage, bytes]:
    """The tokens an equal call would have taken, and its answer."""
    usage, _, body = stored.partition(b"\n")
    return Usage(**orjson.loads(usage)), body


def may_store(completion: Completion) -> bool:
    """Whether an answer is finished and free of tool calls, so that it fits an equal call."""
    choices = completion.data.get("choices") or []
    has_tool_call = any((c.get("message") or {}).get("tool_calls") for c in choices)
    return completion.finish_reason == "stop" and not has_tool_call
