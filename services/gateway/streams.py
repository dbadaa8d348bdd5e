"""The events of a stream around its content: how it ends, and with which figures."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping
from operator import methodcaller
from typing import Any

from services.gateway.answers import closing_figures, event, written_event
from services.gateway.exchange import Exchange
from services.gateway.stored_answers import GatheredAnswer, usage_data

_FINISH_REASON = methodcaller("get", "finish_reason")


def closes(data: Mapping[str, Any]) -> bool:
    """Whether an event may be the last: it is held back for the closing figures."""
    choices = data.get("choices")
    if not choices:
        return bool(data.get("usage"))
    return any(map(_FINISH_REASON, choices))


class Outlet:
    """Lets the events of one answer out, less those that may be the last.

    Attributes:
        held: events that wait for the closing figures.
        gathered: what the events amount to; None where no cache asks for it.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.held: list[dict[str, Any]] = []
        self.gathered = GatheredAnswer() if exchange.cache_key is not None else None

    def let_out(self, data: dict[str, Any], raw: bytes = b"") -> list[bytes]:
        """The events that go out now that this one has come.

        Args:
            raw: the same as the provider wrote it, if it may go out as that.
        """
        if self.gathered is not None:
            self.gathered.add(data)
        due = self._due(data, raw)
        flight = self._exchange.flight
        if flight is not None:
            for shown in due:
                flight.publish(shown)
        return due

    def _due(self, data: dict[str, Any], raw: bytes) -> list[bytes]:
        """Keep an event that may be the last; give out those that one with more content shows not
        to be, as when one of several choices ends before the others."""
        if closes(data) or (self.held and not _shows_something(data)):
            self.held.append(data)
            return []
        if not self.held:
            return [written_event(raw) if raw else event(data)]
        earlier = [held for held in self.held if held.get("choices")]
        self.held.clear()
        return [event(shown) for shown in (*earlier, data)]

    def end(self, rest: Iterable[dict[str, Any]]) -> None:
        """The answer is whole: what was kept back of it so far goes out with its last event."""
        for data in rest:
            self.held.append(data)
            if self.gathered is not None:
                self.gathered.add(data)


async def played(events: list[bytes]) -> AsyncGenerator[bytes, None]:
    """Events that are all there."""
    for data in events:
        yield data


def closing_events(exchange: Exchange, held: list[dict[str, Any]]) -> list[bytes]:
    """The events after the content, the last of them with cost and overhead."""
    content = [data for data in held if data.get("choices")]
    kept = content or held[:1] or [_empty_chunk(exchange)]
    if exchange.call.wants_usage:
        kept.append(_usage_chunk(exchange, kept[-1]))
    kept[-1]["sluice"] = closing_figures(exchange)
    return [event(data) for data in kept]


def _shows_something(data: Mapping[str, Any]) -> bool:
    parts = (choice.get("delta") or choice.get("text") for choice in data.get("choices") or [])
    return any(any(p.values()) if isinstance(p, Mapping) else p for p in parts)


def _empty_chunk(exchange: Exchange) -> dict[str, Any]:
    return {"id": exchange.request_id, "object": "chat.completion.chunk", "choices": []}


def _usage_chunk(exchange: Exchange, like: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: like[name] for name in ("id", "object", "created", "model") if name in like},
        "choices": [],
        "usage": usage_data(exchange.usage),
    }
