"""No place of the kill register keeps the others waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from services.domain.audit import AuditEvent
from services.domain.errors import SourceDown
from services.domain.kill import KillEntry, KillRegister
from services.operations.kill_places import KillPlaces

KILL = KillEntry("all", True, 7, "ayse", "odd answers", datetime(2026, 5, 1, tzinfo=UTC))


class Place:
    """Keeps entries; answers nothing while it is frozen."""

    def __init__(self, name: str, *entries: KillEntry) -> None:
        self.name = name
        self.entries = list(entries)
        self.reads = 0
        self.answers = threading.Event()
        self.answers.set()

    def read(self) -> tuple[KillEntry, ...]:
        self.reads += 1
        self.answers.wait()
        return tuple(self.entries)

    def write(self, entry: KillEntry, event: AuditEvent | None) -> bool:
        self.answers.wait()
        self.entries.append(entry)
        return event is not None


class BrokenPlace(Place):
    def read(self) -> tuple[KillEntry, ...]:
        raise SourceDown("no disk")


@pytest.fixture
def frozen() -> Iterator[Place]:
    place = Place("sql", KILL)
    place.answers.clear()
    yield place
    place.answers.set()


def test_a_frozen_place_does_not_keep_back_what_the_others_hold(frozen: Place) -> None:
    places = KillPlaces([frozen, Place("redis", KILL)])
    began_s = time.monotonic()
    reads = places.read_each()
    assert next(reads).entries == (KILL,)
    assert time.monotonic() - began_s < 0.5
    assert [r.result.problem for r in reads] == ["no answer within 1 s"]


def test_a_frozen_place_is_waited_for_once_and_read_again_when_it_answers(frozen: Place) -> None:
    places = KillPlaces([frozen])
    list(places.read_each())
    began_s = time.monotonic()
    assert [r.problem for r in places.read_each()] == ["no answer within 1 s"]
    assert time.monotonic() - began_s < 0.5
    assert frozen.reads == 1
    frozen.answers.set()
    deadline_s = time.monotonic() + 5
    while [r.problem for r in places.read_each()] != [None]:
        assert time.monotonic() < deadline_s
    assert frozen.reads == 2


def test_what_a_place_lacks_is_repeated_to_it_and_to_none_that_is_down() -> None:
    lagging, broken = Place("file"), BrokenPlace("redis")
    places = KillPlaces([lagging, broken, Place("sql", KILL)])
    reads = list(places.read_each())
    assert {r.place.name: r.problem for r in reads} == {
        "file": None,
        "redis": "no disk",
        "sql": None,
    }
    places.repeat(KillRegister().merge([KILL]), reads)
    assert (lagging.entries, broken.entries) == ([KILL], [])
    places.repeat(KillRegister().merge([KILL]), list(places.read_each()))
    assert lagging.entries == [KILL]
