"""The PriceBook port on the price list that genai-prices ships: no network, ever."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType

from genai_prices.data import providers as SHIPPED  # noqa: N812 - a constant of that package
from genai_prices.data_snapshot import DataSnapshot
from genai_prices.types import ModelInfo, ModelPrice, TieredPrices

from services.domain.calls import Candidate
from services.domain.money import Price, nano_from_usd

LISTED_AS = MappingProxyType(
    {"openai": "openai", "gemini": "google", "azure": "azure", "anthropic": "anthropic"}
)
"""Our providers' names to the price list's."""

UNPAID = MappingProxyType({"mock": "mock", "vllm": "self-hosted", "ollama": "self-hosted"})
"""Providers that bill nothing, and why: the source that their price names."""


@dataclass(frozen=True, slots=True)
class PriceOverride:
    """A price that holds for one model from an instant on, until a later override's."""

    provider: str
    model: str
    valid_from: datetime
    price: Price


class GenaiPriceBook:
    """Prices by provider, model and instant: overrides first, then the shipped list.

    A price that depends on the length of the input is taken at its base tier, and one kind of
    token without a price of its own (cached, cache write, output of embeddings) costs as much as
    input: an estimate is never below what is known.
    """

    def __init__(
        self,
        overrides: Iterable[PriceOverride] = (),
        listed_as: Mapping[str, str] = LISTED_AS,
        unpaid: Mapping[str, str] = UNPAID,
    ) -> None:
        self._overrides: dict[Candidate, list[PriceOverride]] = {}
        for override in sorted(overrides, key=lambda o: o.valid_from, reverse=True):
            candidate = Candidate(override.provider, override.model)
            self._overrides.setdefault(candidate, []).append(override)
        self._listed_as = listed_as
        self._unpaid = {name: Price(0, 0, 0, 0, source) for name, source in unpaid.items()}
        self._list = DataSnapshot(providers=SHIPPED, from_auto_update=False)
        self._find_listed = lru_cache(maxsize=1024)(self._look_up)
        self._prices: dict[int, Price | None] = {}

    def find(self, candidate: Candidate, at: datetime) -> Price | None:
        for override in self._overrides.get(candidate, ()):
            if override.valid_from <= at:
                return override.price
        if candidate.provider in self._unpaid:
            return self._unpaid[candidate.provider]
        model = self._find_listed(candidate)
        if model is None:
            return None
        listed = model.get_prices(at)
        # The list lives as long as this book, so an id stands for one entry of it.
        if id(listed) not in self._prices:
            self._prices[id(listed)] = _convert(listed)
        return self._prices[id(listed)]

    def _look_up(self, candidate: Candidate) -> ModelInfo | None:
        listed = self._listed_as.get(candidate.provider)
        if listed is None:
            return None
        try:
            return self._list.find_provider_model(candidate.model, None, listed, None)[1]
        except LookupError:
            return None


def _convert(listed: ModelPrice) -> Price | None:
    inputs = _nano(listed.input_mtok)
    if inputs is None:
        return None
    output, cached = _nano(listed.output_mtok), _nano(listed.cache_read_mtok)
    written = _nano(listed.cache_write_mtok)
    return Price(
        inputs,
        inputs if output is None else output,
        inputs if cached is None else cached,
        inputs if written is None else written,
    )


def _nano(price: Decimal | TieredPrices | None) -> int | None:
    if price is None:
        return None
    return nano_from_usd(price.base if isinstance(price, TieredPrices) else price)
