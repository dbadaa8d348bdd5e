"""Masks personal data in text, whole or streamed, and turns user ids into keyed hashes."""

from __future__ import annotations

import hmac
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

from services.domain.check_digits import iban_length, is_card_number, is_iban, is_national_id

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

_SIGNS_OF_NAMES = frozenset(".+%-")
_SIGNS_OF_PHONES = frozenset("+(")

# The end of a text, read backwards, as far as it consists of the characters of one form and is no
# longer than that can be; how the form begins, and with which signs after a masked place.
_UNDECIDED: tuple[tuple[re.Pattern[str], re.Pattern[str], frozenset[str]], ...] = (
    (
        re.compile(r"[A-Za-z0-9 \u00a0-]{0,74}"),
        re.compile(r"(?<!\w)[A-Za-z]{2}[0-9]{2}"),
        frozenset(),
    ),
    (
        re.compile(r"[0-9 \u00a0()./+-]{0,121}"),
        re.compile(r"[0-9+(](?<!\w[0-9+(])"),
        _SIGNS_OF_PHONES,
    ),
    (re.compile(r"[\w.+%@-]{0,390}"), re.compile(r"(?<!\w)"), _SIGNS_OF_NAMES | {"@"}),
)
_NUMBER_SIGN = re.compile(r"[0-9+(]")
_DIGITS = re.compile(r"[0-9][0-9]")
_LONGEST = 400  # characters held back at most
_LONGEST_NUMBER = 130  # or IBAN, with the character after it
_STRETCH = 8192
_LONGEST_NAME = 64  # of an e-mail address, before its @


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without personal data, and how many of each kind were taken out."""

    text: str
    found: Mapping[str, int] = field(default_factory=dict)


class StreamMasker:
    """Masks a text that arrives in pieces, exactly as `mask_text` would mask the whole.

    Holds back the last word or number as long as it could still become personal data, at most
    400 characters.

    Args:
        found: counts what is masked, perhaps for several texts.
    """

    def __init__(self, found: Counter[str] | None = None) -> None:
        self._found: Counter[str] = Counter() if found is None else found
        # The last character given out, if any, stands before what is held back: whether a
        # candidate can start depends on it.
        self._buffer = ""
        self._start = 0

    @property
    def found(self) -> Mapping[str, int]:
        """How many of each kind were masked so far."""
        return dict(self._found)

    def feed(self, text: str) -> str:
        """Take the next piece and return what is now safe to give out."""
        self._buffer += text
        return self._drain(is_final=False)

    def flush(self) -> str:
        """Return the rest, masked: the text has ended."""
        return self._drain(is_final=True)

    def _drain(self, *, is_final: bool) -> str:
        text, done, is_after_hit = self._buffer, self._start, False
        safe: list[str] = []
        while True:
            limit = len(text) if is_final else _decided_until(text, done, is_after_hit)
            hits = _find_hits(text, done, limit, is_after_hit) if limit > done else ()
            for kind, start, end in hits:
                self._found[kind] += 1
                safe += (text[done:start], f"[REDACTED_{kind.upper()}]")
                done, is_after_hit = end, True
                if end >= len(text) - _LONGEST:
                    break  # What follows may be decided by now.
            else:
                break
        if limit > done:
            safe.append(text[done:limit])
            self._buffer, self._start = text[limit - 1 :], 1
        elif is_after_hit:
            self._buffer, self._start = "]" + text[done:], 1
        return "".join(safe)


def mask_text(text: str) -> Masked:
    """Replace e-mail addresses, phone, card, IBAN, national id and SSN by `[REDACTED_...]`.

    Card numbers, IBANs and Turkish national ids count only with valid check digits.
    """
    if "@" not in text and not _DIGITS.search(text):
        return Masked(text)
    found: Counter[str] = Counter()
    parts: list[str] = []
    done = 0
    for kind, start, end in _find_hits(text, 0, len(text), is_after_hit=False):
        found[kind] += 1
        parts += (text[done:start], f"[REDACTED_{kind.upper()}]")
        done = end
    return Masked("".join((*parts, text[done:])), dict(found)) if parts else Masked(text)


def _mask_string(text: str, found: Counter[str] | None = None) -> str:
    """The masked text alone; most strings of a request are short names without a digit."""
    if "@" not in text and not _DIGITS.search(text):
        return text
    masked = mask_text(text)
    if found is not None and masked.found:
        found.update(masked.found)
    return masked.text


def mask_value(value: Any, found: Counter[str] | None = None) -> Any:
    """Copy a JSON-like value with every string in it masked, keys included, however deep.

    Keys that become equal are told apart by a number ("[REDACTED_EMAIL] 2"). Numbers stay.

    Args:
        found: told how many of each kind were masked in the values.
    """
    root: list[Any] = [None]
    waiting: list[tuple[Any, Any, Any]] = [(root, 0, value)]
    while waiting:
        target, place, item = waiting.pop()
        if isinstance(item, str):
            target[place] = _mask_string(item, found)
        elif isinstance(item, Mapping):
            target[place] = copy = _with_masked_keys(item)
            waiting += ((copy, key, inner) for key, inner in tuple(copy.items()))
        elif isinstance(item, list | tuple):
            target[place] = [None] * len(item)
            waiting += ((target[place], index, inner) for index, inner in enumerate(item))
        else:
            target[place] = item
    return root[0]


@lru_cache(maxsize=10_000)
def hash_user(user: str, key: bytes) -> str:
    """Give the 16 hex digits that stand for a user in logs: the same for the same key."""
    return hmac.digest(key, user.encode("utf-8", "surrogatepass"), "sha256").hex()[:16]


def _with_masked_keys(mapping: Mapping[Any, Any]) -> dict[Any, Any]:
    copy: dict[Any, Any] = {}
    for key, inner in mapping.items():
        masked = unique = _mask_string(key) if isinstance(key, str) else key
        number = 1
        while unique in copy:
            number += 1
            unique = f"{masked} {number}"
        copy[unique] = inner
    return copy


class _Hit(NamedTuple):
    kind: str
    start: int
    end: int


def _find_hits(text: str, start: int, limit: int, is_after_hit: bool) -> Iterator[_Hit]:
    """Find personal data that starts from `start` on and before the limit.

    What starts first wins, an address before a number.

    Args:
        is_after_hit: what stands before `start` is masked, so that anything may start there.
    """
    finders = _FINDERS if _DIGITS.search(text, start) else _FINDERS[:1]
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


def _find_next_to(text: str, place: int) -> _Hit | None:
    """What starts where a masked place ends."""
    sign = text[place : place + 1]
    match = _NEXT_ADDRESS.match(text, place) if sign in _SIGNS_OF_NAMES else None
    if match is not None:
        return _Hit("email", place, match.end())
    match = _NEXT_NUMBER.match(text, place) if sign in _SIGNS_OF_PHONES else None
    return None if match is None else _Hit("phone", place, match.end())


def _find_address(text: str, start: int, limit: int) -> _Hit | None:
    at = text.find("@", start)
    if at < 0:
        return None
    match = _search(_ADDRESS, text, max(start, at - _LONGEST_NAME), limit, _LONGEST)
    return None if match is None else _Hit("email", match.start(), match.end())


def _find_number(text: str, start: int, limit: int) -> _Hit | None:
    while match := _search(_NUMBER, text, start, limit, _LONGEST_NUMBER):
        kind = match.lastgroup or ""
        check = _CHECKS.get(kind)
        if check is None or check(match[0]):
            return _Hit(kind, match.start(), match.end())
        start = match.start() + 1
    return None


def _find_iban(text: str, start: int, limit: int) -> _Hit | None:
    # The search stops at the first two digits, which follow two letters.
    start += 2
    while head := _search(_IBAN_HEAD, text, start, limit + 2, _LONGEST_NUMBER):
        place = head.start() - 2
        form = _iban_form(text[place : place + 2].upper())
        whole = form.match(text, place) if form else None
        if whole is not None and is_iban(whole[0]):
            return _Hit("iban", place, whole.end())
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


def _decided_until(text: str, start: int, is_after_hit: bool) -> int:
    """Where the first place is whose candidate could still change if more text came.

    Args:
        is_after_hit: what stands before `start` is masked, so that anything may start there.
    """
    length = limit = len(text)
    nearest = max(start, length - _LONGEST)
    backwards = text[nearest:][::-1]
    forms = _UNDECIDED if _NUMBER_SIGN.search(text, nearest) else _UNDECIDED[-1:]
    for ending, beginning, signs in forms:
        tail = ending.match(backwards)
        place = length - (tail.end() if tail else 0)
        if is_after_hit and place == start and text[place : place + 1] in signs:
            return place
        first = beginning.search(text, place)
        if first is not None and first.start() < limit:
            limit = first.start()
    return limit


_START = attrgetter("start")
_FINDERS = (_find_address, _find_number, _find_iban)
_CHECKS: Mapping[str, Callable[[str], bool]] = {
    "credit_card": is_card_number,
    "national_id": is_national_id,
}
