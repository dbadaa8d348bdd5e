import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from services.adapters.simulated_time import SimulatedClock, run_simulated

START = datetime(2026, 11, 14, 9, tzinfo=UTC)
WEEK_S = 7 * 24 * 3600.0


def test_a_week_of_waiting_passes_in_a_moment() -> None:
    clock = SimulatedClock(START)
    began = time.monotonic()
    run_simulated(clock, asyncio.sleep(WEEK_S))
    assert time.monotonic() - began < 5
    assert clock.now() == START + timedelta(days=7)
    assert clock.monotonic_s() == pytest.approx(WEEK_S)


def test_waits_that_overlap_end_in_the_order_of_their_time() -> None:
    clock = SimulatedClock(START)
    woken: list[tuple[float, timedelta]] = []

    async def wait(seconds: float) -> None:
        await asyncio.sleep(seconds)
        woken.append((seconds, clock.now() - START))

    async def main() -> None:
        await asyncio.gather(*(wait(s) for s in (90.0, 0.5, 3600.0, 30.0)))

    run_simulated(clock, main())
    assert [seconds for seconds, _ in woken] == [0.5, 30.0, 90.0, 3600.0]
    assert all(abs(at.total_seconds() - seconds) < 1e-3 for seconds, at in woken)


def test_time_limits_end_as_they_would_in_real_time() -> None:
    clock = SimulatedClock(START)

    async def main() -> None:
        async with asyncio.timeout(60):
            await asyncio.sleep(61)

    with pytest.raises(TimeoutError):
        run_simulated(clock, main())
    assert clock.monotonic_s() == pytest.approx(60)


def test_work_in_threads_is_waited_for() -> None:
    clock = SimulatedClock(START)
    assert run_simulated(clock, asyncio.to_thread(lambda: time.sleep(0.01) or "done")) == "done"
