from __future__ import annotations

import tracemalloc

from services.adapters.redis_store.demands import DemandEncoder
from services.adapters.redis_store.recent import ADMISSION, OWED_S, RESEND_S, RecentCalls
from services.domain.admissions import Demand
from services.domain.blocks import AbuseRule
from services.domain.settlements import Settlement

ENCODER = DemandEncoder()
ABUSE = AbuseRule()


def admitted(recent: RecentCalls, name: str, *, is_owed: bool = False) -> None:
    demand = Demand(name, hold_nano_usd=50, hold_s=100, tokens=3, abuse=ABUSE)
    recent.add(demand, ENCODER.encode(demand, None), 0.0, is_owed=is_owed)


def names(recent: RecentCalls, now_s: float, *, only_owed: bool = False) -> set[str]:
    return {call.request_id for call in recent.list_calls(now_s, only_owed=only_owed)}


def test_confirmed_request_is_said_again_for_a_minute_after_its_end() -> None:
    recent = RecentCalls()
    admitted(recent, "a")
    call = recent.settle(Settlement("a", 1, 5, 0, is_final=True), 10.0)
    assert call is not None
    assert names(recent, 10, only_owed=True) == {"a"}
    recent.confirm(call, (1,), 10.0)
    assert names(recent, 10, only_owed=True) == set()
    assert names(recent, 10 + RESEND_S - 1) == {"a"}
    assert names(recent, 10 + RESEND_S) == set()
    assert len(recent) == 0


def test_attempt_that_was_not_confirmed_stays_owed_when_another_is() -> None:
    recent = RecentCalls()
    admitted(recent, "a")
    call = recent.settle(Settlement("a", 1, 5, 0, is_final=False), 1.0)
    recent.settle(Settlement("a", 2, 6, 0, is_final=True), 2.0)
    assert call is not None
    recent.confirm(call, (2,), 2.0)
    assert names(recent, 200, only_owed=True) == {"a"}
    recent.confirm(call, (1,), 200.0)
    assert names(recent, 201, only_owed=True) == set()


def test_what_is_owed_is_forgotten_after_an_hour() -> None:
    recent = RecentCalls()
    admitted(recent, "a", is_owed=True)
    recent.settle(Settlement("a", 1, 5, 0, is_final=True), 10.0)
    assert names(recent, 10 + OWED_S - 1, only_owed=True) == {"a"}
    assert names(recent, 10 + OWED_S, only_owed=True) == set()
    assert len(recent) == 0


def test_request_admitted_here_alone_is_owed_at_once() -> None:
    recent = RecentCalls()
    admitted(recent, "a", is_owed=True)
    (call,) = recent.list_calls(0.0, only_owed=True)
    assert call.unconfirmed == (ADMISSION,)


def test_topped_up_hold_is_said_again_in_full_with_its_new_time() -> None:
    recent = RecentCalls()
    admitted(recent, "a")
    recent.top_up("a", 25, 7, 40.0)
    (call,) = recent.list_calls(60.0, only_owed=False)
    assert (call.hold, call.tokens) == (75, 10)
    assert call.lapses_s == 140.0


def test_settlement_of_a_stranger_is_not_kept() -> None:
    recent = RecentCalls()
    assert recent.settle(Settlement("stranger", 1, 5, 0, is_final=True), 0.0) is None
    assert len(recent) == 0


def test_confirmed_request_takes_little_memory_until_it_is_forgotten() -> None:
    recent = RecentCalls()
    count = 2_000
    tracemalloc.start()
    try:
        for number in range(count):
            name = str(number)
            admitted(recent, name)
            call = recent.settle(Settlement(name, 1, 5, 0, is_final=True), 1.0)
            assert call is not None
            recent.confirm(call, (1,), 1.0)
        assert tracemalloc.get_traced_memory()[0] < 1_000 * count
    finally:
        tracemalloc.stop()
