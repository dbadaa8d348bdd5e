from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.adapters.prices import GenaiPriceBook
from services.domain.calls import Candidate, Usage
from services.domain.money import Price, price_usage
from services.domain.price_overrides import PriceOverride

AT = datetime(2026, 11, 21, tzinfo=UTC)


def tokens_alone(price: Price | None) -> Price | None:
    """A price without what tiers and searches cost."""
    return price and replace(price, tiers=(), web_search_nano_usd=None)


@pytest.mark.parametrize(
    ("provider", "model", "price"),
    [
        ("openai", "gpt-4o-mini", Price(150_000_000, 600_000_000, 75_000_000, 150_000_000)),
        ("azure", "gpt-4o-mini", Price(150_000_000, 600_000_000, 75_000_000, 150_000_000)),
        ("gemini", "gemini-2.5-flash", Price(300_000_000, 2_500_000_000, 30_000_000, 300_000_000)),
        ("openai", "text-embedding-3-small", Price(20_000_000, 20_000_000, 20_000_000, 20_000_000)),
    ],
)
def test_listed_price_is_in_nano_dollars_per_million(
    provider: str, model: str, price: Price
) -> None:
    assert tokens_alone(GenaiPriceBook().find(Candidate(provider, model), AT)) == price


def test_cost_of_a_listed_model_is_exact_to_the_nano_dollar() -> None:
    price = GenaiPriceBook().find(Candidate("openai", "gpt-4o-mini"), AT)
    assert price is not None
    assert price_usage(Usage(1000, 500, 200), price) == 800 * 150 + 200 * 75 + 500 * 600


def test_price_by_length_holds_for_the_whole_call() -> None:
    price = GenaiPriceBook().find(Candidate("gemini", "gemini-2.5-pro"), AT)
    assert price is not None
    short = (1_250_000_000, 10_000_000_000, 125_000_000, 1_250_000_000)
    long = Price(2_500_000_000, 15_000_000_000, 250_000_000, 2_500_000_000)
    assert tokens_alone(price) == Price(*short, above=((200_000, long),))
    assert price_usage(Usage(200_000, 1), price) == 200_000 * 1_250 + 10_000
    assert price_usage(Usage(200_001, 1), price) == 200_001 * 2_500 + 15_000


def test_dated_price_follows_the_instant() -> None:
    book, candidate = GenaiPriceBook(), Candidate("gemini", "gemini-3.6-flash")
    change = datetime(2027, 1, 1, tzinfo=UTC)
    before = book.find(candidate, change - timedelta(microseconds=1))
    after = book.find(candidate, change)
    assert before is not None
    assert after is not None
    assert (before.input_nano_usd, after.input_nano_usd) == (750_000_000, 1_500_000_000)
    assert book.find(candidate, AT) is before


@pytest.mark.parametrize(
    ("provider", "model"),
    [("openai", "no-such"), ("nobody", "gpt-4o-mini"), ("openai", "whisper-1")],
)
def test_unknown_price_is_none_and_never_nothing(provider: str, model: str) -> None:
    assert GenaiPriceBook().find(Candidate(provider, model), AT) is None


@pytest.mark.parametrize(
    ("provider", "source"),
    [("mock", "mock"), ("vllm", "self-hosted"), ("ollama", "self-hosted")],
)
def test_own_hardware_and_mock_cost_nothing_and_say_why(provider: str, source: str) -> None:
    assert GenaiPriceBook().find(Candidate(provider, "any"), AT) == Price(0, 0, 0, 0, source)


def test_latest_override_that_is_valid_wins() -> None:
    def override(day: int, amount: int) -> PriceOverride:
        price = Price(amount, amount, amount, amount, "contract")
        return PriceOverride("openai", "gpt-4o-mini", datetime(2026, 11, day, tzinfo=UTC), price)

    book = GenaiPriceBook([override(10, 1), override(20, 2), override(25, 3)])
    candidate = Candidate("openai", "gpt-4o-mini")

    def at(day: int) -> tuple[int, str]:
        price = book.find(candidate, datetime(2026, 11, day, tzinfo=UTC))
        assert price is not None
        return price.input_nano_usd, price.source

    assert at(9) == (150_000_000, "genai-prices")
    assert [at(day) for day in (10, 19, 20, 24, 25)] == [
        (1, "contract"), (1, "contract"), (2, "contract"), (2, "contract"), (3, "contract"),
    ]  # fmt: skip


def test_override_can_price_own_hardware() -> None:
    price = Price(5, 5, 5, 5, "electricity")
    book = GenaiPriceBook([PriceOverride("vllm", "llama-3.1-8b", AT, price)])
    assert book.find(Candidate("vllm", "llama-3.1-8b"), AT) == price


def test_openais_tiers_and_searches_are_priced_from_the_list() -> None:
    price = GenaiPriceBook().find(Candidate("openai", "gpt-5"), AT)
    assert price is not None
    priority, flex = price.for_tier("priority"), price.for_tier("flex")
    assert priority is not None
    assert flex is not None
    assert priority.output_nano_usd == 2 * price.output_nano_usd
    assert flex.output_nano_usd * 2 == price.output_nano_usd
    assert price.for_tier("scale") is None
    assert price.web_search_nano_usd == 10_000_000


def test_a_price_with_tiers_is_found_anew_without_another_conversion() -> None:
    book = GenaiPriceBook()
    candidate = Candidate("openai", "gpt-5")
    assert book.find(candidate, AT) is book.find(candidate, AT)


def test_anthropics_searches_have_a_fee_and_its_priority_no_known_price() -> None:
    price = GenaiPriceBook().find(Candidate("anthropic", "claude-sonnet-4-5"), AT)
    assert price is not None
    assert price.web_search_nano_usd == 10_000_000
    assert price.for_tier("standard") is price
    assert price.for_tier("priority") is None
