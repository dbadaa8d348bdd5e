from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.domain.money import Price
from services.domain.price_overrides import PriceListError, PriceOverride, parse_price_overrides

LISTED = {
    "provider": "azure",
    "model": "pupils",
    "valid_from": "2026-12-01",
    "input_usd": "0.15",
    "output_usd": "0.6",
}


def problems(*entries: Any) -> list[str]:
    with pytest.raises(PriceListError) as caught:
        parse_price_overrides({"prices": list(entries)})
    return caught.value.problems


def test_prices_are_whole_nano_dollars_and_fall_back_on_input_and_output() -> None:
    assert parse_price_overrides({"prices": [LISTED]}) == (
        PriceOverride(
            "azure",
            "pupils",
            datetime(2026, 12, 1, tzinfo=UTC),
            Price(150_000_000, 600_000_000, 150_000_000, 150_000_000, "price file"),
        ),
    )


def test_every_kind_of_token_can_have_its_price() -> None:
    told = LISTED | {
        "cached_input_usd": "0.075",
        "cache_write_usd": "0.1875",
        "reasoning_usd": "0",
        "source": "contract 17",
    }
    (override,) = parse_price_overrides({"prices": [told]})
    assert override.price == Price(
        150_000_000, 600_000_000, 75_000_000, 187_500_000, "contract 17", 0
    )


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-12-01", datetime(2026, 12, 1, tzinfo=UTC)),
        ("2026-12-01T08:30:00", datetime(2026, 12, 1, 8, 30, tzinfo=UTC)),
        ("2026-12-01T08:30:00+03:00", datetime(2026, 12, 1, 5, 30, tzinfo=UTC)),
    ],
)
def test_time_without_a_zone_is_utc(text: str, at: datetime) -> None:
    (override,) = parse_price_overrides({"prices": [LISTED | {"valid_from": text}]})
    assert override.valid_from == at


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"provider": ""}, "provider is missing"),
        ({"model": None}, "model is missing"),
        ({"valid_from": "soon"}, "valid_from is 'soon'"),
        ({"input_usd": "cheap"}, "input_usd is 'cheap'"),
        ({"input_usd": "-1"}, "input_usd is '-1'"),
        ({"output_usd": "NaN"}, "output_usd is 'NaN'"),
        ({"output_usd": "1e9"}, "output_usd is '1e9'"),
        ({"reasoning_usd": "x"}, "reasoning_usd is 'x'"),
        ({"inptu_usd": "1"}, "inptu_usd is not known"),
    ],
)
def test_problem_names_the_price_and_the_value(change: dict[str, Any], words: str) -> None:
    (only,) = problems(LISTED, LISTED | {"model": "other"} | change)
    assert only.startswith("price 2: ")
    assert words in only


def test_all_problems_are_told_together() -> None:
    found = problems({}, "text", LISTED, LISTED)
    assert [problem.partition(":")[0] for problem in found] == [
        *["price 1"] * 5, "price 2", "price 4",
    ]  # fmt: skip
    assert "same time" in found[-1]


@pytest.mark.parametrize("data", [None, [], "prices", {}, {"prices": {"openai": 1}}])
def test_content_without_a_list_of_prices_is_refused(data: object) -> None:
    with pytest.raises(PriceListError, match="no list under the key prices"):
        parse_price_overrides(data)
