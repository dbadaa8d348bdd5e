"""What a call asks for, or a provider reports, that its tokens' standard price does not cover."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.domain.calls import Usage
from services.domain.money import STANDARD_TIERS, Price

_AUDIO_MODELS = ("audio", "realtime")
_OPEN = "auto"
"""OpenAI's word for whatever the project is set to: the answer says which tier it was."""


def asked_tier(body: Mapping[str, Any]) -> str | None:
    """The service tier that a call names; None for the standard one."""
    tier = body.get("service_tier")
    return None if tier in STANDARD_TIERS else str(tier)


def has_fee(body: Mapping[str, Any], model: str) -> bool:
    """Whether a call may cost more than its tokens: searches, tools run by the provider, audio."""
    return (
        body.get("web_search_options") is not None
        or "-search-" in f"{model}-"
        or any(map(_is_run_by_provider, _listed(body.get("tools"))))
        or _has_audio(body, model)
    )


def is_covered(body: Mapping[str, Any], model: str, price: Price) -> bool:
    """Whether what a call asks for has a known price, before it is sent."""
    tier = asked_tier(body)
    if price.is_free:
        return True
    return not has_fee(body, model) and (tier == _OPEN or price.for_tier(tier) is not None)


def is_exact(body: Mapping[str, Any], model: str, usage: Usage, price: Price) -> bool:
    """Whether `price_usage` says all that an attempt with this usage costs."""
    if price.is_free:
        return True
    if has_fee(body, model) or usage.audio_tokens:
        return False
    if price.for_tier(usage.service_tier) is None:
        return False
    return not usage.web_searches or price.web_search_nano_usd is not None


def billed_usage(body: Mapping[str, Any], usage: Usage) -> Usage:
    """The usage with its tier: as reported, else as asked for."""
    tier = asked_tier(body)
    if usage.service_tier is not None or tier is None or tier == _OPEN:
        return usage
    return usage.in_tier(tier)


def dearest_prices(body: Mapping[str, Any], price: Price) -> tuple[Price, ...]:
    """The prices that a call may come to: the standard one, and that of the tier asked for."""
    tier = asked_tier(body)
    if tier == _OPEN:
        return (price, *(p for _, p in price.tiers))
    return (price, price.for_tier(tier) or price)


def _is_run_by_provider(tool: object) -> bool:
    kind = tool.get("type") if isinstance(tool, Mapping) else None
    return kind not in (None, "function", "custom")


def _has_audio(body: Mapping[str, Any], model: str) -> bool:
    """Whether tokens of sound go in or may come out: they cost many times what those of text do."""
    return (
        any(word in model.lower() for word in _AUDIO_MODELS)
        or bool(body.get("audio"))
        or "audio" in str(body.get("modalities") or "")
        or any(map(_is_spoken, _listed(body.get("messages"))))
    )


def _is_spoken(message: object) -> bool:
    """Whether a message has a part that is sound, or goes back to a spoken answer."""
    if not isinstance(message, Mapping):
        return False
    parts = _listed(message.get("content"))
    kinds = (str(part.get("type")) for part in parts if isinstance(part, Mapping))
    return bool(message.get("audio")) or any("audio" in kind for kind in kinds)


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
