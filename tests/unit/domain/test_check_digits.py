"""Check digits: as python-stdnum has them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban, luhn
from stdnum.tr import tckimlik

from services.domain.check_digits import iban_length, is_card_number, is_iban, is_national_id

DIGITS = st.text(alphabet="0123456789", min_size=12, max_size=18)


@given(DIGITS)
def test_card_numbers_are_those_that_luhn_accepts(body: str) -> None:
    for last in "0123456789":
        assert is_card_number(body + last) == luhn.is_valid(body + last)


@given(st.integers(10_000_000_000, 99_999_999_999), st.integers(0, 9), st.integers(0, 9))
def test_national_ids_are_those_that_stdnum_accepts(number: int, tenth: int, last: int) -> None:
    body = str(number)[:9]
    for text in (f"{body}{tenth}{last}", body + tckimlik.calc_check_digits(body)):
        assert is_national_id(text) == tckimlik.is_valid(text)


@given(
    st.sampled_from(["TR", "DE", "FR", "GB", "NO", "MT", "XX", "tr"]),
    st.text(alphabet="0123456789ABZz", min_size=11, max_size=27),
    st.booleans(),
)
def test_ibans_are_those_that_stdnum_accepts(country: str, account: str, has_letters: bool) -> None:
    account = account if has_letters else "".join(c for c in account if c.isdigit())
    check = iban.calc_check_digits(f"{country.upper()}00{account.upper()}")
    for text in (f"{country}{check}{account}", f"{country}33{account}"):
        assert is_iban(text) == iban.is_valid(text, check_country=False)


@given(st.integers(0, 10**22 - 1))
def test_every_turkish_iban_with_its_check_digits_is_one(account: int) -> None:
    bban = f"{account:022}"
    number = f"TR{iban.calc_check_digits(f'TR00{bban}')}{bban}"
    assert is_iban(number)
    assert is_iban(iban.format(number))


def test_separators_do_not_count() -> None:
    assert is_card_number("4111-1111 1111\u00a01111")
    assert is_national_id("172 917 160 60")
    assert is_iban("TR33 0006-1005\u00a01978 6457 8413 26")


def test_a_country_without_ibans_has_no_length() -> None:
    assert iban_length("TR") == 22
    assert iban_length("XX") is None
