"""What the rules of screening by phrases are made of: those in `content` and `injection`.

Patterns are for folded text (lower case, ASCII letters). They know phrases, not meanings; how many
they find, and which they miss, is measured on labelled texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Company = tuple[tuple[str, ...], ...]
"""Sets of words one of which has to be in a text, whole, before a cue in it counts."""

REACH = 80
"""A match lies within so many characters of a cue."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern that is tried only around the words it cannot do without.

    A cue begins as a word begins; one of three letters is a whole word.
    """

    name: str
    explanation: str
    cues: tuple[str, ...]
    pattern: re.Pattern[str]

    @property
    def company(self) -> Mapping[str, Company]:
        """None of its cues needs other words beside it."""
        return {}

    def matches(self, text: str, places: list[int]) -> bool:
        """Whether it is found near these places of its cues."""
        return any(self.pattern.search(text, *window) for window in _windows(places))


def _windows(places: list[int]) -> Iterator[tuple[int, int]]:
    """The stretches of text within reach of these places."""
    start = end = 0
    for place in sorted(places):
        if place - REACH > end:
            if end:
                yield start, end
            start = max(0, place - REACH)
        end = place + REACH
    if end:
        yield start, end


NOTHING_SENT = "nothing was sent to a model"

_NOTHING = r"(?!)"  # matches nowhere

INTENT = (
    # How a Turkish verb ends where somebody means to do a thing, or wants to be told how: -eceğim,
    # -erim, -ebilirim, -mek istiyorum, -menin yolu, -meyi öğret, -mek için ne gerekir, -eyim, -sem,
    # -meliyim, -meye karar verdim; and as it is spoken: -icem, -iyom.
    r"(?:y?(?:acag|eceg)i[mz]\b|y?[aeiu]?c[ae][mz]\b|[aeiu]?r(?:im|um|iz|uz)\b"
    r"|y?[ae]bilir(?:im|iz)\b|[iu]?yo(?:ru)?[mz]\b|(?:[aeiu]?r)?s[ae][mk]\b|m[ae]liyi[mz]\b"
    r"|m[ae]k\s(?:\w{1,9}\s)?(?:ist(?:iyor|er)(?:um|im|uz|iz)\b|istiyom\b|niyetindeyi[mz])"
    r"|m[ae]y[ae]\s(?:\w{1,9}\s)?karar"
    r"|m[ae]n[iu]n\s(?:\w{1,12}\s){0,4}yol|y?[ae]y[iu]m\b|y?al[iu]m\b|yelim\b"
    r"|m[ae]y[iu]\s(?:\w{1,9}\s){0,2}(?:dusunuyor|planliyor|ogret|anlat|goster|tarif)"
    r"|m[ae]k\sicin\s(?:\w{1,12}\s){0,4}(?:ne\b|neler|nasil|hangi|kac|plan|gerek|lazim|yardim))"
)


def words(most: int) -> str:
    """Up to so many words of any kind, each with what follows it."""
    return rf"(?:[\w'’-]{{1,20}}[^\w\n]{{1,3}}){{0,{most}}}"


def phrase(most: int) -> str:
    """Up to so many words of one phrase: no sentence ends between them."""
    return rf"(?:[\w'’-]{{1,20}},?[ \t]{{1,3}}){{0,{most}}}"


def rule(name: str, explanation: str, cues: tuple[str, ...] = (), *forms: str) -> Rule:
    """A rule whose pattern is any of these forms; without any it lives by its combinations.

    Those that start where a word does are tried there alone: most places are inside of one.
    """
    at_words = "|".join(form.removeprefix(r"\b") for form in forms if form.startswith(r"\b"))
    elsewhere = [form for form in forms if not form.startswith(r"\b")]
    pattern = "|".join([rf"\b(?:{at_words})", *elsewhere] if at_words else elsewhere)
    return Rule(name, explanation, cues, re.compile(pattern or _NOTHING))
