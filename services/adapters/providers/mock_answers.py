"""What the mock says: a coach's words to Turkish pupils, and vectors that mean nothing."""

from __future__ import annotations

import base64
import hashlib
import math
import random
import re
import struct
from collections.abc import Mapping
from typing import Any

DIMENSIONS = 256
"""Of a vector for which no number of them is asked."""
_ECHO_CHARACTERS = 60
_TAGGED = re.compile(r"<(\w+)>(.*?)</\1>", re.DOTALL)

_ANSWERS = (
    (
        "[MOCK] Güzel soru! “{echo}” için önce verilenleri bir kenara yaz. "
        "Sence hangi bilgi seni bir adım ileri götürür?"
    ),
    (
        "[MOCK] Adım adım gidelim. “{echo}” sorusunda senden istenen nedir? "
        "Bunu kendi cümlenle söyle, sonra ilk adımı birlikte deneyelim."
    ),
    (
        "[MOCK] Doğru yoldasın! “{echo}” üzerinde düşünürken küçük bir şekil çiz. "
        "Şekilde bildiklerini işaretle; hangisi eksik kaldı?"
    ),
    (
        "[MOCK] Acele etme. “{echo}” konusuna benzeyen daha kolay bir örnek bul, onu çöz, "
        "sonra aynı yolu burada dene."
    ),
)


def compose(question: str, rng: random.Random) -> tuple[str, ...]:
    """An answer that echoes the question's beginning, as words with the space before them."""
    echo = " ".join(_core_of(question).split())
    if len(echo) > _ECHO_CHARACTERS:
        echo = echo[:_ECHO_CHARACTERS].rstrip() + "…"
    text = rng.choice(_ANSWERS).format(echo=echo or "…")
    return tuple(re.findall(r"\s*\S+", text))


def until_stop(words: tuple[str, ...], stop: object) -> tuple[str, ...]:
    """The words before the first stop in them, which is not part of an answer.

    Args:
        stop: as a call's body has it: a text, a list of them, or nothing.
    """
    stops = [stop] if isinstance(stop, str) else stop if isinstance(stop, list) else []
    text = "".join(words)
    found = [text.find(each) for each in stops if each and each in text]
    return _beginning(words, min(found)) if found else words


def questions_of(body: Mapping[str, Any]) -> list[str]:
    """The text that each answer of a call answers, in the order of its choices.

    It is the last user message, or a prompt; `n` asks for so many answers to each.
    """
    choices = body.get("n") or 1
    for message in reversed(body.get("messages") or ()):
        if message.get("role") == "user":
            return [_text_of(message.get("content"))] * choices
    return [prompt for prompt in inputs_of(body.get("prompt")) for _ in range(choices)]


def inputs_of(given: object) -> list[str]:
    """Each input of an embeddings request, or prompt of a completion, as text; one made of token
    numbers by its numbers."""
    if isinstance(given, list) and not all(isinstance(item, int) for item in given):
        return [str(item) for item in given]
    return ["" if given is None else str(given)]


def embed(text: str, dimensions: int, *, is_base64: bool) -> list[float] | str:
    """A unit vector that depends on nothing but the text and its length."""
    digest = hashlib.shake_256(text.encode("utf-8", "replace")).digest(dimensions * 2)
    numbers = struct.unpack(f"<{dimensions}h", digest)
    length = math.sqrt(sum(n * n for n in numbers))
    vector = [n / length for n in numbers]
    if is_base64:
        return base64.b64encode(struct.pack(f"<{dimensions}f", *vector)).decode()
    return vector


def _beginning(words: tuple[str, ...], length: int) -> tuple[str, ...]:
    """So many characters of the words."""
    kept: list[str] = []
    for word in words:
        if length <= 0:
            break
        kept.append(word[:length])
        length -= len(word)
    return tuple(kept)


def _core_of(text: str) -> str:
    """What a pupil asked: the first text in tags such as <soru>, else the last line."""
    tagged = _TAGGED.search(text)
    return tagged[2] if tagged else (text.strip().splitlines() or [""])[-1]


def _text_of(content: object) -> str:
    if isinstance(content, list):
        parts = (p.get("text", "") if isinstance(p, Mapping) else p for p in content)
        return " ".join(str(p) for p in parts)
    return "" if content is None else str(content)
