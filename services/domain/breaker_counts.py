"""Calls counted by second, for a breaker's share of failures."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

Counts = tuple[tuple[int, int, int], ...]
"""(second, calls, failures), oldest first."""


class SuccessTally:
    """Calls that succeeded while nothing failed: too many to change a breaker for each of them.

    Args:
        window_s: how long a call counts.
    """

    __slots__ = ("_rows", "_window_s")

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._rows: deque[list[int]] = deque()

    def __bool__(self) -> bool:
        return bool(self._rows)

    def add(self, now_s: float) -> None:
        """Count a call that succeeded now."""
        second, rows = int(now_s), self._rows
        if rows and rows[-1][0] == second:
            rows[-1][1] += 1
            return
        rows.append([second, 1])
        while rows[0][0] <= now_s - self._window_s:
            rows.popleft()

    def take(self) -> Counts:
        """What was counted; counts from nothing again."""
        taken = tuple((second, calls, 0) for second, calls in self._rows)
        self._rows.clear()
        return taken

    def give_back(self, counts: Counts) -> None:
        """Count again what was taken, with what came since."""
        merged = add_counts(counts, self.take())
        self._rows.extend([second, calls] for second, calls, _ in merged)


def add_counts(first: Iterable[tuple[int, int, int]], second: Counts) -> Counts:
    """The counts of both by second, oldest first."""
    sums: dict[int, tuple[int, int]] = {}
    for at, calls, failures in (*first, *second):
        known = sums.get(at, (0, 0))
        sums[at] = (known[0] + calls, known[1] + failures)
    return tuple((at, *sums[at]) for at in sorted(sums))
