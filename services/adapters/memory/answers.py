"""Cached answers: exact matches, bounded in bytes, least recently used out first."""

from __future__ import annotations

from collections import OrderedDict


class AnswerBook:
    """Stored answers by key.

    Args:
        max_bytes: of all values together; a value larger than that is not stored.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._entries: OrderedDict[str, tuple[bytes, float]] = OrderedDict()

    def find(self, key: str | None, now_s: float) -> bytes | None:
        """The answer stored under the key, unless its time is over."""
        entry = None if key is None else self._entries.get(key)
        if key is None or entry is None:
            return None
        if entry[1] <= now_s:
            self._drop(key)
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def store(self, key: str, value: bytes, expires_s: float) -> None:
        """Keep an answer, and let the least recently used ones go if there is no room."""
        if key in self._entries:
            self._drop(key)
        if len(value) > self._max_bytes:
            return
        self._entries[key] = (value, expires_s)
        self._bytes += len(value)
        while self._bytes > self._max_bytes:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: str) -> None:
        value, _ = self._entries.pop(key)
        self._bytes -= len(value)
