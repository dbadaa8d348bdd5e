"""The PriceBook port: agreed prices first, then the list that genai-prices ships."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from genai_prices.types import ModelPrice, PriceVariant, TieredPrices

from services.adapters.model_list import ListedModels
from services.domain.calls import Candidate
from services.domain.money import Price, nano_from_usd
from services.domain.price_overrides import PriceOverride

_TIER = "service_tier"
UNPAID = MappingProxyType({"mock": "mock", "vllm": "self-hosted", "ollama": "self-hosted"})
"""Providers that bill nothing, and why: the source that their price names."""


class GenaiPriceBook:
    """Prices by provider, model and instant: overrides first, then the shipped list.

    One kind of token without a price of its own (cached, cache write, output of embeddings) costs
    as much as input: an estimate is never below what is known. Of the prices of writing a cache
    the one for five minutes counts: no call of ours asks for longer.
    """

    def __init__(
        self,
        overrides: Iterable[PriceOverride] = (),
        models: ListedModels | None = None,
        unpaid: Mapping[str, str] = UNPAID,
    ) -> None:
        self._overrides: dict[Candidate, list[PriceOverride]] = {}
        for override in sorted(overrides, key=lambda o: o.valid_from, reverse=True):
            candidate = Candidate(override.provider, override.model)
            self._overrides.setdefault(candidate, []).append(override)
        self._models = models or ListedModels()
        self._unpaid = {name: Price(0, 0, 0, 0, source) for name, source in unpaid.items()}
        self._prices: dict[tuple[int, ...], Price | None] = {}

    def find(self, candidate: Candidate, at: datetime) -> Price | None:
        for override in self._overrides.get(candidate, ()):
            if override.valid_from <= at:
                return override.price
        if candidate.provider in self._unpaid:
            return self._unpaid[candidate.provider]
        model = self._models.find(candidate)
        if model is None:
            return None
        listed = model.get_prices(at)
        variants = [v for v in model.price_variants or () if _is_tier(v, at)]
        # The list lives as long as this book, so an id stands for one entry of it.
        key = (id(listed), *map(id, variants))
        if key not in self._prices:
            price = _convert(listed)
            names = dict.fromkeys(v.when[_TIER] for v in variants)
            in_tiers = ((name, _convert(model.get_prices(at, {_TIER: name}))) for name in names)
            tiers = tuple((name, tier) for name, tier in in_tiers if tier is not None)
            self._prices[key] = None if price is None else replace(price, tiers=tiers)
        return self._prices[key]


def _is_tier(variant: PriceVariant, at: datetime) -> bool:
    """Whether a variant is the price of a service tier, and holds at that instant."""
    holds = variant.constraint is None or variant.constraint.active(at)
    return holds and variant.when.keys() == {_TIER}


def _convert(listed: ModelPrice) -> Price | None:
    """A price with what it becomes beyond each length of input at which one of its parts rises."""
    price = _by_length(listed)
    searches = getattr(listed, "web_searches_kcount", None)
    if price is None or not isinstance(searches, Decimal):
        return price
    return replace(price, web_search_nano_usd=nano_from_usd(searches / 1000))


def _by_length(listed: ModelPrice) -> Price | None:
    rates = (
        listed.input_mtok, listed.output_mtok, listed.cache_read_mtok, listed.cache_write_mtok,
    )  # fmt: skip
    starts = {t.start for rate in rates if isinstance(rate, TieredPrices) for t in rate.tiers}
    above = ((start, _at_length(rates, start + 1, ())) for start in sorted(starts))
    steps = tuple((start, price) for start, price in above if price is not None)
    return _at_length(rates, 0, steps)


def _at_length(
    rates: Iterable[Decimal | TieredPrices | None],
    input_tokens: int,
    above: tuple[tuple[int, Price], ...],
) -> Price | None:
    inputs, output, cached, written = (_nano(rate, input_tokens) for rate in rates)
    if inputs is None:
        return None
    return Price(
        inputs,
        inputs if output is None else output,
        inputs if cached is None else cached,
        inputs if written is None else written,
        above=above,
    )


def _nano(rate: Decimal | TieredPrices | None, input_tokens: int) -> int | None:
    if isinstance(rate, TieredPrices):
        steps = (tier.price for tier in reversed(rate.tiers) if input_tokens > tier.start)
        rate = next(steps, rate.base)
    return None if rate is None else nano_from_usd(rate)
