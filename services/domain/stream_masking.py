"""Masks personal data in a text that arrives in pieces."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from services.domain.personal_data import (
    ADDRESS_SIGNS,
    LONGEST,
    PHONE_SIGNS,
    find_hits,
    may_hold_data,
)

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
        PHONE_SIGNS,
    ),
    (re.compile(r"[\w.+%@-]{0,390}"), re.compile(r"(?<!\w)"), ADDRESS_SIGNS | {"@"}),
)
_NUMBER_SIGN = re.compile(r"[0-9+(]")


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
            is_due = limit > done and may_hold_data(text)
            hits = find_hits(text, done, limit, is_after_hit) if is_due else ()
            for hit in hits:
                self._found[hit.kind] += 1
                safe += (text[done : hit.start], hit.placeholder)
                done, is_after_hit = hit.end, True
                if done >= len(text) - LONGEST:
                    break  # What follows may be decided by now.
            else:
                break
        if limit > done:
            safe.append(text[done:limit])
            self._buffer, self._start = text[limit - 1 :], 1
        elif is_after_hit:
            self._buffer, self._start = "]" + text[done:], 1
        return "".join(safe)


def _decided_until(text: str, start: int, is_after_hit: bool) -> int:
    """Where the first place is whose candidate could still change if more text came.

    Args:
        is_after_hit: what stands before `start` is masked, so that anything may start there.
    """
    length = limit = len(text)
    nearest = max(start, length - LONGEST)
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
