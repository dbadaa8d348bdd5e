"""Masks personal data in text, whole or streamed, and turns user ids into keyed hashes."""

from __future__ import annotations

import hmac
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from stdnum import iban, luhn, numdb
from stdnum.tr import tckimlik

_GAP = r"[ \u00a0./-]{0,3}"
_SUBSCRIBER = rf"[0-9]{{3}}{_GAP}[0-9]{{2}}{_GAP}[0-9]{{2}}"
_LABEL = r"\w(?:[\w-]{0,61}\w)?"
_PHONE_FORMS = (
    # Turkish: country code or trunk zero, area code in brackets, bare mobile number.
    rf"(?:(?:\+|00)?90|0){_GAP}0?\(?0?[2-58][0-9]{{2}}\)?{_GAP}{_SUBSCRIBER}",
    rf"\(0?[2-58][0-9]{{2}}\){_GAP}{_SUBSCRIBER}",
    rf"5[0-6][0-9]{_GAP}{_SUBSCRIBER}",
    # International with + or 00, 9 to 15 digits, "(0)" not counted; then North American.
    r"(?:\+|00)[1-9](?:(?:[ \u00a0./()-]{1,3}(?:0\) ?)?(?=[0-9]{2}))?[0-9]){8,14}",
    r"(?:1[ .-])?\(?[2-9][0-9]{2}\)?[ .-]?[2-9][0-9]{2}[.-][0-9]{4}",
)
_CARD_FORMS = (
    r"(?:[2-6][0-9]{3}|9792)(?P<gap>[ \u00a0-])[0-9]{4}(?P=gap)[0-9]{4}(?P=gap)[0-9]{4}",
    r"3[47][0-9]{2}(?P<slot>[ \u00a0-])[0-9]{6}(?P=slot)[0-9]{5}",
    r"(?:[2-6][0-9]{12,18}|9792[0-9]{9,15})",
)
_FORMS = {
    "email": rf"(?<![.+%-])[\w.+%-]{{1,64}}+@(?:{_LABEL}\.){{1,4}}[^\W\d_][\w-]{{0,61}}\w",
    "credit_card": rf"(?:{'|'.join(_CARD_FORMS)})",
    "national_id": r"[1-9][0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}",
    "ssn": r"(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}",
    "phone": rf"(?:{'|'.join(_PHONE_FORMS)})",
}

# Forms that can start at one place never fit the same text (other length, first digit or
# grouping), so a failed checksum need not try the next form. All are bounded in length, and look
# no further than one character to either side: the stream masker rests on that.
_CANDIDATE = re.compile(
    r"(?<!\w)(?:"
    + "|".join(rf"(?P<{kind}>{form}(?!\w))" for kind, form in _FORMS.items())
    + r"|(?P<iban>[A-Za-z]{2}[0-9]{2})(?=(?:[ \u00a0-]?[A-Za-z0-9]){11}))"
)
_ADDRESS = re.compile(rf"(?<!\w){_FORMS['email']}(?!\w)")
# A place whose candidate could still change if more text came: everything up to the end is of the
# characters of one form, and not yet longer than that form can be.
_UNDECIDED = re.compile(
    r"(?<!\w)(?:[A-Za-z]{2}[0-9]{2}[A-Za-z0-9 \u00a0-]{0,70}"
    r"|[0-9+(][0-9 \u00a0()./+-]{0,120}"
    r"|[\w.+%@-]{0,390})\Z"
)
# Cheap and necessary: e-mail has an @, an IBAN its head, the rest nine digits close together.
_DIGITS = re.compile(r"[0-9]{2}")
_DENSE_DIGITS = re.compile(r"[0-9](?:[^0-9]{0,4}[0-9]){8}")
_IBAN_HEAD = re.compile(r"[0-9][0-9](?<=\b[A-Za-z]{2}[0-9]{2})")
_LONGEST = 400  # characters held back at most
_LONGEST_NAME = 64  # of an e-mail address, before its @
_SLICE = 4096  # fed at a time: cutting the buffer after a match costs no more than this


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
        if len(text) > _SLICE:
            return "".join(self.feed(text[at : at + _SLICE]) for at in range(0, len(text), _SLICE))
        self._buffer += text
        return self._drain(is_final=False)

    def flush(self) -> str:
        """Return the rest, masked: the text has ended."""
        return self._drain(is_final=True)

    def _drain(self, *, is_final: bool) -> str:
        safe: list[str] = []
        while (hit := _first_hit(self._buffer, self._start)) and (
            is_final or self._is_decided(hit.start)
        ):
            self._found[hit.kind] += 1
            safe += (self._buffer[self._start : hit.start], f"[REDACTED_{hit.kind.upper()}]")
            self._buffer = "]" + self._buffer[hit.end :]
            self._start = 1
        limit = len(self._buffer) if is_final else self._decided_until()
        if limit > self._start:
            safe.append(self._buffer[self._start : limit])
            self._buffer = self._buffer[limit - 1 :]
            self._start = 1
        return "".join(safe)

    def _is_decided(self, place: int) -> bool:
        return place < len(self._buffer) - _LONGEST or place < self._decided_until()

    def _decided_until(self) -> int:
        nearest = max(self._start, len(self._buffer) - _LONGEST)
        undecided = _UNDECIDED.search(self._buffer, nearest)
        return undecided.start() if undecided else len(self._buffer)


def mask_text(text: str) -> Masked:
    """Replace e-mail addresses, phone, card, IBAN, national id and SSN by `[REDACTED_...]`.

    Card numbers, IBANs and Turkish national ids count only with valid check digits.
    """
    if not _has_numbers(text):
        return _mask_addresses(text) if "@" in text else Masked(text)
    masker = StreamMasker()
    return Masked(masker.feed(text) + masker.flush(), masker.found)


def _has_numbers(text: str) -> bool:
    """Whether anything but an e-mail address may be in it."""
    return bool(_DIGITS.search(text) and (_DENSE_DIGITS.search(text) or _IBAN_HEAD.search(text)))


def _mask_string(text: str, found: Counter[str] | None = None) -> str:
    """The masked text alone; most strings of a request are short names without a digit."""
    if "@" not in text and not _has_numbers(text):
        return text
    masked = mask_text(text)
    if found is not None:
        found.update(masked.found)
    return masked.text


def _mask_addresses(text: str) -> Masked:
    """`mask_text` of a text in which nothing but e-mail addresses can be found: it is looked at
    around each @ alone."""
    parts: list[str] = []
    start = 0
    at = text.find("@")
    while at >= 0:
        # What follows a masked address follows a bracket. The text itself is never cut: a text
        # full of addresses would be copied for each of them.
        if parts and at - start <= _LONGEST_NAME:
            match = _ADDRESS.match("]" + text[start : start + _LONGEST], 1)
            if match is not None:
                parts += ("", "[REDACTED_EMAIL]")
                start += match.end() - 1
                at = text.find("@", start)
                continue
        match = _ADDRESS.search(text, max(start, at - _LONGEST_NAME))
        if match is None:
            break
        parts += (text[start : match.start()], "[REDACTED_EMAIL]")
        start = match.end()
        at = text.find("@", start)
    found = len(parts) // 2
    return Masked("".join(parts) + text[start:], {"email": found} if found else {})


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


def _first_hit(text: str, start: int) -> _Hit | None:
    """Find the first candidate from `start` on that passes its check digits, if it has any."""
    match = _CANDIDATE.search(text, start)
    while match is not None:
        kind = next(name for name in _END if match[name] is not None)
        end = _END[kind](match)
        if end is not None:
            return _Hit(kind, match.start(), end)
        match = _CANDIDATE.search(text, match.start() + 1)
    return None


def _match_end(match: re.Match[str]) -> int | None:
    return match.end()


def _card_end(match: re.Match[str]) -> int | None:
    return match.end() if luhn.is_valid(_digits(match[0])) else None


def _national_id_end(match: re.Match[str]) -> int | None:
    return match.end() if tckimlik.is_valid(_digits(match[0])) else None


def _iban_end(match: re.Match[str]) -> int | None:
    pattern = _iban_pattern(match["iban"][:2].upper())
    whole = pattern.match(match.string, match.start()) if pattern else None
    if whole is None or not iban.is_valid(whole[0].replace("\u00a0", ""), check_country=False):
        return None
    return whole.end()


@lru_cache(maxsize=1024)
def _iban_pattern(country: str) -> re.Pattern[str] | None:
    """Match as many characters as the country's IBANs have; None where it has none."""
    structure = numdb.get("iban").info(country)[0][1].get("bban")
    if structure is None:
        return None
    length = sum(map(int, re.findall(r"([0-9]+)!", structure)))
    return re.compile(rf"[A-Za-z]{{2}}[0-9]{{2}}(?:[ \u00a0-]?[A-Za-z0-9]){{{length}}}(?!\w)")


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


_END: Mapping[str, Callable[[re.Match[str]], int | None]] = {
    "email": _match_end,
    "iban": _iban_end,
    "credit_card": _card_end,
    "national_id": _national_id_end,
    "ssn": _match_end,
    "phone": _match_end,
}
