"""Finds the words a template forbids in an answer, alone or with Turkish inflection.

An answer may come whole or in pieces; what is found is the same.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from services.domain.turkish import fold

# Nominal inflection in its fixed order, on folded text (ı, i, ü are i, i, u): plural, possessive,
# case, -ki, copula. Derivations such as "cevapla-", "cevapsız" are other words and do not count.
_TURKISH_ENDING = (
    r"(?:l[ae]r)?"
    r"(?:[iu]?m(?:[iu]z)?|[iu]?n(?:[iu]z)?|s?[iu])?"
    r"(?:[yn]?[iu]|[yn]?[ae]|[yn]?[iu]n|n?[dt][ae]n?|y?l[ae]|n?c[ae])?"
    r"(?:ki(?:l[ae]r)?)?"
    r"(?:[dt][iu]r|y?[dt][iu]|y?m[iu]s|y?s[ae])?"
)
_ENDING = rf"['’]?(?:s|{_TURKISH_ENDING})(?!\w)"
_SOFTENED = {"p": "b", "t": "d", "k": "g"}
_LONGEST_ENDING = 40
_LONGEST_GAP = 4


def find_forbidden_topics(topics: Iterable[str], text: str) -> tuple[str, ...]:
    """Name the topics whose word or phrase occurs in the text, in the order given.

    Counts: the word itself in any case and with or without Turkish diacritics ("SONUC");
    inflected forms, with the last consonant softened where Turkish does so ("cevabı",
    "sonuçlarından", "cevaptır"); the English plural and possessive ("answers"); the same after an
    apostrophe. Does not count: a longer word that merely begins alike ("sonra" for "son") and
    derived words ("cevaplamak", "cevapsız", "answering").
    """
    folded = fold(text)
    return tuple(topic for topic in topics if _topic_pattern(topic).search(folded))


class TopicWatch:
    """Watches a text that arrives in pieces for forbidden topics.

    Each piece is looked at once, with as much before it as a topic can be long: a long answer
    costs what its length costs.
    """

    def __init__(self, topics: Iterable[str]) -> None:
        self._topics = tuple(topics)
        self._reach = 1 + max((_longest(topic) for topic in self._topics), default=0)
        # What can still be part of a topic, folded; before it one character more where the text
        # began earlier, because a topic begins a word.
        self._tail = ""
        self._start = 0
        self._is_open = False

    @property
    def is_open(self) -> bool:
        """Whether the text ends in what is a topic unless its last word goes on."""
        return self._is_open

    def feed(self, text: str) -> tuple[str, ...]:
        """Take the next piece; name the topics that are now certain, in the order given."""
        return self._look(self._tail + fold(text), is_final=False)

    def end(self) -> tuple[str, ...]:
        """Name the topics that the end of the text makes certain."""
        return self._look(self._tail, is_final=True)

    def _look(self, window: str, *, is_final: bool) -> tuple[str, ...]:
        self._is_open = False
        found = [t for t in self._topics if self._is_certain(t, window, is_final=is_final)]
        if len(window) > self._reach:
            self._start = 1
        self._tail = window[-self._reach :]
        return tuple(found)

    def _is_certain(self, topic: str, window: str, *, is_final: bool) -> bool:
        match = _topic_pattern(topic).search(window, self._start)
        if match is None:
            return False
        is_certain = is_final or match.end() < len(window)
        self._is_open = self._is_open or not is_certain
        return is_certain


@lru_cache(maxsize=512)
def _topic_pattern(topic: str) -> re.Pattern[str]:
    stem = rf"\s{{1,{_LONGEST_GAP}}}".join(re.escape(word) for word in fold(topic).split())
    soft = _SOFTENED.get(stem[-1:])
    if soft:
        stem = rf"(?:{stem}|{stem[:-1]}{soft}(?=[aeiu]))"
    return re.compile(rf"(?<!\w){stem}{_ENDING}")


def _longest(topic: str) -> int:
    words = fold(topic).split()
    return sum(map(len, words)) + _LONGEST_GAP * len(words) + _LONGEST_ENDING
