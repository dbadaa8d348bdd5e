"""Answers and errors in OpenAI's format, and the headers that tell what happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from services.domain.admissions import Admission
from services.domain.errors import SluiceError
from services.domain.messages import Answer
from services.domain.money import usd_text
from services.domain.routes import AUTO
from services.gateway.exchange import Exchange

JSON_TYPE = (b"content-type", b"application/json")
EVENT_TYPE = (b"content-type", b"text/event-stream; charset=utf-8")
NO_CACHE = (b"cache-control", b"no-store")
DONE = b"data: [DONE]\n\n"


def event(data: Mapping[str, Any]) -> bytes:
    """One server-sent event."""
    return written_event(orjson.dumps(data))


def written_event(line: bytes) -> bytes:
    """The same of JSON that is written already, in one line."""
    return b"data: " + line + b"\n\n"


def error_event(error: SluiceError) -> bytes:
    """An error inside a stream, as OpenAI's clients understand it."""
    return event(error.body())


def closing_figures(exchange: Exchange) -> dict[str, Any]:
    """What a stream's last event tells, and a plain answer's headers."""
    cost, first_s = sum(a.cost_nano_usd for a in exchange.attempts), exchange.first_token_s
    return {
        "request_id": exchange.request_id,
        "provider": str(exchange.answered_by) if exchange.answered_by else None,
        "cost_usd": usd_text(cost),
        "overhead_ms": round(overhead_ms(exchange), 3),
        "duration_ms": round(exchange.elapsed_s() * 1000, 1),
        "first_token_ms": None if first_s is None else round(first_s * 1000, 1),
        "degraded": exchange.is_degraded,
        "cached": exchange.is_cached,
        "shared": exchange.is_shared,
    }


def overhead_ms(exchange: Exchange) -> float:
    """The request's time so far less the providers' time, in milliseconds."""
    return max(exchange.elapsed_s() - exchange.provider_s, 0.0) * 1000


def plain_answer(exchange: Exchange, body: bytes) -> Answer:
    """A whole answer with its figures in headers."""
    figures = closing_figures(exchange)
    headers = [
        JSON_TYPE,
        *common_headers(exchange),
        (b"x-ai-cost-usd", figures["cost_usd"].encode()),
        (b"x-ai-overhead-ms", str(figures["overhead_ms"]).encode()),
    ]
    return Answer(200, tuple(headers), body)


def models_answer(exchange: Exchange) -> Answer:
    """The list of models in OpenAI's form."""
    providers = exchange.snapshot.providers.values()
    names = [AUTO, *(f"{p.name}/{model}" for p in providers for model in p.models)]
    body = orjson.dumps({"object": "list", "data": [_model_row(name) for name in names]})
    return Answer(200, (JSON_TYPE, *common_headers(exchange)), body)


def model_answer(exchange: Exchange, name: str) -> Answer:
    """One model that there is, in OpenAI's form."""
    body = orjson.dumps(_model_row(name))
    return Answer(200, (JSON_TYPE, *common_headers(exchange)), body)


def _model_row(name: str) -> dict[str, Any]:
    owner = "sluice" if name == AUTO else name.partition("/")[0]
    return {"id": name, "object": "model", "created": 0, "owned_by": owner}


def common_headers(exchange: Exchange) -> list[tuple[bytes, bytes]]:
    """Headers known before the answer's end."""
    headers = [(b"x-request-id", exchange.request_id.encode()), NO_CACHE]
    if exchange.answered_by is not None:
        headers.append((b"x-ai-provider", str(exchange.answered_by).encode()))
    if exchange.is_degraded:
        headers.append((b"x-ai-degraded", b"true"))
    if exchange.is_cached or exchange.is_shared:
        headers.append((b"x-ai-cache", b"shared" if exchange.is_shared else b"hit"))
    return headers + _rate_headers(exchange.admission)


def error_answer(exchange: Exchange, error: SluiceError) -> Answer:
    """An error as OpenAI's clients understand it; only waiting that helps is suggested."""
    headers = [JSON_TYPE, *common_headers(exchange)]
    if error.retry_after is not None:
        headers.append((b"retry-after", error.retry_after.encode()))
    if not error.is_retryable:
        headers.append((b"x-should-retry", b"false"))
    return Answer(error.status, tuple(headers), orjson.dumps(error.body()))


def _rate_headers(admission: Admission | None) -> list[tuple[bytes, bytes]]:
    if admission is None or not admission.remaining:
        return []
    limit, left, reset_s = min(admission.remaining.values(), key=lambda r: r[1])
    return [
        (b"x-ratelimit-limit-requests", str(limit).encode()),
        (b"x-ratelimit-remaining-requests", str(max(left, 0)).encode()),
        (b"x-ratelimit-reset-requests", f"{reset_s:.3f}s".encode()),
    ]
