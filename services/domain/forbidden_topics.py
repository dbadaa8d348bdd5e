"""Finds the words a template forbids in an answer, alone or with Turkish inflection."""

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


@lru_cache(maxsize=512)
def _topic_pattern(topic: str) -> re.Pattern[str]:
    stem = r"\s{1,4}".join(re.escape(word) for word in fold(topic).split())
    soft = _SOFTENED.get(stem[-1:])
    if soft:
        stem = rf"(?:{stem}|{stem[:-1]}{soft}(?=[aeiu]))"
    return re.compile(rf"(?<!\w){stem}{_ENDING}")
