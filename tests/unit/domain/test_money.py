from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.calls import Usage
from services.domain.money import NANO, Price, nano_from_usd, price_estimate, price_usage, usd

rates = st.integers(0, 200_000_000_000)
tokens = st.integers(0, 10_000_000)
prices = st.builds(Price, rates, rates, rates, rates)


def exact(usage: Usage, price: Price) -> Fraction:
    plain = usage.input_tokens - usage.cached_input_tokens - usage.cache_write_tokens
    parts = (
        (plain, price.input_nano_usd),
        (usage.cached_input_tokens, price.cached_input_nano_usd),
        (usage.cache_write_tokens, price.cache_write_nano_usd),
        (usage.output_tokens, price.output_nano_usd),
    )
    return sum((Fraction(count * rate, 1_000_000) for count, rate in parts), Fraction())


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    inputs = draw(tokens)
    cached = draw(st.integers(0, inputs))
    return Usage(inputs, draw(tokens), cached, draw(st.integers(0, inputs - cached)))


def flat(rate: int) -> Price:
    return Price(rate, rate, rate, rate)


@given(usages(), prices)
def test_cost_is_rounded_once_half_to_even(usage: Usage, price: Price) -> None:
    assert price_usage(usage, price) == round(exact(usage, price))


@pytest.mark.parametrize(
    ("rate", "tokens", "cost"),
    [
        (500_000, 1, 0),
        (1_500_000, 1, 2),
        (2_500_000, 1, 2),
        (2_500_001, 1, 3),
        (150_000_000, 1000, 150_000),
        (600_000_000, 0, 0),
    ],
)
def test_half_a_nano_dollar_goes_to_the_even_side(rate: int, tokens: int, cost: int) -> None:
    assert price_usage(Usage(input_tokens=tokens), Price(rate, 0, 0, 0)) == cost


def test_each_kind_of_token_has_its_price() -> None:
    price = Price(1_000_000, 100_000_000, 10_000_000, 1_000_000_000)
    assert price_usage(Usage(10, 2, 3, 4), price) == 3 * 1 + 2 * 100 + 3 * 10 + 4 * 1000


def test_reasoning_costs_as_output_unless_it_has_a_price() -> None:
    usage = Usage(0, 10, reasoning_tokens=6)
    assert price_usage(usage, Price(0, 1_000_000, 0, 0)) == 10
    assert price_usage(usage, Price(0, 1_000_000, 0, 0, reasoning_nano_usd=3_000_000)) == 4 + 18
    assert price_usage(usage, Price(0, 1_000_000, 0, 0, reasoning_nano_usd=0)) == 4
    boasting = Usage(0, 10, reasoning_tokens=60)
    assert price_usage(boasting, Price(0, 1_000_000, 0, 0, reasoning_nano_usd=3_000_000)) == 30


@pytest.mark.parametrize(("tokens", "rate"), [(1, 1), (10, 1), (11, 2), (20, 2), (21, 3)])
def test_price_beyond_a_length_holds_for_all_tokens(tokens: int, rate: int) -> None:
    steps = tuple((10 * n, flat((n + 1) * 1_000_000)) for n in (1, 2))
    price = Price(1_000_000, 1_000_000, 1_000_000, 1_000_000, above=steps)
    assert price_usage(Usage(tokens), price) == tokens * rate
    assert price_estimate(tokens, 0, price) == tokens * rate


@given(usages(), prices, rates)
def test_estimate_covers_output_that_is_all_reasoning(
    usage: Usage, price: Price, reasoning: int
) -> None:
    priced = replace(price, reasoning_nano_usd=reasoning)
    thought = replace(usage, reasoning_tokens=usage.output_tokens)
    estimate = price_estimate(usage.input_tokens, usage.output_tokens, priced)
    assert estimate >= price_usage(thought, priced)


def test_more_cached_than_input_tokens_never_lowers_the_cost() -> None:
    assert price_usage(Usage(1, 0, 5), Price(10_000_000, 0, 1_000_000, 0)) == 5


@given(usages(), prices)
def test_estimate_is_never_below_the_cost(usage: Usage, price: Price) -> None:
    estimate = price_estimate(usage.input_tokens, usage.output_tokens, price)
    assert estimate >= price_usage(usage, price)


@given(tokens, tokens, rates)
def test_estimate_is_less_than_a_nano_dollar_above_the_cost(
    inputs: int, outputs: int, rate: int
) -> None:
    price = Price(rate, rate, rate, rate)
    assert price_estimate(inputs, outputs, price) - exact(Usage(inputs, outputs), price) < 1


@given(st.integers(-(10**18), 10**18))
def test_dollars_and_nano_dollars_are_the_same_amount(nano: int) -> None:
    assert nano_from_usd(usd(nano)) == nano


@pytest.mark.parametrize(
    ("amount", "nano"),
    [
        ("50", 50 * NANO),
        (0.1, 100_000_000),
        (Decimal("0.0000000025"), 2),
        ("1e-9", 1),
        (60, 60 * NANO),
    ],
)
def test_amounts_of_people_are_read_exactly(amount: Decimal | str | float, nano: int) -> None:
    assert nano_from_usd(amount) == nano
    assert usd(nano).quantize(Decimal(1), ROUND_HALF_EVEN) == round(Fraction(nano, NANO))
