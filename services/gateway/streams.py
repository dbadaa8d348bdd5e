"""The events of a stream around its content: how it ends, and with which figures."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from services.domain.calls import Chunk, Completion
from services.gateway.answers import closing_figures, event
from services.gateway.exchange import Exchange


async def chain(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """The first event and all others; closing it closes them."""
    try:
        yield first
        async for data in rest:
            yield data
    finally:
        await rest.aclose()


def closes(item: Chunk | Completion) -> bool:
    """Whether an event carries no more content: it is held back for the closing figures."""
    return item.finish_reason is not None or (
        item.usage is not None and not item.data.get("choices")
    )


def closing_events(exchange: Exchange, held: list[dict[str, Any]]) -> list[bytes]:
    """The events after the content, the last of them with cost and overhead."""
    content = [data for data in held if data.get("choices")]
    kept = content or held[:1] or [_empty_chunk(exchange)]
    if exchange.call.wants_usage:
        kept.append(_usage_chunk(exchange, kept[-1]))
    kept[-1]["sluice"] = closing_figures(exchange)
    return [event(data) for data in kept]


def _empty_chunk(exchange: Exchange) -> dict[str, Any]:
    return {"id": exchange.request_id, "object": "chat.completion.chunk", "choices": []}


def _usage_chunk(exchange: Exchange, like: dict[str, Any]) -> dict[str, Any]:
    usage = exchange.usage
    return {
        **{name: like[name] for name in ("id", "object", "created", "model") if name in like},
        "choices": [],
        "usage": {
            "prompt_tokens": usage.input_tokens,
            "completion_tokens": usage.output_tokens,
            "total_tokens": usage.total_tokens,
            "prompt_tokens_details": {"cached_tokens": usage.cached_input_tokens},
        },
    }
