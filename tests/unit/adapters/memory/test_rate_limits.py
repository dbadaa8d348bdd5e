"""What the requests of moving windows take of a gateway's memory."""

from __future__ import annotations

import tracemalloc

from services.adapters.memory.rate_limits import RateLog
from services.domain.rate_limits import RateLimit

REQUESTS = 20_000
HOUR = RateLimit("user_rph", "user:1", 1_000_000, 3600)


def grown_bytes(log: RateLog, *, every_s: float) -> int:
    """What a log took for requests one after another."""
    tracemalloc.start()
    try:
        for number in range(REQUESTS):
            now_s = number * every_s
            assert log.wait_s(HOUR, now_s) == 0
            log.take(HOUR, now_s)
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def test_request_of_a_window_takes_some_bytes() -> None:
    log = RateLog()
    assert grown_bytes(log, every_s=0.01) < 12 * REQUESTS
    assert log.used(HOUR, 0) == REQUESTS


def test_request_that_left_its_window_takes_none() -> None:
    log = RateLog()
    assert grown_bytes(log, every_s=36.0) < REQUESTS
    assert log.used(HOUR, REQUESTS * 36.0) == 99
