"""Entries go when their time is over, and leave nothing behind."""

from __future__ import annotations

from services.adapters.memory.expiring import ExpiringMap

LATER_S = 3600.0
MANY = 20_000


def test_entry_lives_until_the_latest_time_it_was_asked_for() -> None:
    entries: ExpiringMap[str, int] = ExpiringMap()
    entries.get_or_add("a", lambda: 1, 10)
    assert entries.get_or_add("a", lambda: 2, 20) == 1
    entries.forget(15)
    assert entries.get("a") == 1
    entries.forget(20)
    assert entries.get("a") is None


def test_entry_may_be_moved_to_an_earlier_time() -> None:
    entries: ExpiringMap[str, int] = ExpiringMap()
    entries.get_or_add("a", lambda: 1, LATER_S)
    entries.expire_at("a", 5)
    entries.forget(5)
    assert len(entries) == 0


def test_entries_moved_to_an_earlier_time_leave_no_trace_until_the_later_one() -> None:
    entries: ExpiringMap[str, int] = ExpiringMap()
    for number in range(MANY):
        entries.get_or_add(str(number), lambda: 1, number + LATER_S)
        entries.expire_at(str(number), number + 5)
        entries.forget(number)
    assert len(entries) <= 5
    assert entries.traces < MANY / 10
    entries.forget(MANY + 5)
    assert len(entries) == 0


def test_each_of_many_entries_goes_at_its_own_time() -> None:
    entries: ExpiringMap[int, int] = ExpiringMap()
    for number in range(MANY):
        entries.get_or_add(number, lambda: 1, LATER_S + number)
        entries.expire_at(number, number)
    entries.forget(MANY / 2)
    assert sorted(key for key, _ in entries.items()) == list(range(MANY // 2 + 1, MANY))
