"""Money: whole nano-dollars (a billionth of a US dollar), never floats."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

from services.domain.calls import Usage

NANO = 1_000_000_000
_MILLION = 1_000_000
STANDARD_TIERS = (None, "default", "standard")
"""What calls and answers name the tier of the standard price."""


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
    """Nano-dollars per million tokens of each kind.

    Args:
        source: where the price is from.
        reasoning_nano_usd: of output that is reasoning; None when it costs as other output does.
        above: input tokens, and the price that holds for a whole call with more; ascending.
        web_search_nano_usd: the fee of one search; None when it is not known.
        tiers: service tiers of another price, and that price.
    """

    input_nano_usd: int
    output_nano_usd: int
    cached_input_nano_usd: int
    cache_write_nano_usd: int
    source: str = "genai-prices"
    reasoning_nano_usd: int | None = None
    above: tuple[tuple[int, Price], ...] = ()
    web_search_nano_usd: int | None = None
    tiers: tuple[tuple[str, Price], ...] = ()

    def for_tier(self, service_tier: str | None) -> Price | None:
        """The price in a service tier; None when it is not known."""
        found = next((p for name, p in self.tiers if name == service_tier), None)
        return self if found is None and service_tier in STANDARD_TIERS else found

    @property
    def is_free(self) -> bool:
        """Whether nothing is billed at all."""
        return self.dearest_input_nano_usd == 0 and self.dearest_output_nano_usd == 0

    def for_input(self, input_tokens: int) -> Price:
        """The price of a call with so many input tokens."""
        if not self.above:
            return self
        return next((p for start, p in reversed(self.above) if input_tokens > start), self)

    @property
    def dearest_input_nano_usd(self) -> int:
        return max(self.input_nano_usd, self.cached_input_nano_usd, self.cache_write_nano_usd)

    @property
    def dearest_output_nano_usd(self) -> int:
        return max(self.output_nano_usd, self.reasoning_nano_usd or 0)


def price_usage(usage: Usage, price: Price) -> int:
    """The cost of one attempt in nano-dollars, rounded once, half to even.

    In a tier, or for searches, of unknown price it is what is known: the standard price, no fee.
    """
    in_tier = price.for_tier(usage.service_tier) or price
    rates = in_tier.for_input(usage.input_tokens)
    plain = usage.input_tokens - usage.cached_input_tokens - usage.cache_write_tokens
    total = (
        max(plain, 0) * rates.input_nano_usd
        + usage.cached_input_tokens * rates.cached_input_nano_usd
        + usage.cache_write_tokens * rates.cache_write_nano_usd
        + _output(usage, rates)
    )
    quotient, rest = divmod(total, _MILLION)
    if rest * 2 > _MILLION or (rest * 2 == _MILLION and quotient % 2):
        quotient += 1
    return quotient + usage.web_searches * (price.web_search_nano_usd or 0)


def price_estimate(input_tokens: int, max_output_tokens: int, price: Price) -> int:
    """The most an attempt can cost in nano-dollars: all input at the dearest rate, full output."""
    rates = price.for_input(input_tokens)
    inputs = input_tokens * rates.dearest_input_nano_usd
    return -(-(inputs + max_output_tokens * rates.dearest_output_nano_usd) // _MILLION)


def _output(usage: Usage, rates: Price) -> int:
    if rates.reasoning_nano_usd is None:
        return usage.output_tokens * rates.output_nano_usd
    reasoning = min(usage.reasoning_tokens, usage.output_tokens)
    said = usage.output_tokens - reasoning
    return reasoning * rates.reasoning_nano_usd + said * rates.output_nano_usd


def usd(nano_usd: int) -> Decimal:
    """Exact dollars, for display and files."""
    return Decimal(nano_usd) / NANO


def usd_text(nano_usd: int) -> str:
    """Exact dollars with nine decimals, for headers and logs."""
    sign = "-" if nano_usd < 0 else ""
    whole, rest = divmod(abs(nano_usd), NANO)
    return f"{sign}{whole}.{rest:09d}"


def nano_from_usd(amount: Decimal | str | int | float) -> int:
    """Nano-dollars of an amount given by a person or a setting (a float through its text)."""
    value = Decimal(str(amount)) * NANO
    return int(value.to_integral_value(rounding=ROUND_HALF_EVEN))
