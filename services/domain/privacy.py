"""Masks personal data in texts and in JSON-like values, and turns user ids into keyed hashes."""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from services.domain.personal_data import find_hits, may_hold_data


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without personal data, and how many of each kind were taken out."""

    text: str
    found: Mapping[str, int] = field(default_factory=dict)


def mask_text(text: str) -> Masked:
    """Replace e-mail addresses, phone, card, IBAN, national id and SSN by `[REDACTED_...]`.

    Card numbers, IBANs and Turkish national ids count only with valid check digits.
    """
    if not may_hold_data(text):
        return Masked(text)
    found: Counter[str] = Counter()
    parts: list[str] = []
    done = 0
    for hit in find_hits(text, 0, len(text), is_after_hit=False):
        found[hit.kind] += 1
        parts += (text[done : hit.start], hit.placeholder)
        done = hit.end
    return Masked("".join((*parts, text[done:])), dict(found)) if parts else Masked(text)


def _mask_string(text: str, found: Counter[str] | None = None) -> str:
    """The masked text alone; most strings of a request are short names without a digit."""
    if not may_hold_data(text):
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
