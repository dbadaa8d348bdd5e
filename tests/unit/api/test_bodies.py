"""Bodies of requests: whole at once, in parts, too slow, and of clients that leave."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from services.adapters.simulated_time import SimulatedClock, run_simulated
from services.api.bodies import read_body, replay, slow_answer
from services.domain.errors import SlowRequest
from services.domain.messages import MAX_BODY_BYTES

GONE = {"type": "http.disconnect"}
Receive = Callable[[], Awaitable[dict[str, Any]]]


def part(body: bytes, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def sending(*messages: dict[str, Any], pause_s: float | None = None) -> Receive:
    """A client that pauses before each part, if at all, and says nothing after the last."""
    left = iter(messages)

    async def receive() -> dict[str, Any]:
        if pause_s is not None:
            await asyncio.sleep(pause_s)
        message = next(left, None)
        if message is None:
            await asyncio.Event().wait()
        assert message is not None
        return message

    return receive


def read(receive: Receive, timeout_s: float = 30) -> tuple[bytes | None, float]:
    """The body, and when it was there."""
    clock = SimulatedClock(datetime(2026, 11, 21, tzinfo=UTC))

    async def main() -> bytes | None:
        # Something to wait for after the time has run out, so that the loop never stands still.
        rest = asyncio.create_task(asyncio.sleep(1000))
        try:
            return await read_body(receive, timeout_s)  # type: ignore[arg-type]
        finally:
            rest.cancel()

    return run_simulated(clock, main()), clock.monotonic_s()


@pytest.mark.parametrize("pause_s", [None, 1.0])
def test_a_body_is_read_whole_in_one_part_or_many(pause_s: float | None) -> None:
    assert read(sending(part(b"abc", False), pause_s=pause_s))[0] == b"abc"
    assert read(sending(part(b"a"), part(b"b"), part(b"c", False), pause_s=pause_s))[0] == b"abc"


@pytest.mark.parametrize("pause_s", [None, 1.0])
def test_a_client_that_leaves_has_no_body(pause_s: float | None) -> None:
    assert read(sending(GONE, pause_s=pause_s))[0] is None
    assert read(sending(part(b"a"), GONE, pause_s=pause_s))[0] is None


@pytest.mark.parametrize(
    "receive",
    [sending(), sending(part(b"a")), sending(*[part(b"a")] * 100, pause_s=1)],
    ids=["nothing", "one part", "byte by byte"],
)
def test_a_body_that_does_not_end_in_time_is_refused(receive: Receive) -> None:
    clock = SimulatedClock(datetime(2026, 11, 21, tzinfo=UTC))
    with pytest.raises(SlowRequest, match="not here after 30 s"):
        run_simulated(clock, read_body(receive, 30))  # type: ignore[arg-type]
    assert clock.monotonic_s() == pytest.approx(30, abs=0.1)


def test_a_body_that_takes_nearly_all_of_its_time_is_read() -> None:
    parts = [part(b"a")] * 28 + [part(b"b", False)]
    assert read(sending(*parts, pause_s=1)) == (b"a" * 28 + b"b", pytest.approx(29))


def test_a_body_past_the_limit_is_not_read_on() -> None:
    large = b"x" * (MAX_BODY_BYTES // 2 + 1)
    body, _ = read(sending(part(large), part(large), part(large)))
    assert body is not None
    assert len(body) == 2 * len(large)


def test_a_reader_that_is_cancelled_stops_to_wait() -> None:
    async def main() -> None:
        reading = asyncio.create_task(read_body(sending(), 30))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading

    asyncio.run(main())


def test_the_answer_to_a_slow_client_ends_its_connection() -> None:
    answer = slow_answer(SlowRequest("Send it again, faster."))
    assert answer.status == 408
    assert (b"connection", b"close") in answer.headers


def test_a_body_that_was_read_is_given_again_and_then_what_follows() -> None:
    async def main() -> list[dict[str, Any]]:
        receive = replay(b"abc", sending(GONE))  # type: ignore[arg-type]
        return [dict(await receive()), dict(await receive())]

    assert asyncio.run(main()) == [part(b"abc", False), GONE]
