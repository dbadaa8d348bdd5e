"""Agreed prices: each for one model and from an instant on, in place of the listed one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from services.domain.money import Price, nano_from_usd

_RATES = {
    "input_usd": "input_nano_usd",
    "output_usd": "output_nano_usd",
    "cached_input_usd": "cached_input_nano_usd",
    "cache_write_usd": "cache_write_nano_usd",
    "reasoning_usd": "reasoning_nano_usd",
}
_NAMES = frozenset({"provider", "model", "valid_from", "source", *_RATES})
_DEAREST_USD = 1_000_000


@dataclass(frozen=True, slots=True)
class PriceOverride:
    """A price that holds for one model from an instant on, until a later override's."""

    provider: str
    model: str
    valid_from: datetime
    price: Price


class PriceListError(Exception):
    """A list of prices that cannot be used; `problems` are all that is wrong with it."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def parse_price_overrides(data: object) -> tuple[PriceOverride, ...]:
    """The overrides of a file's content: `prices`, a list of one object a price.

    An object has `provider`, `model`, `valid_from` (a date or an instant, UTC unless it says
    otherwise), and dollars per million tokens: `input_usd`, `output_usd`, and, where they differ
    from these two, `cached_input_usd`, `cache_write_usd`, `reasoning_usd`. `source` names where
    the price is from.

    Raises:
        PriceListError: anything in it cannot be read, or two prices begin at the same instant.
    """
    entries = data.get("prices") if isinstance(data, Mapping) else None
    if not isinstance(entries, list):
        raise PriceListError(["it has no list under the key prices"])
    found: dict[tuple[str, str, datetime], PriceOverride] = {}
    problems: list[str] = []
    for number, entry in enumerate(entries, 1):
        wrong = list(_find_problems(entry))
        if not wrong:
            override = _override(entry)
            key = (override.provider, override.model, override.valid_from)
            wrong = ["another price of this model begins at the same time"] if key in found else []
            found[key] = override
        problems += [f"price {number}: {problem}" for problem in wrong]
    if problems:
        raise PriceListError(problems)
    return tuple(found.values())


def _find_problems(entry: object) -> Iterator[str]:
    if not isinstance(entry, Mapping):
        yield "it is no object with names and values"
        return
    for name in ("provider", "model", "valid_from", "input_usd", "output_usd"):
        if entry.get(name) in (None, ""):
            yield f"{name} is missing"
    for name in sorted(str(name) for name in entry if name not in _NAMES):
        yield f"{name} is not known: use {', '.join(sorted(_NAMES))}"
    if entry.get("valid_from") and _instant(entry["valid_from"]) is None:
        yield f"valid_from is {entry['valid_from']!r}: use a date such as 2026-12-01"
    for name in _RATES:
        if entry.get(name) not in (None, "") and _dollars(entry[name]) is None:
            yield f"{name} is {entry[name]!r}: use dollars per million tokens such as 0.15"


def _override(entry: Mapping[str, object]) -> PriceOverride:
    rates = {
        field: nano_from_usd(dollars)
        for name, field in _RATES.items()
        if (dollars := _dollars(entry.get(name))) is not None
    }
    inputs = rates["input_nano_usd"]
    price = Price(
        input_nano_usd=inputs,
        output_nano_usd=rates["output_nano_usd"],
        cached_input_nano_usd=rates.get("cached_input_nano_usd", inputs),
        cache_write_nano_usd=rates.get("cache_write_nano_usd", inputs),
        source=str(entry.get("source") or "price file"),
        reasoning_nano_usd=rates.get("reasoning_nano_usd"),
    )
    # Only what was found to be readable gets here.
    valid_from = _instant(entry["valid_from"]) or datetime.max.replace(tzinfo=UTC)
    return PriceOverride(str(entry["provider"]), str(entry["model"]), valid_from, price)


def _instant(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _dollars(value: object) -> Decimal | None:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 <= amount <= _DEAREST_USD else None
