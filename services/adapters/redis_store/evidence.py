"""Evidence of a fleet: counted in each instance, and told to Redis once a second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial

import orjson

from services.adapters.memory.evidence import Key, MemoryEvidence, SecondCount
from services.adapters.redis_store.connection import RedisConnection
from services.adapters.redis_store.scripts import read_script
from services.domain.errors import SourceDown
from services.domain.evidence import (
    SECONDS_KEPT_S,
    SLOW_S,
    TOTALS_KEPT_S,
    EvidenceSecond,
    EvidenceSum,
    Mark,
    PastEvidence,
    Tally,
    plan_window,
)
from services.domain.ports import Clock

UNSENT_KEPT_S = 600
"""Longer than this nothing waits for Redis: it must be told before Redis forgets the second, or it
would count what it knew already."""

SUMS_AT_ONCE = 1000
"""So many are told at a time, so that Redis is not kept from requests for long."""

_COUNTS = 2 + len(SLOW_S)
_script = partial(read_script, shared="shared_evidence")


class RedisEvidence:
    """The EvidenceLog port of one instance of a fleet.

    Requests count in memory. What is new goes to Redis every second, by the connection's watch and
    at the end, as all that this instance counted in a second: saying it again changes nothing. What
    Redis could not be told waits for it, ten minutes at most; what a killed process had not told is
    lost, about a second. A second is complete in Redis two seconds after its end.
    """

    def __init__(self, connection: RedisConnection, clock: Clock, instance: str) -> None:
        self._connection = connection
        self._clock = clock
        self._own = MemoryEvidence(clock, instance)
        self._unsent: dict[Key, None] = {}
        connection.add_keeper(self._keep)

    @property
    def kept_since(self) -> None:
        return None

    def record(self, mark: Mark, at: datetime) -> None:
        self._unsent[self._own.record(mark, at)] = None

    async def flush(self) -> None:
        """Tell Redis what is new; raises SourceDown."""
        newest = max((key[0] for key in self._unsent), default=0)
        keys = [key for key in self._unsent if key[0] >= newest - UNSENT_KEPT_S]
        self._unsent.clear()
        rows = [
            _row(key, self._own.instance, count)
            for key in keys
            if (count := self._own.find(key)) is not None
        ]
        if not rows:
            return
        args = (SECONDS_KEPT_S, TOTALS_KEPT_S, orjson.dumps(rows))
        try:
            await self._connection.run_each(_script("write_evidence"), [args])
        except SourceDown:
            self._unsent = dict.fromkeys(keys) | self._unsent
            raise

    async def restore(self, past: PastEvidence) -> None:
        """Tell Redis, which has lost it, what the ledger knows; raises SourceDown.

        Seconds stay lost: of a window that is younger than they are kept, its first part of a
        minute too.
        """
        for letter, sums in (("m", past.minutes), ("h", past.hours)):
            for at in range(0, len(sums), SUMS_AT_ONCE):
                rows = orjson.dumps([_sum_row(row) for row in sums[at : at + SUMS_AT_ONCE]])
                await self._connection.ask(_script("seed_evidence"), TOTALS_KEPT_S, letter, rows)

    async def list_seconds(
        self, features: Sequence[str], since: datetime, until: datetime, *, is_mock: bool
    ) -> tuple[EvidenceSecond, ...]:
        """All instances' seconds; raises SourceDown."""
        first, end = since.timestamp(), until.timestamp()
        names = [_name(feature, is_mock) for feature in features]
        wanted = orjson.dumps([names, int(first) // 60, int(end) // 60])
        reply = await self._connection.ask(_script("list_evidence"), wanted)
        found = (
            _second(features[index - 1], field.decode(), value.decode())
            for index, field, value in zip(reply[::3], reply[1::3], reply[2::3], strict=True)
        )
        rows = [row for row in found if first <= row.second < end]
        return tuple(sorted(rows, key=lambda row: (row.second, row.feature, row.instance)))

    def list_own_seconds(
        self, features: Sequence[str], since: datetime, until: datetime, *, is_mock: bool
    ) -> tuple[EvidenceSecond, ...]:
        return self._own.list_own_seconds(features, since, until, is_mock=is_mock)

    async def sum_since(
        self, features: Sequence[str], since: datetime, *, is_mock: bool
    ) -> Mapping[str, Tally]:
        """All instances' outcomes; raises SourceDown."""
        plan = plan_window(since.timestamp(), self._clock.now().timestamp())
        parts = [[p.start, p.stop - 1] for p in (plan.seconds, plan.minutes, plan.hours)]
        names = [_name(feature, is_mock) for feature in features]
        wanted = orjson.dumps([names, parts])
        reply = await self._connection.ask(_script("sum_evidence"), wanted)
        return {
            feature: _tally(reply[index * _COUNTS : (index + 1) * _COUNTS])
            for index, feature in enumerate(features)
        }

    async def _keep(self, is_back: bool) -> None:
        # A failure has marked the connection as down already; the next turn tries again.
        with suppress(SourceDown):
            await self.flush()


def _name(feature: str, is_mock: bool) -> str:
    return f"{feature}:mock" if is_mock else feature


def _row(key: Key, instance: str, count: SecondCount) -> list[int | str]:
    second, feature, is_mock = key
    users = "|".join(",".join(sorted(u)) for u in (count.bad_users, count.slow_users))
    name = _name(feature, is_mock)
    return [name, second, instance, count.n, count.bad, *count.slow, users]


def _sum_row(row: EvidenceSum) -> list[int | str]:
    tally = row.tally
    return [_name(row.feature, row.is_mock), row.at, tally.n, tally.bad, *tally.slow]


def _tally(counts: Sequence[int]) -> Tally:
    n, bad, *slow = (int(count) for count in counts)
    return Tally(n, bad, tuple(slow))


def _second(feature: str, field: str, value: str) -> EvidenceSecond:
    second, _, instance = field.partition(" ")
    *counts, users = value.split(" ")
    tally = _tally([int(count) for count in counts])
    bad, slow = (frozenset(filter(None, part.split(","))) for part in users.split("|"))
    return EvidenceSecond(
        feature, int(second), instance, Tally(tally.n, tally.bad, tally.slow, bad, slow)
    )
