"""In which order counters are told of the time before, and how much of it."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from services.bootstrap import counters as bootstrap
from services.bootstrap.counters import SharedUpkeep
from services.domain.errors import SourceDown
from services.domain.evidence import PastEvidence
from tests.clock import FakeClock

READING_S = 3.0
PAST = PastEvidence(known_since=FakeClock().now())


class Told:
    """Counters that write down what they are told.

    Args:
        is_lost: what they answer; None for a Redis that is away.
    """

    def __init__(self, *, is_lost: bool | None) -> None:
        self._is_lost = is_lost
        self.said: list[tuple[str, Any, float | None]] = []

    async def is_lost(self) -> bool:
        if self._is_lost is None:
            raise SourceDown("Redis is away.")
        return self._is_lost

    async def restore(self, past: PastEvidence) -> None:
        self.said.append(("evidence", past, None))

    async def seed_quotas(self, taken: Any) -> None:
        self.said.append(("quotas", taken, None))

    async def seed_spend(self, spent: Any, age_s: float) -> None:
        self.said.append(("spend", spent, age_s))


def upkeep_of(told: Any, redis: Any) -> tuple[SharedUpkeep, list[bool]]:
    """The upkeep of an instance, and whether only caps were asked for, each time."""
    clock, asked = FakeClock(), list[bool]()

    def read_taken(only_caps: bool) -> Any:
        asked.append(only_caps)
        clock.advance(READING_S)
        return ("a", "b", "c")

    shared: Any = SimpleNamespace(counters=told, redis_counters=redis, evidence=told)
    fleet: Any = None
    upkeep = SharedUpkeep(
        shared, fleet, clock, lambda: (), read_taken, lambda: PAST, lambda _: (), asyncio.run
    )
    return upkeep, asked


def test_evidence_and_quotas_are_told_before_the_spend_that_opens_admissions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bootstrap, "QUOTAS_AT_ONCE", 2)
    told = Told(is_lost=True)
    upkeep, _ = upkeep_of(told, told)
    upkeep.rebuild()
    assert told.said == [
        ("evidence", PAST, None),
        ("quotas", ("a", "b"), None),
        ("quotas", ("c",), None),
        ("spend", (), READING_S),
    ]


@pytest.mark.parametrize(
    ("has_redis", "is_lost", "only_caps"),
    [(False, False, False), (True, True, False), (True, False, True)],
)
def test_users_are_read_where_nothing_is_counted_yet(
    has_redis: bool, is_lost: bool, only_caps: bool
) -> None:
    told = Told(is_lost=is_lost)
    upkeep, asked = upkeep_of(told, told if has_redis else None)
    upkeep.seed()
    assert asked == [only_caps]
    assert [kind for kind, *_ in told.said].count("evidence") == (not only_caps)


def test_an_instance_starts_while_redis_is_away() -> None:
    told = Told(is_lost=None)
    upkeep, asked = upkeep_of(told, told)
    upkeep.seed()
    assert (told.said, asked) == ([], [])
