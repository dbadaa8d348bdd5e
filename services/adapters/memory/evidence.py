"""Evidence of one process, by the second, minute and hour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from services.domain.evidence import (
    SECONDS_KEPT_S,
    SLOW_S,
    TOTALS_KEPT_S,
    USERS_KEPT,
    EvidenceSecond,
    Mark,
    PastEvidence,
    Tally,
    plan_window,
)
from services.domain.ports import Clock

Key = tuple[int, str, bool]
"""Second (or minute, or hour) since 1970, feature, whether mock."""


@dataclass(slots=True)
class Count:
    """A tally that grows: of a minute, of which 40 days have many, or an hour."""

    n: int = 0
    bad: int = 0
    slow: list[int] = field(default_factory=lambda: [0] * len(SLOW_S))

    def add(self, mark: Mark) -> None:
        self.n += 1
        self.bad += mark.is_bad
        for index in range(mark.slow):
            self.slow[index] += 1


@dataclass(slots=True)
class SecondCount(Count):
    """The tally of a second, which tells some users apart."""

    bad_users: set[str] = field(default_factory=set)
    slow_users: set[str] = field(default_factory=set)

    def add(self, mark: Mark) -> None:
        Count.add(self, mark)
        if mark.is_bad and len(self.bad_users) < USERS_KEPT:
            self.bad_users.add(mark.user)
        if mark.slow == len(SLOW_S) and len(self.slow_users) < USERS_KEPT:
            self.slow_users.add(mark.user)

    def tally(self) -> Tally:
        users = frozenset(self.bad_users), frozenset(self.slow_users)
        return Tally(self.n, self.bad, tuple(self.slow), *users)


C = TypeVar("C", bound=Count)


class MemoryEvidence:
    """The EvidenceLog port in one process: it begins with what is restored to it.

    Seconds go forward only: what ends while the clock is set back counts in the newest second.

    Args:
        instance: the id that its seconds carry.
    """

    def __init__(self, clock: Clock, instance: str) -> None:
        self._clock = clock
        self.instance = instance
        self.kept_since: datetime | None = clock.now()
        self._newest = 0
        self._seconds: dict[Key, SecondCount] = {}
        self._minutes: dict[Key, Count] = {}
        self._hours: dict[Key, Count] = {}

    def record(self, mark: Mark, at: datetime) -> Key:
        """Count it; the key of its second."""
        second = int(at.timestamp())
        if second > self._newest:
            self._newest = second
            self._forget()
        second = self._newest
        feature, is_mock = mark.feature, mark.is_mock
        key = (second, feature, is_mock)
        _count(self._seconds, key, SecondCount).add(mark)
        _count(self._minutes, (second // 60, feature, is_mock), Count).add(mark)
        _count(self._hours, (second // 3600, feature, is_mock), Count).add(mark)
        return key

    async def restore(self, past: PastEvidence) -> None:
        """Count what the ledger knows; before anything is recorded, as keys stand in the order of
        time."""
        for counts, rows in ((self._minutes, past.minutes), (self._hours, past.hours)):
            for row in rows:
                counts[row.at, row.feature, row.is_mock] = _count_of(row.tally)
        for mark, at in past.marks:
            self._newest = int(at.timestamp())
            key = (self._newest, mark.feature, mark.is_mock)
            _count(self._seconds, key, SecondCount).add(mark)
        self.kept_since = past.known_since

    async def list_seconds(
        self, features: Sequence[str], since: datetime, until: datetime, *, is_mock: bool
    ) -> tuple[EvidenceSecond, ...]:
        return self.list_own_seconds(features, since, until, is_mock=is_mock)

    def list_own_seconds(
        self, features: Sequence[str], since: datetime, until: datetime, *, is_mock: bool
    ) -> tuple[EvidenceSecond, ...]:
        wanted, first, end = frozenset(features), since.timestamp(), until.timestamp()
        return tuple(
            EvidenceSecond(feature, second, self.instance, count.tally())
            for (second, feature, mock), count in list(self._seconds.items())
            if first <= second < end and feature in wanted and mock is is_mock
        )

    async def sum_since(
        self, features: Sequence[str], since: datetime, *, is_mock: bool
    ) -> Mapping[str, Tally]:
        parts = plan_window(since.timestamp(), self._clock.now().timestamp())
        grains = (
            (self._seconds, parts.seconds),
            (self._minutes, parts.minutes),
            (self._hours, parts.hours),
        )
        return {
            feature: _sum(
                counts[at, feature, is_mock]
                for counts, times in grains
                for at in times
                if (at, feature, is_mock) in counts
            )
            for feature in features
        }

    async def flush(self) -> None:
        """Nothing waits here."""

    def find(self, key: Key) -> SecondCount | None:
        """What a second counted so far."""
        return self._seconds.get(key)

    def _forget(self) -> None:
        _drop(self._seconds, self._newest - SECONDS_KEPT_S)
        _drop(self._minutes, (self._newest - TOTALS_KEPT_S) // 60)
        _drop(self._hours, (self._newest - TOTALS_KEPT_S) // 3600)


def _count_of(tally: Tally) -> Count:
    return Count(tally.n, tally.bad, list(tally.slow))


def _count(counts: dict[Key, C], key: Key, make: type[C]) -> C:
    count = counts.get(key)
    if count is None:
        count = counts[key] = make()
    return count


def _drop(counts: dict[Key, C], oldest: int) -> None:
    """Forget what is older; keys stand in the order of time."""
    while counts and (first := next(iter(counts)))[0] < oldest:
        del counts[first]


def _sum(counts: Iterable[Count]) -> Tally:
    n, bad, slow = 0, 0, [0] * len(SLOW_S)
    for count in counts:
        n += count.n
        bad += count.bad
        slow = [a + b for a, b in zip(slow, count.slow, strict=True)]
    return Tally(n, bad, tuple(slow))
