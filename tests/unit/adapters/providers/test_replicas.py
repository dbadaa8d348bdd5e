from __future__ import annotations

from contextlib import ExitStack

import pytest

from services.adapters.providers.replicas import FAILURES_TO_LEAVE, OUT_S, Replicas
from tests.clock import FakeClock

A, B, C = "http://a", "http://b", "http://c"


def choices(replicas: Replicas, count: int) -> list[str]:
    """The base URLs of calls that each end before the next begins."""
    chosen = []
    for _ in range(count):
        with replicas.lend() as replica:
            chosen.append(replica.base_url)
    return chosen


def fail(replicas: Replicas, url: str, times: int = 1) -> None:
    replica = next(r for r in replicas.all if r.base_url == url)
    for _ in range(times):
        replicas.failed(replica)


def test_equally_busy_replicas_take_turns() -> None:
    assert choices(Replicas((A, B, C), FakeClock()), 6) == [A, B, C, A, B, C]


def test_the_one_with_the_fewest_running_calls_is_next() -> None:
    replicas = Replicas((A, B, C), FakeClock())
    with ExitStack() as running:
        held = [running.enter_context(replicas.lend()) for _ in range(5)]
        assert [r.base_url for r in held] == [A, B, C, A, B]
        assert choices(replicas, 3) == [C, C, C]
    assert [r.running_calls for r in replicas.all] == [0, 0, 0]


def test_a_call_that_breaks_off_no_longer_counts_as_running() -> None:
    replicas = Replicas((A, B), FakeClock())
    with pytest.raises(RuntimeError), replicas.lend():
        raise RuntimeError
    assert [r.running_calls for r in replicas.all] == [0, 0]


def test_three_failures_in_a_row_take_a_replica_out_for_30_s() -> None:
    clock = FakeClock()
    replicas = Replicas((A, B), clock)
    fail(replicas, A, FAILURES_TO_LEAVE - 1)
    assert set(choices(replicas, 2)) == {A, B}
    fail(replicas, A)
    assert choices(replicas, 3) == [B, B, B]
    clock.advance(OUT_S - 0.001)
    assert replicas.is_out(replicas.all[0])
    clock.advance(0.001)
    assert set(choices(replicas, 2)) == {A, B}


def test_a_success_between_failures_keeps_a_replica_in() -> None:
    replicas = Replicas((A, B), FakeClock())
    fail(replicas, A, FAILURES_TO_LEAVE - 1)
    replicas.succeeded(replicas.all[0])
    fail(replicas, A, FAILURES_TO_LEAVE - 1)
    assert set(choices(replicas, 2)) == {A, B}


def test_a_replica_that_came_back_leaves_at_its_next_failure() -> None:
    clock = FakeClock()
    replicas = Replicas((A, B), clock)
    fail(replicas, A, FAILURES_TO_LEAVE)
    clock.advance(OUT_S)
    fail(replicas, A)
    assert choices(replicas, 2) == [B, B]


def test_when_all_are_out_they_are_called_all_the_same() -> None:
    replicas = Replicas((A, B), FakeClock())
    for url in (A, B):
        fail(replicas, url, FAILURES_TO_LEAVE)
    assert set(choices(replicas, 2)) == {A, B}
