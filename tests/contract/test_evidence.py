"""What every implementation of the EvidenceLog port does, and what only one of a fleet does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context

import pytest

from services.adapters.clock import SystemClock
from services.adapters.memory.evidence import MemoryEvidence
from services.adapters.redis_store import evidence as redis_evidence
from services.adapters.redis_store.connection import RedisConnection
from services.adapters.redis_store.evidence import RedisEvidence
from services.domain.errors import SourceDown
from services.domain.evidence import (
    SECONDS_KEPT_S,
    USERS_KEPT,
    EvidenceSecond,
    EvidenceSum,
    Mark,
    PastEvidence,
    Tally,
)
from services.domain.ports import EvidenceLog
from tests.clock import FakeClock
from tests.contract.counters_bench import KINDS, PATIENCE_S, Server
from tests.redis_server import RedisServer

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
PROCESSES, SECONDS, RATE = 4, 3, 500


def a_mark(user: str = "ali", *, bad: bool = False, slow: int = 0, mock: bool = False) -> Mark:
    return Mark("hint", mock, bad, slow, user)


@asynccontextmanager
async def evidence_on(url: str, clock: FakeClock, instance: str) -> AsyncIterator[RedisEvidence]:
    connection = RedisConnection(url, call_timeout_s=PATIENCE_S, down_s=0.1)
    try:
        yield RedisEvidence(connection, clock, instance)
    finally:
        await connection.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(START)


@pytest.fixture(params=KINDS)
async def log(
    request: pytest.FixtureRequest, redis_server: Server, clock: FakeClock
) -> AsyncIterator[EvidenceLog]:
    if request.param == "memory":
        yield MemoryEvidence(clock, "one")
        return
    redis_server().client.flushdb()
    async with evidence_on(redis_server().url, clock, "one") as evidence:
        yield evidence


async def sum_of(log: EvidenceLog, since: datetime, *, mock: bool = False) -> Tally:
    await log.flush()
    return (await log.sum_since(["hint"], since, is_mock=mock))["hint"]


async def test_outcomes_are_counted_by_second(log: EvidenceLog, clock: FakeClock) -> None:
    log.record(a_mark(), clock.now())
    log.record(a_mark("ayşe", bad=True, slow=1), clock.now())
    clock.advance(1)
    log.record(a_mark("ece", slow=2), clock.now())
    await log.flush()
    end = clock.now() + timedelta(seconds=1)
    first = int(START.timestamp())
    assert await log.list_seconds(["hint", "other"], START, end, is_mock=False) == (
        EvidenceSecond("hint", first, "one", Tally(2, 1, (1, 0), frozenset({"ayşe"}))),
        EvidenceSecond(
            "hint", first + 1, "one", Tally(1, 0, (1, 1), frozenset(), frozenset({"ece"}))
        ),
    )
    assert len(await log.list_seconds(["hint"], START, clock.now(), is_mock=False)) == 1
    assert await sum_of(log, START) == Tally(3, 1, (2, 1))


async def test_a_second_told_twice_counts_once(log: EvidenceLog, clock: FakeClock) -> None:
    for expected in (1, 2, 3):
        log.record(a_mark(), clock.now())
        assert (await sum_of(log, START)).n == expected
        assert (await sum_of(log, START)).n == expected


async def test_invented_answers_are_counted_apart(log: EvidenceLog, clock: FakeClock) -> None:
    log.record(a_mark(mock=True), clock.now())
    assert (await sum_of(log, START)).n == 0
    assert (await sum_of(log, START, mock=True)).n == 1


async def test_features_are_counted_apart(log: EvidenceLog, clock: FakeClock) -> None:
    log.record(a_mark(), clock.now())
    log.record(Mark("plan", False, True, 0, "ali"), clock.now())
    await log.flush()
    assert await log.sum_since(["hint", "plan", "none"], START, is_mock=False) == {
        "hint": Tally(1),
        "plan": Tally(1, 1),
        "none": Tally(),
    }


async def test_of_a_second_so_many_users_are_told_apart(log: EvidenceLog, clock: FakeClock) -> None:
    for number in range(2 * USERS_KEPT):
        log.record(a_mark(str(number), bad=True), clock.now())
    await log.flush()
    end = clock.now() + timedelta(seconds=1)
    (second,) = await log.list_seconds(["hint"], START, end, is_mock=False)
    assert (second.tally.bad, len(second.tally.bad_users)) == (2 * USERS_KEPT, USERS_KEPT)


@pytest.mark.parametrize("age_s", [0, 1, 59, 61, 3601, 7300])
async def test_window_begins_where_it_is_told(
    log: EvidenceLog, clock: FakeClock, age_s: int
) -> None:
    """With an outcome every 20 s, each window holds those that are not older than it."""
    for _ in range(600):
        log.record(a_mark(), clock.now())
        await log.flush()
        clock.advance(20)
    since = clock.now() - timedelta(seconds=age_s)
    begins = since
    if age_s >= SECONDS_KEPT_S:
        begins = datetime.fromtimestamp(-(-since.timestamp() // 60) * 60, UTC)
    expected = int((clock.now() - begins).total_seconds() // 20)
    assert (await sum_of(log, since)).n == expected


async def test_clock_that_is_set_back_takes_nothing_away(
    log: EvidenceLog, clock: FakeClock
) -> None:
    log.record(a_mark(), clock.now())
    await log.flush()
    for back_s in (1, 30):
        log.record(a_mark(), clock.now() - timedelta(seconds=back_s))
    assert (await sum_of(log, START)).n == 3


# What the ledger knows


def a_sum(at: int, tally: Tally, *, mock: bool = False) -> EvidenceSum:
    return EvidenceSum("hint", mock, at, tally)


async def test_what_the_ledger_knows_is_counted_again(log: EvidenceLog, clock: FakeClock) -> None:
    """Whole hours, the minutes of those in which a window begins, and what comes later."""
    clock.advance(600)
    hour = int(START.timestamp()) // 3600
    minute = 60 * hour
    hours = [(hour - 2, Tally(20, 4, (3, 3))), (hour - 1, Tally(7, 1, (2, 1))), (hour, Tally(5))]
    minutes = [(minute - 100, Tally(9, 3)), (minute - 80, Tally(8, 1, (3, 3)))]
    invented = a_sum(hour, Tally(30), mock=True)
    past = PastEvidence(
        (*(a_sum(*row) for row in hours), invented), tuple(a_sum(*row) for row in minutes)
    )
    await log.restore(past)
    log.record(a_mark(bad=True), clock.now())
    for back_minutes, tally in {
        0: Tally(6, 1),
        60: Tally(13, 2, (2, 1)),
        90: Tally(21, 3, (5, 4)),
        110: Tally(30, 6, (5, 4)),
        120: Tally(33, 6, (5, 4)),
    }.items():
        assert await sum_of(log, START - timedelta(minutes=back_minutes)) == tally
    assert await sum_of(log, START, mock=True) == Tally(30)


async def test_evidence_in_memory_begins_with_what_is_restored(clock: FakeClock) -> None:
    log = MemoryEvidence(clock, "one")
    assert log.kept_since == START
    upgraded = START - timedelta(days=1)
    await log.restore(PastEvidence(known_since=upgraded))
    assert log.kept_since == upgraded
    await log.restore(PastEvidence())
    assert log.kept_since is None


async def test_seconds_in_memory_are_restored_with_their_users(clock: FakeClock) -> None:
    log, restored = MemoryEvidence(clock, "one"), MemoryEvidence(clock, "one")
    marks = []
    for number in range(3 * USERS_KEPT):
        mark = a_mark(str(number), bad=number % 2 == 0, slow=number % 3)
        marks.append((mark, clock.now()))
        log.record(*marks[-1])
        clock.advance(0.4)
    await restored.restore(PastEvidence(marks=tuple(marks)))
    asked = (["hint"], START, clock.now())
    found = restored.list_own_seconds(*asked, is_mock=False)
    assert found == log.list_own_seconds(*asked, is_mock=False)
    # What ends while the clock is set back counts in the newest second that is known.
    restored.record(a_mark(), START)
    newest = restored.list_own_seconds(*asked, is_mock=False)[-1]
    assert newest.tally.n == found[-1].tally.n + 1


async def test_redis_takes_the_ledgers_word_for_its_hours(
    redis_server: Server, clock: FakeClock
) -> None:
    """What instances told between the loss and the rebuild is in it already."""
    redis_server().client.flushdb()
    async with evidence_on(redis_server().url, clock, "one") as log:
        log.record(a_mark(), clock.now())
        await log.flush()
        hour = int(START.timestamp()) // 3600
        for _ in range(2):
            await log.restore(PastEvidence((a_sum(hour, Tally(4, 1)),)))
        assert await sum_of(log, START - timedelta(hours=3)) == Tally(4, 1)
        log.record(a_mark(), clock.now())
        assert await sum_of(log, START - timedelta(hours=3)) == Tally(5, 1)
        client = redis_server().client
        assert all(client.ttl(key) > 0 for key in client.scan_iter("ai:evidence:*"))


async def test_much_evidence_is_told_by_parts(
    redis_server: Server, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_evidence, "SUMS_AT_ONCE", 2)
    redis_server().client.flushdb()
    hour = int(START.timestamp()) // 3600
    async with evidence_on(redis_server().url, clock, "one") as log:
        await log.restore(PastEvidence(tuple(a_sum(hour - n, Tally(1)) for n in range(5))))
        assert await sum_of(log, START - timedelta(hours=9)) == Tally(5)


# A fleet


async def test_what_redis_could_not_be_told_waits_for_it(own_redis: RedisServer) -> None:
    clock = FakeClock(START)
    async with evidence_on(own_redis.url, clock, "one") as log:
        log.record(a_mark(), clock.now())
        await log.flush()
        own_redis.kill()
        for _ in range(5):
            clock.advance(1)
            log.record(a_mark(bad=True), clock.now())
        with pytest.raises(SourceDown):
            await log.flush()
        with pytest.raises(SourceDown):
            await log.sum_since(["hint"], START, is_mock=False)
        own = log.list_own_seconds(["hint"], START, clock.now(), is_mock=False)
        assert len(own) == 5
        own_redis.start()
        # The connection's own watch flushes once it has found Redis again.
        for _ in range(200):
            await asyncio.sleep(0.02)
            try:
                tally = (await log.sum_since(["hint"], START, is_mock=False))["hint"]
            except SourceDown:
                continue
            if tally.n == 6:
                break
        assert tally == Tally(6, 5)


async def test_keys_vanish_by_themselves(redis_server: Server) -> None:
    client, clock = redis_server().client, FakeClock(START)
    client.flushdb()
    async with evidence_on(redis_server().url, clock, "one") as log:
        log.record(a_mark(), clock.now())
        await log.flush()
    second = int(START.timestamp())
    keys = {str(key): client.type(key) for key in client.scan_iter()}
    assert keys == {
        f"ai:evidence:hint:s:{second // 60}": "hash",
        f"ai:evidence:hint:m:{second // 3600}": "hash",
        f"ai:evidence:hint:h:{second // 86_400}": "hash",
    }
    assert all(client.ttl(key) > 0 for key in keys)


def count_for(url: str, instance: str) -> tuple[int, int]:
    """One process: counts as requests do, while its connection's watch tells Redis."""
    return asyncio.run(_count_for(url, instance))


async def _count_for(url: str, instance: str) -> tuple[int, int]:
    n = bad = 0
    clock = SystemClock()
    connection = RedisConnection(url, call_timeout_s=PATIENCE_S, down_s=0.05)
    log = RedisEvidence(connection, clock, instance)
    await connection.command("PING")
    ends_s = clock.monotonic_s() + SECONDS
    while clock.monotonic_s() < ends_s:
        for _ in range(RATE // 50):
            is_bad = n % 7 == 0
            log.record(a_mark(f"{instance}-{n % 5}", bad=is_bad), clock.now())
            n, bad = n + 1, bad + is_bad
        await asyncio.sleep(0.02)
    await log.flush()
    await connection.close()
    return n, bad


async def test_processes_that_count_at_once_lose_and_double_nothing(redis_server: Server) -> None:
    redis_server().client.flushdb()
    clock = SystemClock()
    began = clock.now() - timedelta(seconds=1)
    names = [f"instance-{number}" for number in range(PROCESSES)]
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        calls = [pool.submit(count_for, redis_server().url, name) for name in names]
        told = [await asyncio.wrap_future(call) for call in calls]
    connection = RedisConnection(redis_server().url, call_timeout_s=PATIENCE_S)
    log = RedisEvidence(connection, clock, "reader")
    seconds = await log.list_seconds(["hint"], began, clock.now(), is_mock=False)
    total = (await log.sum_since(["hint"], began, is_mock=False))["hint"]
    await connection.close()
    for name, (n, bad) in zip(names, told, strict=True):
        own = [row.tally for row in seconds if row.instance == name]
        assert (sum(t.n for t in own), sum(t.bad for t in own)) == (n, bad)
    assert (total.n, total.bad) == (sum(n for n, _ in told), sum(bad for _, bad in told))
    assert total.n > PROCESSES * RATE
