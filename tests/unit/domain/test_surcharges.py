"""What tokens at the standard price do not cover: service tiers, searches, tools, audio."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.domain.calls import Usage
from services.domain.money import Price, price_estimate, price_usage
from services.domain.surcharges import billed_usage, dearest_prices, has_fee, is_covered, is_exact

DOLLAR = 10**9
STANDARD = Price(2 * DOLLAR, 8 * DOLLAR, DOLLAR, 2 * DOLLAR)
PRIORITY = Price(4 * DOLLAR, 16 * DOLLAR, 2 * DOLLAR, 4 * DOLLAR)
PRICE = replace(
    STANDARD,
    web_search_nano_usd=10_000_000,
    tiers=(("priority", PRIORITY), ("flex", Price(DOLLAR, 4 * DOLLAR, DOLLAR, DOLLAR))),
)
MILLION = Usage(1_000_000, 1_000_000)


def said(*parts: object) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": list(parts)}]}


@pytest.mark.parametrize(
    ("tier", "dollars"),
    [(None, 10), ("default", 10), ("standard", 10), ("priority", 20), ("flex", 5), ("scale", 10)],
)
def test_a_tier_is_billed_at_its_own_price(tier: str | None, dollars: int) -> None:
    assert price_usage(MILLION.in_tier(tier), PRICE) == dollars * DOLLAR


def test_each_search_is_billed_beside_the_tokens() -> None:
    assert price_usage(Usage(1_000_000, web_searches=3), PRICE) == 2 * DOLLAR + 30_000_000
    assert price_usage(Usage(1_000_000, web_searches=3), STANDARD) == 2 * DOLLAR


@pytest.mark.parametrize(
    ("body", "usage", "is_all"),
    [
        ({}, MILLION, True),
        ({}, MILLION.in_tier("priority"), True),
        ({}, MILLION.in_tier("scale"), False),
        ({}, replace(MILLION, web_searches=2), True),
        ({"web_search_options": {}}, MILLION, False),
        ({}, replace(MILLION, audio_tokens=1), False),
    ],
)
def test_a_cost_is_exact_when_all_parts_of_it_are_known(
    body: dict[str, Any], usage: Usage, is_all: bool
) -> None:
    assert is_exact(body, "gpt-5", usage, PRICE) is is_all


def test_searches_at_an_unknown_fee_leave_the_cost_open() -> None:
    assert not is_exact({}, "gpt-5", replace(MILLION, web_searches=1), STANDARD)


@pytest.mark.parametrize(
    ("body", "model", "costs_more"),
    [
        ({}, "gpt-5", False),
        ({"tools": [{"type": "function", "function": {}}]}, "gpt-5", False),
        ({"modalities": ["text"], "audio": None}, "gpt-5", False),
        ({"web_search_options": {}}, "gpt-5", True),
        ({"tools": [{"type": "web_search"}]}, "gpt-5", True),
        ({"modalities": ["text", "audio"]}, "gpt-5", True),
        ({"audio": {"voice": "x"}}, "gpt-5", True),
        (
            said({"type": "input_audio", "input_audio": {"data": "", "format": "wav"}}),
            "gpt-5",
            True,
        ),
        (said({"type": "text", "text": "x"}, {"type": "audio_url"}), "gemini-2.5-flash", True),
        ({"messages": [{"role": "assistant", "audio": {"id": "audio_1"}}]}, "gpt-5", True),
        (said({"type": "text", "text": "input_audio"}, "audio"), "gpt-5", False),
        ({"messages": [{"role": "user", "content": "audio"}, "audio"]}, "gpt-5", False),
        ({}, "gpt-4o-audio-preview", True),
        ({}, "GPT-Realtime-mini", True),
        ({}, "gpt-4o-search-preview", True),
        ({}, "research-1", False),
    ],
)
def test_what_has_a_fee_is_known_before_it_is_sent(
    body: dict[str, Any], model: str, costs_more: bool
) -> None:
    assert has_fee(body, model) is costs_more
    assert is_covered(body, model, PRICE) is not costs_more
    assert is_covered(body, model, Price(0, 0, 0, 0)), "what is free has no fees"


@pytest.mark.parametrize(
    ("tier", "is_known"),
    [
        (None, True),
        ("default", True),
        ("auto", True),
        ("flex", True),
        ("scale", False),
        (7, False),
        ([], False),
    ],
)
def test_a_tier_is_covered_when_its_price_is_known(tier: object, is_known: bool) -> None:
    assert is_covered({"service_tier": tier}, "gpt-5", PRICE) is is_known


@pytest.mark.parametrize(
    ("tier", "dollars"),
    [(None, 10), ("default", 10), ("flex", 10), ("priority", 20), ("auto", 20), ("scale", 10)],
)
def test_a_hold_covers_the_dearest_tier_that_may_answer(tier: str | None, dollars: int) -> None:
    body = {"service_tier": tier}
    prices = dearest_prices(body, PRICE)
    assert max(price_estimate(1_000_000, 1_000_000, p) for p in prices) == dollars * DOLLAR


@pytest.mark.parametrize(
    ("asked", "told", "billed"),
    [
        (None, None, None),
        ("priority", None, "priority"),
        ("priority", "default", "default"),
        ("auto", "priority", "priority"),
        ("auto", None, None),
    ],
)
def test_what_the_answer_says_of_its_tier_counts_before_what_was_asked(
    asked: str | None, told: str | None, billed: str | None
) -> None:
    body = {"service_tier": asked}
    assert billed_usage(body, MILLION.in_tier(told)).service_tier == billed
