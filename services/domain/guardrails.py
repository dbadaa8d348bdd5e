"""Screens what users write: few, named rules against harmful content and prompt injection."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from operator import itemgetter

from services.domain.combinations import Combination
from services.domain.content_rules import CONTENT_COMBINATIONS, CONTENT_RULES
from services.domain.disguises import list_disguised, undisguise
from services.domain.injection_rules import INJECTION_COMBINATIONS, INJECTION_RULES
from services.domain.screening_rules import Company, Rule
from services.domain.turkish import fold


class ScreenDecision(StrEnum):
    """What a screening comes to."""

    ALLOW = "allow"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a screening; rule and explanation are empty when it allows."""

    decision: ScreenDecision
    rule: str = ""
    explanation: str = ""


_MOST_CUES = 1000  # in one screening: beyond honest text, and still checked in milliseconds
# Between parts, so that a phrase is never put together from two of them.
_SEAM = "\n\x00\n"
# How a word begins; and the characters that the marks of chat roles cannot do without.
_BEGINNINGS = re.compile(r"(?<!\w)\w{3,4}")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
_NO_CUES: Mapping[str, list[tuple[int, Company]]] = {}
_FIRST_FOUR = itemgetter(slice(0, 4))
_NO_WORD = {n: " " for n in range(128) if not (chr(n).isalnum() or chr(n) in "_@$")}
_IN_DISGUISE = re.compile(r"[@$]")
_SIGNS = ("<", "[inst]", "\nsystem")


class _Screen:
    """Rules that are asked together.

    A text is first looked at for the beginnings of their cues' words, all in one pass: most texts
    have none of them. Then each rule is tried around its cues, places close together as one.
    """

    def __init__(self, rules: tuple[Rule | Combination, ...]) -> None:
        self._rules = rules
        self._explanations = {
            rule.name: rule.explanation for rule in rules if isinstance(rule, Rule)
        }
        self._cues: dict[str, dict[str, list[tuple[int, Company]]]] = {}
        for number, rule in enumerate(rules):
            for cue in rule.cues:
                uses = self._cues.setdefault(_beginning(cue), {}).setdefault(cue, [])
                uses.append((number, rule.company.get(cue, ())))
        self._noticed = _LETTERS.union(self._cues)
        sets = [words for rule in rules for company in rule.company.values() for words in company]
        self._needed = {_beginning(word) for words in sets for word in words}.union(self._cues)
        self._signs = tuple(sign for sign in _SIGNS if sign in self._cues)

    def judge(self, text: str) -> Verdict:
        """The verdict on a folded text, as it stands and as it is read."""
        words = _list_words(text)
        noticed = self._noticed.intersection(map(_FIRST_FOUR, words))
        verdict, has_cue = self._try_rules(text, noticed)
        if verdict is not _ALLOWED:
            return verdict
        is_spaced = len(noticed & _LETTERS) > 2 or not text.isascii()
        if not is_spaced and not has_cue and not self._hides_cue(text, words):
            return verdict
        plain = undisguise(text, is_spaced=is_spaced)
        if plain is None:
            return verdict
        beginnings = map(_FIRST_FOUR, _list_words(plain))
        verdict, _ = self._try_rules(plain, self._noticed.intersection(beginnings))
        return verdict

    def _hides_cue(self, text: str, words: Iterable[str]) -> bool:
        """Whether it has a sign, or a disguised word that begins as a cue or its company does.

        Without them no rule can match what is read.
        """
        if any(sign in text for sign in self._signs):
            return True
        odd = " ".join(word for word in words if not word.isalpha())
        return not self._needed.isdisjoint(map(_FIRST_FOUR, list_disguised(odd)))

    def _try_rules(self, text: str, beginnings: Iterable[str]) -> tuple[Verdict, bool]:
        """The verdict, and whether a cue was there to try a rule around."""
        signs = [sign for sign in self._signs if sign in text]
        places: dict[int, list[int]] = {}
        count = 0
        for beginning in (*beginnings, *signs):
            for cue, uses in self._cues.get(beginning, _NO_CUES).items():
                place = text.find(cue)
                numbers = [n for n, company in uses if place >= 0 and _has_any(text, company)]
                while numbers and place >= 0:
                    count += 1
                    if count > _MOST_CUES:
                        return _too_many(cue), True
                    for number in numbers:
                        places.setdefault(number, []).append(place)
                    place = text.find(cue, place + len(cue))
        for number in sorted(places):
            rule = self._rules[number]
            if rule.matches(text, places[number]):
                explanation = self._explanations[rule.name]
                return Verdict(ScreenDecision.BLOCK, rule.name, explanation), True
        return _ALLOWED, bool(places)


def _list_words(text: str) -> set[str]:
    """The words of a text, or how they begin; one with a sign in it also in its parts."""
    if not text.isascii():
        return set(_BEGINNINGS.findall(text))
    words = set(text.translate(_NO_WORD).split())
    words.update(*(_IN_DISGUISE.split(word) for word in words if "@" in word or "$" in word))
    return words


def _has_any(text: str, company: Company) -> bool:
    """Whether the words of one of these sets are all in the text; there may be no set."""
    return not company or any(all(word in text for word in words) for words in company)


def _beginning(cue: str) -> str:
    """By which of the first looks a cue is noticed."""
    signs = (sign for sign in _SIGNS if cue.startswith(sign))
    word = _BEGINNINGS.search(cue)
    return next(signs, None) or (word[0] if word else cue)


_ALLOWED = Verdict(ScreenDecision.ALLOW)
_CONTENT = (*CONTENT_RULES, *CONTENT_COMBINATIONS)
_INJECTION = (*INJECTION_RULES, *INJECTION_COMBINATIONS)
_SCREENS = {
    (True, True): _Screen((*_CONTENT, *_INJECTION)),
    (True, False): _Screen(_CONTENT),
    (False, True): _Screen(_INJECTION),
}


def screen_input(
    text_parts: Iterable[str], *, content_filter: bool = True, injection_detection: bool = True
) -> Verdict:
    """Judge what a user wrote, in Turkish and English.

    Give it user and tool content only: an application's own system prompt may well talk about
    instructions. The first rule that matches decides, content before injection. Input with more
    than 1,000 cue words is blocked as `repeated_cues`, because it cannot be checked in time.

    Returns:
        A verdict whose `rule` is stable and whose `explanation` is meant for the caller.
    """
    screen = _SCREENS.get((content_filter, injection_detection))
    return _ALLOWED if screen is None else screen.judge(fold(_SEAM.join(text_parts)))


def _too_many(cue: str) -> Verdict:
    return Verdict(
        ScreenDecision.BLOCK,
        "repeated_cues",
        f"The input was blocked because it repeats words such as '{cue}' more often than can be "
        "checked; nothing was sent to a model. Shorten it or send it in parts.",
    )
