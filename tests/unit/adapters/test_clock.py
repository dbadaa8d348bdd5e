"""Ids that nobody else gets, drawn many at a time."""

from __future__ import annotations

import os
import uuid
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import pytest

from services.adapters import clock
from services.adapters.clock import IDS_AT_ONCE, uuid7

AT_MS = 1_794_000_000_123


def test_an_id_is_a_uuid_of_version_7_that_begins_with_its_time() -> None:
    made = uuid.UUID(uuid7(AT_MS))
    assert (made.version, made.variant, made.int >> 80) == (7, uuid.RFC_4122, AT_MS)


def test_ids_made_in_one_millisecond_by_many_threads_are_all_different() -> None:
    def make(_: int) -> list[str]:
        return [uuid7(AT_MS) for _ in range(2 * IDS_AT_ONCE)]

    with ThreadPoolExecutor(8) as pool:
        made = list(chain.from_iterable(pool.map(make, range(8))))
    assert len(set(made)) == len(made)


def test_the_system_is_asked_once_for_the_random_bits_of_many_ids(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    def urandom(size: int) -> bytes:
        asked.append(size)
        return os.getrandom(size)

    monkeypatch.setattr(clock, "_drawn", [])
    monkeypatch.setattr(clock.os, "urandom", urandom)
    for _ in range(IDS_AT_ONCE):
        uuid7(AT_MS)
    assert len(asked) == 1
