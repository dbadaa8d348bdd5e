"""A dictionary whose entries are forgotten when their time is over."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_SPARE = 1_000


class ExpiringMap(Generic[K, V]):
    """Entries with an expiry that may be moved; forgetting costs O(log n) an entry.

    A key stands in the heap with a time that may be out of date: when its turn comes, it is put
    back with the time that holds now. Once most of the heap is out of date, it is made anew: else
    entries that are moved to an earlier time would leave a trace until the later one.
    """

    def __init__(self) -> None:
        self._entries: dict[K, tuple[V, float]] = {}
        self._heap: list[tuple[float, int, K]] = []
        self._serial = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def traces(self) -> int:
        """How many times are kept in mind, those out of date included."""
        return len(self._heap)

    def get(self, key: K) -> V | None:
        entry = self._entries.get(key)
        return None if entry is None else entry[0]

    def get_or_add(self, key: K, make: Callable[[], V], expires_s: float) -> V:
        """The entry, made if there is none; it lives at least until `expires_s`."""
        entry = self._entries.get(key)
        if entry is not None:
            self._entries[key] = (entry[0], max(entry[1], expires_s))
            return entry[0]
        value = make()
        self._entries[key] = (value, expires_s)
        self._push(key, expires_s)
        return value

    def expire_at(self, key: K, expires_s: float) -> None:
        """Move an entry's expiry, also to an earlier time."""
        entry = self._entries.get(key)
        if entry is None:
            return
        self._entries[key] = (entry[0], expires_s)
        if expires_s < entry[1]:
            self._push(key, expires_s)

    def pop(self, key: K) -> V | None:
        entry = self._entries.pop(key, None)
        return None if entry is None else entry[0]

    def items(self) -> Iterator[tuple[K, V]]:
        for key, (value, _) in self._entries.items():
            yield key, value

    def forget(self, now_s: float) -> None:
        """Drop every entry whose time is over."""
        self.expire(now_s)

    def expire(self, now_s: float) -> Sequence[V]:
        """Drop every entry whose time is over, and tell which they were."""
        if not self._heap or self._heap[0][0] > now_s:
            return ()
        expired: list[V] = []
        while self._heap and self._heap[0][0] <= now_s:
            _, _, key = heapq.heappop(self._heap)
            entry = self._entries.get(key)
            if entry is None:
                continue
            if entry[1] <= now_s:
                del self._entries[key]
                expired.append(entry[0])
            else:
                self._push(key, entry[1])
        return expired

    def _push(self, key: K, expires_s: float) -> None:
        self._serial += 1
        heapq.heappush(self._heap, (expires_s, self._serial, key))
        if len(self._heap) > 2 * len(self._entries) + _SPARE:
            self._heap = [(e[1], n, k) for n, (k, e) in enumerate(self._entries.items())]
            self._serial = len(self._heap)
            heapq.heapify(self._heap)
