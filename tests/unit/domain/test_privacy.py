"""Masking of personal data: what is masked, and what is left alone."""

from __future__ import annotations

import time
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban, luhn
from stdnum.tr import tckimlik

from services.domain.privacy import hash_user, mask_text, mask_value
from tests.unit.domain.number_rich_texts import number_rich_text
from tests.unit.domain.personal_data_texts import LEFT_ALONE, MASKED, NUMBER_RICH, TEXTS
from tests.unit.domain.plain_masking import mask_plainly


@pytest.mark.parametrize(("text", "masked"), MASKED)
def test_personal_data_is_replaced_by_its_kind(text: str, masked: str) -> None:
    assert mask_text(text).text == masked


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert mask_text(text).text == text
    assert not mask_text(text).found


def test_what_was_found_is_counted_by_kind() -> None:
    found = mask_text("a@example.com, b@example.com, 0532 123 45 67").found
    assert found == {"email": 2, "phone": 1}


@given(st.text(alphabet="0123456789", min_size=15, max_size=15))
def test_every_card_number_with_a_valid_check_digit_is_masked(digits: str) -> None:
    body = "4" + digits[1:]
    number = body + luhn.calc_check_digit(body)
    assert mask_text(f"kart: {number}!").text == "kart: [REDACTED_CREDIT_CARD]!"


@given(st.integers(100_000_000, 999_999_999))
def test_every_valid_national_id_is_masked(body: int) -> None:
    number = f"{body}{tckimlik.calc_check_digits(str(body))}"
    assert mask_text(number).text == "[REDACTED_NATIONAL_ID]"


@given(st.integers(0, 10**22 - 1))
def test_every_valid_turkish_iban_is_masked(account: int) -> None:
    bban = f"{account:022}"
    check = iban.calc_check_digits(f"TR00{bban}")
    assert mask_text(iban.format(f"TR{check}{bban}")).text == "[REDACTED_IBAN]"


@given(TEXTS)
def test_masking_twice_changes_nothing_more(text: str) -> None:
    once = mask_text(text).text
    assert mask_text(once).text == once


def test_an_address_longer_than_one_slice_away_is_found() -> None:
    text = "kelime " * 2000 + "ali@example.com" + " kelime" * 2000
    assert mask_text(text).text == text.replace("ali@example.com", "[REDACTED_EMAIL]")


def test_every_string_in_a_nested_value_is_masked_and_the_rest_kept() -> None:
    value = {
        "messages": [{"content": "ben ali@example.com", "n": 5}, None, True],
        "ali@example.com": 1.5,
        "veli@example.com": ("0532 123 45 67",),
    }
    assert mask_value(value) == {
        "messages": [{"content": "ben [REDACTED_EMAIL]", "n": 5}, None, True],
        "[REDACTED_EMAIL]": 1.5,
        "[REDACTED_EMAIL] 2": ["[REDACTED_PHONE]"],
    }
    assert "ali@example.com" in value


def test_a_value_nested_deeper_than_the_recursion_limit_is_masked() -> None:
    value: object = "ali@example.com"
    for _ in range(5000):
        value = [value]
    masked = mask_value(value)
    for _ in range(5000):
        masked = masked[0]
    assert masked == "[REDACTED_EMAIL]"


def test_a_users_hash_depends_on_user_and_key_only() -> None:
    assert hash_user("ayşe", b"key") == hash_user("ayşe", b"key")
    assert hash_user("ayşe", b"key") != hash_user("ayşe", b"other key")
    assert hash_user("ayşe", b"key") != hash_user("fatma", b"key")


def test_a_users_hash_is_the_start_of_hmac_sha256() -> None:
    # RFC 4231, test case 2.
    assert hash_user("what do ya want for nothing?", b"Jefe") == "5bdcc146bf60754e"


@given(st.text(alphabet="ab.@+-1ş ", max_size=80))
def test_addresses_alone_are_masked_as_among_other_data(text: str) -> None:
    # A card number sends the text the long way; without it the addresses alone are looked for.
    among = mask_text(f"{text}\n\nkart 4111111111111111").text
    assert f"{mask_text(text).text}\n\nkart [REDACTED_CREDIT_CARD]" == among


def test_a_text_full_of_addresses_takes_time_by_its_length_alone() -> None:
    def seconds(addresses: int) -> float:
        text = "a@b.co " * addresses
        began_s = time.thread_time()
        mask_text(text)
        return time.thread_time() - began_s

    short_s = min(seconds(8_000) for _ in range(3))
    assert min(seconds(64_000) for _ in range(2)) < 24 * short_s, "8 times as long"


@given(TEXTS)
def test_masking_is_what_the_plain_way_gives(text: str) -> None:
    masked = mask_text(text)
    assert (masked.text, masked.found) == mask_plainly(text)


@pytest.mark.parametrize("seed", range(8))
def test_number_rich_texts_are_masked_as_the_plain_way_does(seed: int) -> None:
    random = Random(seed)
    kinds: set[str] = set()
    for _ in range(150):
        text = number_rich_text(random)
        plain, found = mask_plainly(text)
        masked = mask_text(text)
        assert (masked.text, masked.found) == (plain, found), text
        kinds |= found.keys()
    assert kinds == {"email", "phone", "credit_card", "iban", "national_id", "ssn"}


@pytest.mark.parametrize("piece", NUMBER_RICH)
def test_masking_numbers_takes_time_by_the_texts_length_alone(piece: str) -> None:
    def seconds(length: int) -> float:
        text = (piece * length)[:length]
        began_s = time.thread_time()
        mask_text(text)
        return time.thread_time() - began_s

    short_s = min(seconds(16_000) for _ in range(3))
    assert min(seconds(128_000) for _ in range(3)) < 24 * short_s, "8 times as long"
    assert min(seconds(64_000) for _ in range(3)) < 0.25, "far more than it takes"
