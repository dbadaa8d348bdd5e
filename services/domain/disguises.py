"""Undoes what hides a word from a machine but not from a reader; for matching words only."""

from __future__ import annotations

import re
import unicodedata
from string import ascii_lowercase

# A digit or sign between letters (b0mb), and single letters with a gap after each (b o m b).
_DIGIT_IN_WORD = re.compile(r"[013457@$](?:(?<=[a-z].)(?=[a-z])|(?<!\w.)(?<=1)(?=[a-z]{3}))")
# Letters and signs in a row, with a sign among them; each row is looked at once, however long.
_ROW_WITH_SIGNS = re.compile(r"(?<![a-z013457@$])[a-z]*+[013457@$][a-z013457@$]*+")
_LETTER = re.compile(r"[a-z]")
_WORD_SIGN = re.compile(r"\w")
_NO_WORD_SIGN = re.compile(r"[@$]")
_DIGIT_SIGNS = "013457@$"
_OF_WORDS = frozenset(ascii_lowercase + _DIGIT_SIGNS)
_DIGITS = str.maketrans(_DIGIT_SIGNS, "oieastas")
_SPACED = re.compile(r"[ ._*-][a-z](?:[ ._*-]{1,4}[a-z](?!\w)){3}")
_SPACED_WORDS = re.compile(r"(?<!\w)[a-z](?:[ ._*-]{1,4}[a-z](?!\w)){3,99}")
_GAPS = re.compile(r"[ \t]{2,99}")
_WIDE_GAP = re.compile(r"[ ._*-]{2,}")
_LONGEST_SIGN = 4  # letters that one sign, such as a ligature, is read as
_MOST_SIGNS = 4096  # remembered
# Letters of other scripts that look like Latin ones.
_LOOK_ALIKES = str.maketrans("аеіорсухѕјԁɡᴏοαερικντυ", "aeiopcyxsjdgooaepikvtu")


def undisguise(text: str, *, is_spaced: bool = True) -> str | None:
    """A folded text with its disguised words as they are read; None when it has none.

    Args:
        is_spaced: letters may stand alone in it.
    """
    plain = text
    if not plain.isascii():
        plain = _to_latin(plain)
    if any(sign in plain for sign in _DIGIT_SIGNS) and _DIGIT_IN_WORD.search(plain):
        plain = _ROW_WITH_SIGNS.sub(_undo_signs, plain)
    if is_spaced and _SPACED.search(plain):
        plain = _GAPS.sub(" ", _SPACED_WORDS.sub(_join_letters, plain))
    return None if plain == text else plain


def list_disguised(text: str) -> list[str]:
    """The words of a folded text with a digit or sign for a letter, as they are read."""
    words: list[str] = []
    done = 0
    for match in _DIGIT_IN_WORD.finditer(text):
        if match.start() < done:
            continue
        start, done = match.start(), match.end()
        while start > 0 and text[start - 1] in _OF_WORDS:
            start -= 1
        while done < len(text) and text[done] in _OF_WORDS:
            done += 1
        words.append(text[start:done].translate(_DIGITS))
    return words


class _Latin(dict[int, str]):
    """What each character is read as, found when it is first met.

    The whole text is never decomposed: a single Arabic sign can become 18.
    """

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        parts = unicodedata.normalize("NFKD", sign).translate(_LOOK_ALIKES)
        plain = "".join(part for part in parts if not unicodedata.combining(part)).lower()
        read = plain if plain.isascii() and len(plain) <= _LONGEST_SIGN else sign
        if len(self) < _MOST_SIGNS:
            self[code] = read
        return read


_LATIN = _Latin()


def _to_latin(text: str) -> str:
    return text.translate(_LATIN)


def _undo_signs(row: re.Match[str]) -> str:
    """A row with its signs read as letters, as far as it is no part of a longer word."""
    text, start, end = row.string, 0, len(row[0])
    if row.start() > 0 and _WORD_SIGN.match(text, row.start() - 1):
        cut = _NO_WORD_SIGN.search(row[0])
        start = end if cut is None else cut.end()
    if _WORD_SIGN.match(text, row.end()):
        end = max(row[0].rfind("@"), row[0].rfind("$"), start)
    word = row[0][start:end]
    if not _LETTER.search(word):
        return row[0]
    return row[0][:start] + word.translate(_DIGITS) + row[0][end:]


def _join_letters(letters: re.Match[str]) -> str:
    words = _WIDE_GAP.split(letters[0])
    return " ".join(re.sub(r"[^a-z]", "", word) for word in words)
