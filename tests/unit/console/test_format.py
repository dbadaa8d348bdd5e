"""Figures as text say neither more nor less than the figures."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.format import (
    age_text,
    count_text,
    escape_markdown,
    exact_money_text,
    milliseconds_text,
    money_text,
    percent_text,
    safe_markdown,
    seconds_text,
    short_count_text,
    time_text,
    usd_text,
)
from services.domain.money import NANO

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("nano_usd", "short", "exact"),
    [
        (0, "$0.00", "$0.00"),
        (1, "$0.000000001", "$0.000000001"),
        (1_234, "$0.00000123", "$0.000001234"),
        (1_234_567, "$0.00123", "$0.001234567"),
        (12_345_678, "$0.0123", "$0.012345678"),
        (123_456_789, "$0.123", "$0.123456789"),
        (999_999_999, "$1.00", "$0.999999999"),
        (1_005_000_000, "$1.00", "$1.005"),
        (8_931_450_000_000, "$8,931.45", "$8,931.45"),
        (-1_500_000_000, "-$1.50", "-$1.50"),
    ],
)
def test_money_is_short_in_cards_and_exact_in_tables(nano_usd: int, short: str, exact: str) -> None:
    assert money_text(nano_usd) == short
    assert exact_money_text(nano_usd) == exact


@given(st.integers(min_value=1, max_value=10**16))
def test_no_cost_ever_shows_as_nothing(nano_usd: int) -> None:
    assert Decimal(money_text(nano_usd).replace("$", "").replace(",", "")) > 0


@given(st.integers(min_value=-(10**18), max_value=10**18))
def test_exact_money_gives_every_nano_dollar_back(nano_usd: int) -> None:
    text = exact_money_text(nano_usd).replace("$", "").replace(",", "")
    assert Decimal(text) * NANO == nano_usd


def test_cost_of_the_gateways_header_is_shown_to_the_last_digit() -> None:
    assert usd_text("0.000123456") == "$0.000123456"
    assert usd_text("1E-9") == "$0.000000001"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (None, "–"),
        (0.0, "0%"),
        (1.0, "100%"),
        (0.00001, "<0.01%"),
        (0.99999, ">99.99%"),
        (0.0042, "0.42%"),
        (0.05, "5%"),
        (0.143, "14.3%"),
        (1.31, "131%"),
    ],
)
def test_percent_is_never_a_false_nothing_or_all(share: float | None, text: str) -> None:
    assert percent_text(share) == text


@pytest.mark.parametrize(
    ("ms", "text"),
    [(None, "–"), (0.42, "0.4 ms"), (320, "320 ms"), (2_410, "2.41 s"), (72_000, "1 min 12 s")],
)
def test_latency_has_the_unit_that_fits(ms: float | None, text: str) -> None:
    assert milliseconds_text(ms) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "under 0.1 s"),
        (0.02, "under 0.1 s"),
        (0.2, "0.2 s"),
        (45, "45 s"),
        (59.7, "1 min"),
        (200, "3 min 20 s"),
        (7_500, "2 h 5 min"),
        (356_400, "4 d 3 h"),
    ],
)
def test_span_is_told_in_its_two_largest_units(seconds: float, text: str) -> None:
    assert seconds_text(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "just now"),
        (12, "12 s ago"),
        (200, "3 min ago"),
        (7_300, "2 h ago"),
        (500_000, "5 d ago"),
    ],
)
def test_age_is_told_in_its_largest_unit(seconds: int, text: str) -> None:
    assert age_text(NOW - timedelta(seconds=seconds), NOW) == text


def test_age_of_nothing_is_not_now() -> None:
    assert age_text(None, NOW) == "at an unknown time"


def test_time_names_its_zone() -> None:
    assert time_text(NOW, ZoneInfo("Asia/Kathmandu")) == "2026-11-21 17:45:00 Asia/Kathmandu"
    assert time_text(None, ZoneInfo("UTC")) == "–"


@pytest.mark.parametrize(
    ("count", "full", "short"),
    [
        (0, "0", "0"),
        (950, "950", "950"),
        (12_345, "12,345", "12.3k"),
        (999_999, "999,999", "999k"),
        (4_500_000, "4,500,000", "4.5M"),
    ],
)
def test_counts_have_separators_or_a_unit(count: int, full: str, short: str) -> None:
    assert count_text(count) == full
    assert short_count_text(count) == short


def test_what_people_typed_means_nothing_in_markdown() -> None:
    assert escape_markdown("[a](http://x) *b*\n# c") == r"\[a\]\(http\://x\) \*b\* \# c"


@pytest.mark.parametrize(
    "text", ["![a](https://x/y.png)", "![a][1]\n\n[1]: https://x/y.png", "[![a](https://x)](y)"]
)
def test_no_answer_of_a_model_fetches_an_image(text: str) -> None:
    assert "![" not in safe_markdown(text)
