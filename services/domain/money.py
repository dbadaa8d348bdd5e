"""Money: whole nano-dollars (a billionth of a US dollar), never floats."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

from services.domain.calls import Usage

NANO = 1_000_000_000
_MILLION = 1_000_000


class CostBasis(StrEnum):
    """How a cost came about."""

    EXACT = "exact"
    """from the tokens the provider reported"""
    COUNTED = "counted"
    """from tokens we counted ourselves"""
    ESTIMATED = "estimated"
    """the input of a failed attempt that the provider may bill"""
    UNPRICED = "unpriced"
    """no price is known for the model: the cost is unknown, not nothing"""
    FREE = "free"
    """nothing was sent, or it came from our cache"""


@dataclass(frozen=True, slots=True)
class Price:
    """Nano-dollars per million tokens of each kind; `source` says where the price is from."""

    input_nano_usd: int
    output_nano_usd: int
    cached_input_nano_usd: int
    cache_write_nano_usd: int
    source: str = "genai-prices"


def price_usage(usage: Usage, price: Price) -> int:
    """The cost of one attempt in nano-dollars, rounded once, half to even."""
    plain = usage.input_tokens - usage.cached_input_tokens - usage.cache_write_tokens
    total = (
        max(plain, 0) * price.input_nano_usd
        + usage.cached_input_tokens * price.cached_input_nano_usd
        + usage.cache_write_tokens * price.cache_write_nano_usd
        + usage.output_tokens * price.output_nano_usd
    )
    quotient, rest = divmod(total, _MILLION)
    if rest * 2 > _MILLION or (rest * 2 == _MILLION and quotient % 2):
        quotient += 1
    return quotient


def price_estimate(input_tokens: int, max_output_tokens: int, price: Price) -> int:
    """The most an attempt can cost in nano-dollars: all input at the dearest rate, full output."""
    dearest = max(price.input_nano_usd, price.cached_input_nano_usd, price.cache_write_nano_usd)
    return -(-(input_tokens * dearest + max_output_tokens * price.output_nano_usd) // _MILLION)


def usd(nano_usd: int) -> Decimal:
    """Exact dollars, for display and files."""
    return Decimal(nano_usd) / NANO


def nano_from_usd(amount: Decimal | str | int | float) -> int:
    """Nano-dollars of an amount given by a person or a setting (a float through its text)."""
    value = Decimal(str(amount)) * NANO
    return int(value.to_integral_value(rounding=ROUND_HALF_EVEN))
