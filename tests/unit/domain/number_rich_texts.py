"""Texts of numbers that are, almost are, or run into personal data; the same for a seed."""

from __future__ import annotations

import string
from random import Random

from stdnum import iban, luhn
from stdnum.tr import tckimlik

_GAPS = ("", "", " ", "-", "\u00a0", ".", "  ", "/")
_BETWEEN = (" ", "", " ", ",", "+", "(", ")", ".", "%", "-", "@", "\n", "a", "ı", "/", "\u00a0")
_LONG = (
    *("a" * 70, "1" * 30, "x." * 60, "1 " * 80, "4111 " * 40, "a@" * 30, "TR33 " * 9, "TR33-" * 30),
    *("+1" * 50, "a-" * 60 + "@b.co", "(5" * 10, "." * 130, "+90 (532) "),
)
_IBANS = {"TR": 22, "DE": 18, "FR": 23, "BE": 12, "NO": 11, "tr": 22, "XX": 20}


def number_rich_text(random: Random) -> str:
    """One such text, of up to a few hundred characters."""
    pieces = (random.choice(_PIECES)(random) for _ in range(random.randint(1, 13)))
    return "".join(piece + random.choice(_BETWEEN) for piece in pieces)


def _digits(random: Random, count: int) -> str:
    return "".join(random.choices(string.digits, k=count))


def _grouped(random: Random, text: str) -> str:
    return random.choice(_GAPS).join(text[at : at + 4] for at in range(0, len(text), 4))


def _card(random: Random) -> str:
    body = random.choice("234569") + _digits(random, 14)
    return _grouped(random, body + luhn.calc_check_digit(body))


def _national_id(random: Random) -> str:
    body = str(random.randint(10**8, 10**9 - 1))
    whole = body + tckimlik.calc_check_digits(body)
    return random.choice((whole, f"{whole[:3]} {whole[3:6]} {whole[6:9]} {whole[9:]}"))


def _iban(random: Random) -> str:
    country, length = random.choice(tuple(_IBANS.items()))
    account = _digits(random, length)
    check = iban.calc_check_digits(f"{country.upper()}00{account}")
    return _grouped(random, f"{country}{check}{account}")


def _phone(random: Random) -> str:
    gap = random.choice(_GAPS)
    area, three, two, four = (_digits(random, n) for n in (3, 3, 2, 4))
    forms = (
        *(f"0{gap}{area}{gap}{three}{gap}{two}{gap}{two}", f"+90 5{two} {three} {two} {two}"),
        *(
            f"({area}){gap}{three}-{four}",
            f"+{two} {area} {three} {three}",
            f"00{area}{four}{four}",
        ),
        *(f"{area}-{three}-{four}", f"+44 (0){two} {four} {four}", f"1 {area} {three}-{four}"),
        f"+{two} {area} {three} {three}",
    )
    return random.choice(forms)


def _address(random: Random) -> str:
    name, host = ("".join(random.choices("abzAş1_.-+%", k=random.randint(1, 10))) for _ in "12")
    return f"{name}@{host}.{random.choice(('com', 'c', 'com.tr', 'örnek.com', '1a'))}"


def _ssn(random: Random) -> str:
    return f"{_digits(random, 3)}-{_digits(random, 2)}-{_digits(random, 4)}"


def _noise(random: Random) -> str:
    return "".join(random.choices('0123456789 +-.()/@%a\u00a0ışTR,\n"', k=random.randint(1, 24)))


def _number(random: Random) -> str:
    return _digits(random, random.randint(1, 21))


def _long(random: Random) -> str:
    return random.choice(_LONG)


_PIECES = (_card, _national_id, _iban, _phone, _address, _ssn, _noise, _noise, _number, _long)
