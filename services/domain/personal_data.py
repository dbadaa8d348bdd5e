"""Finds personal data: e-mail addresses, SSNs, phone, card, IBAN and national id numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from services.domain.check_digits import iban_length, is_card_number, is_iban, is_national_id

LONGEST = 400
"""Characters that no address or number exceeds."""

_TWO_DIGITS = re.compile(r"[0-9][0-9]")
"""A text with neither these nor an @ holds no personal data."""

ADDRESS_SIGNS = frozenset(".+%-")
PHONE_SIGNS = frozenset("+(")
"""Signs by which an address, or a phone number, can begin right after a masked place."""

_GAP = r"[ \u00a0./-]{0,3}"
_SUBSCRIBER = rf"[0-9]{{3}}{_GAP}[0-9]{{2}}{_GAP}[0-9]{{2}}"
_LABEL = r"\w(?:[\w-]{0,61}\w)?"
_ADDRESS_FORM = rf"(?<![.+%-])[\w.+%-]{{1,64}}+@(?:{_LABEL}\.){{1,4}}[^\W\d_][\w-]{{0,61}}\w(?!\w)"

# Every form of a number says of its first character that it stands behind, and goes on with the
# second: so the search leaps from one possible first character to the next.
_PHONE_FORMS = (
    # Turkish: country code or trunk zero, area code in brackets, bare mobile number.
    rf"(?:(?<=\+)90|(?<=0)090|(?<=9)0|(?<=0)){_GAP}0?\(?0?[2-58][0-9]{{2}}\)?{_GAP}{_SUBSCRIBER}",
    rf"(?<=\()0?[2-58][0-9]{{2}}\){_GAP}{_SUBSCRIBER}",
    rf"(?<=5)[0-6][0-9]{_GAP}{_SUBSCRIBER}",
    # International with + or 00, 9 to 15 digits, "(0)" not counted; then North American.
    r"(?:(?<=\+)|(?<=0)0)[1-9](?:(?:[ \u00a0./()-]{1,3}(?:0\) ?)?(?=[0-9]{2}))?[0-9]){8,14}",
    r"(?:(?<=1)[ .-]\(?[2-9]|(?<=\()[2-9]|(?<=[2-9]))[0-9]{2}\)?[ .-]?[2-9][0-9]{2}[.-][0-9]{4}",
)
_CARD_FORMS = (
    (
        r"(?:(?<=[2-6])[0-9]{3}|(?<=9)792)"
        r"(?P<gap>[ \u00a0-])[0-9]{4}(?P=gap)[0-9]{4}(?P=gap)[0-9]{4}"
    ),
    r"(?<=3)[47][0-9]{2}(?P<slot>[ \u00a0-])[0-9]{6}(?P=slot)[0-9]{5}",
    r"(?<=[2-6])[0-9]{12,18}",
    r"(?<=9)792[0-9]{9,15}",
)
_NUMBER_FORMS = {
    "credit_card": "|".join(_CARD_FORMS),
    "national_id": r"(?<=[1-9])[0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}",
    "ssn": r"(?:(?<=0)(?!00)|(?<=6)(?!66)|(?<=[1-578]))[0-9]{2}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}",
    "phone": "|".join(_PHONE_FORMS),
}
_NUMBER_TAIL = "|".join(rf"(?P<{kind}>(?:{form})(?!\w))" for kind, form in _NUMBER_FORMS.items())

# Forms that can start at one place never fit the same text (other length, first digit or
# grouping), so a failed checksum need not try the next form. All are bounded in length, and look
# no further than one character to either side: the stream masker rests on that.
_ADDRESS = re.compile(rf"(?<!\w){_ADDRESS_FORM}")
_NUMBER = re.compile(rf"[0-9+(](?<!\w[0-9+(])(?:{_NUMBER_TAIL})")
_IBAN_HEAD = re.compile(r"[0-9](?<=(?<!\w)[A-Za-z]{2}[0-9])[0-9](?=(?:[ \u00a0-]?[A-Za-z0-9]){11})")
# The same for what follows a masked place: a bracket stands before it, whatever stood there.
_NEXT_ADDRESS = re.compile(_ADDRESS_FORM.removeprefix("(?<![.+%-])"))
_NEXT_NUMBER = re.compile(rf"[+(](?:{_NUMBER_TAIL})")
_LONGEST_NUMBER = 130  # or IBAN, with the character after it
_STRETCH = 8192
_LONGEST_NAME = 64  # of an e-mail address, before its @


class Hit(NamedTuple):
    """One place of personal data: `text[start:end]`."""

    kind: str
    start: int
    end: int

    @property
    def placeholder(self) -> str:
        """What stands in its place once it is masked; ends in "]"."""
        return f"[REDACTED_{self.kind.upper()}]"


def may_hold_data(text: str) -> bool:
    """Whether there is an at sign or a number in it; most texts have neither."""
    return "@" in text or _TWO_DIGITS.search(text) is not None


def find_hits(text: str, start: int, limit: int, is_after_hit: bool) -> Iterator[Hit]:
    """Find personal data that starts from `start` on and before the limit.

    What starts first wins, an address before a number.

    Args:
        is_after_hit: what stands before `start` is masked, so that anything may start there.
    """
    finders = _FINDERS if _TWO_DIGITS.search(text, start) else _FINDERS[:1]
    known = {find: hit for find in finders if (hit := find(text, start, limit))}
    first = _find_next_to(text, start) if is_after_hit else None
    while first := first or min(known.values(), key=_START, default=None):
        yield first
        end = first.end
        for find, hit in tuple(known.items()):
            if hit.start < end:
                following = find(text, end, limit)
                if following is None:
                    del known[find]
                else:
                    known[find] = following
        first = _find_next_to(text, end)


def _find_next_to(text: str, place: int) -> Hit | None:
    """What starts where a masked place ends."""
    sign = text[place : place + 1]
    match = _NEXT_ADDRESS.match(text, place) if sign in ADDRESS_SIGNS else None
    if match is not None:
        return Hit("email", place, match.end())
    match = _NEXT_NUMBER.match(text, place) if sign in PHONE_SIGNS else None
    return None if match is None else Hit("phone", place, match.end())


def _find_address(text: str, start: int, limit: int) -> Hit | None:
    at = text.find("@", start)
    if at < 0:
        return None
    match = _search(_ADDRESS, text, max(start, at - _LONGEST_NAME), limit, LONGEST)
    return None if match is None else Hit("email", match.start(), match.end())


def _find_number(text: str, start: int, limit: int) -> Hit | None:
    while match := _search(_NUMBER, text, start, limit, _LONGEST_NUMBER):
        kind = match.lastgroup or ""
        check = _CHECKS.get(kind)
        if check is None or check(match[0]):
            return Hit(kind, match.start(), match.end())
        start = match.start() + 1
    return None


def _find_iban(text: str, start: int, limit: int) -> Hit | None:
    # The search stops at the first two digits, which follow two letters.
    start += 2
    while head := _search(_IBAN_HEAD, text, start, limit + 2, _LONGEST_NUMBER):
        place = head.start() - 2
        form = _iban_form(text[place : place + 2].upper())
        whole = form.match(text, place) if form else None
        if whole is not None and is_iban(whole[0]):
            return Hit("iban", place, whole.end())
        start = head.end()
    return None


def _search(
    pattern: re.Pattern[str], text: str, start: int, limit: int, longest: int
) -> re.Match[str] | None:
    """Find the first match that starts before the limit and is shorter than `longest`.

    A stretch at a time: one search over a whole large text would stop every other thread.
    """
    while start < limit:
        until = min(start + _STRETCH, limit)
        match = pattern.search(text, start, until + longest)
        if match is not None and match.start() < until:
            return match
        start = until
    return None


@lru_cache(maxsize=1024)
def _iban_form(country: str) -> re.Pattern[str] | None:
    """Match as many characters as the country's IBANs have; None where it has none."""
    length = iban_length(country)
    if length is None:
        return None
    return re.compile(rf"[A-Za-z]{{2}}[0-9]{{2}}(?:[ \u00a0-]?[A-Za-z0-9]){{{length}}}(?!\w)")


_START = attrgetter("start")
_FINDERS = (_find_address, _find_number, _find_iban)
_CHECKS: Mapping[str, Callable[[str], bool]] = {
    "credit_card": is_card_number,
    "national_id": is_national_id,
}
