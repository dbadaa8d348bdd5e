"""What the rules of screening by meaning are made of: notions that come together in a sentence.

A phrase can be put in another way; what it speaks of must still be named. So these rules ask for
notions, in any order and in any form of their words: how to × make × a bomb, and nothing that
excuses it. The tables stand with the phrases, in `content` and `injection`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from operator import itemgetter

from services.domain.screening_rules import INTENT, Company, phrase

SENTENCE = 140
"""A sentence is looked at for so many characters before and after its cue."""

_ALONE: Company = ((),)
_END = re.compile(r"[.?!;](?=\W|$)|[\n\x00]")
# Forms of a Turkish verb in which somebody asks how a thing is done, or asks for it: all but those
# that tell what happened, or who does it; and as it is spoken: -icem, -iyo.
_ASKED_FORMS = (
    r"(?:[iu]?[ln])?(?:y?[aeiu]?c[ae][gkmz]|[aeiu]?r(?:[iu][mz]|s[ae][mk]?|ken)?\b|y?[ae]bil"
    r"|[iu]?yo(?!rd)"
    r"|m[ae](?:k|y[iu]|n[iu]n|l[iu]|m|s[iu]|\b)|y?[ae](?:y[iu]m|l[iu]m)|s[ae][mk]?\b|y?[iu]p\b"
    r"|[iu]m[iu]?(?:n[iu]?|nda|\b)|\b)"
)
_FORMS = {".": r"\b", "+": INTENT, "~": _ASKED_FORMS}


@dataclass(frozen=True, slots=True)
class Notion:
    """The words by which something is spoken of.

    Args:
        cues: how their longest words begin.
        company: of cues that always stand among other words: those words, for each way of saying
            it. `trenin` in `trenin_onune` is no cue where nothing is in front of the train.
    """

    pattern: str
    cues: tuple[str, ...]
    company: Mapping[str, Company] = field(default_factory=dict)


def notion(table: str) -> Notion:
    """Read a table of words, each of which may go on after what is written.

    Turkish words come first, then English ones, both in the order of the alphabet.

    Signs: `gun.` is the whole word; `blow_up` are two words; `oldur+` is a Turkish verb by which
    somebody means to do it, `yap~` one in any form in which it can be asked for.
    """
    entries = table.split()
    company: dict[str, Company] = {}
    for entry in entries:
        words = _words_of(entry)
        cue = _cue_among(words)
        company[cue] = (*company.get(cue, ()), tuple(word for word in words if word != cue))
    # Grouped by their first letters: where a word begins with another, none of a group is tried.
    groups = groupby(sorted(entries), key=itemgetter(0))
    forms = [f"{first}(?:{'|'.join(_read(e)[1:] for e in group)})" for first, group in groups]
    return Notion(rf"\b(?:{'|'.join(forms)})", tuple(company), _without_loners(company))


def either(*notions: Notion) -> Notion:
    """Any of these."""
    company: dict[str, Company] = {}
    for one in notions:
        for cue in one.cues:
            company[cue] = company.get(cue, ()) + one.company.get(cue, _ALONE)
    pattern = f"(?:{'|'.join(one.pattern for one in notions)})"
    return Notion(pattern, tuple(company), _without_loners(company))


def followed(first: Notion, most: int, second: Notion) -> Notion:
    """One notion and after it, with at most so many words of a phrase between, another."""
    pattern = rf"{first.pattern}\w*\W{{1,3}}{phrase(most)}{second.pattern}"
    return Notion(pattern, second.cues, second.company)


def near(first: Notion, most: int, second: Notion) -> Notion:
    """Two notions with at most so many words between, whichever comes first."""
    return either(followed(first, most, second), followed(second, most, first))


@dataclass(frozen=True, slots=True)
class Combination:
    """Notions that make a request a harmful one where they meet, unless something excuses it.

    It is tried around the cues of its first notion, in their sentence; if `is_wide`, in what
    stands around it too.
    """

    name: str
    notions: tuple[Notion, ...]
    unless: Notion | None = None
    is_wide: bool = False

    @property
    def cues(self) -> tuple[str, ...]:
        """How words begin without which it cannot match."""
        return self.notions[0].cues

    @property
    def company(self) -> Mapping[str, Company]:
        """What has to be in the text beside a cue."""
        return self.notions[0].company

    def matches(self, text: str, places: list[int]) -> bool:
        """Whether all its notions are found in a sentence of one of these places."""
        return any(self._matches(text, *sentence) for sentence in _sentences(text, places))

    def _matches(self, text: str, start: int, end: int) -> bool:
        if self.is_wide:
            start, end = max(0, start - SENTENCE), end + SENTENCE
        if not all(_compile(one.pattern).search(text, start, end) for one in self.notions):
            return False
        return not (self.unless and _compile(self.unless.pattern).search(text, start, end))


def combine(
    name: str, *notions: Notion, unless: Notion | None = None, is_wide: bool = False
) -> Combination:
    """A combination of the rule of this name."""
    return Combination(name, notions, unless, is_wide)


def _words_of(entry: str) -> list[str]:
    """Its words, as far as every form of them begins so."""
    stem = entry[:-2] if _loses_its_end(entry) else entry
    return [word for word in re.split(r"[\W_]", stem) if word]


def _cue_among(words: list[str]) -> str:
    """The longest word, the last of those: the first ones are the commonest."""
    return max(reversed(words), key=len, default="")


def _without_loners(company: Mapping[str, Company]) -> dict[str, Company]:
    """The company of those cues alone that need any."""
    return {cue: sets for cue, sets in company.items() if all(sets)}


def _read(entry: str) -> str:
    form = _FORMS.get(entry[-1], "")
    words = re.escape(entry.rstrip(".+~")).replace("'", "['’]?").replace("_", r"\W{1,3}")
    if _loses_its_end(entry):
        words = f"{words[:-1]}[{words[-1]}iu]"
    return words + form


def _loses_its_end(entry: str) -> bool:
    """Whether it is a Turkish verb whose vowel changes: hazirla, hazirliyor."""
    return entry[-1] in "+~" and entry[-2] in "ae"


@cache
def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _sentences(text: str, places: list[int]) -> Iterator[tuple[int, int]]:
    """The sentences of these places, each once."""
    done = -1
    for place in sorted(places):
        if place < done:
            continue
        start = max(0, place - SENTENCE)
        for end in _END.finditer(text, start, place):
            start = end.end()
        stop = _END.search(text, place, place + SENTENCE)
        done = stop.start() if stop else place + SENTENCE
        yield start, done
