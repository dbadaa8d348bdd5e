"""Large texts are read in threads, small ones at once."""

from __future__ import annotations

import asyncio
import gc
import threading

import pytest

from services.adapters.memory.counters import MemoryCounters
from services.domain.calls import Completion, ProviderCall, Timeouts
from services.domain.errors import GuardrailBlocked
from services.gateway import answer_cache
from services.gateway.answer_cache import AnswerCache
from services.gateway.billing import Biller
from services.gateway.large_texts import LARGE, LargeTexts, to_its_end
from services.gateway.single_flight import SingleFlight
from tests.unit.gateway.gateway_bench import ONE, Gateway


def read(size: int) -> threading.Thread:
    return asyncio.run(LargeTexts().read(size, threading.current_thread))


def test_small_texts_are_read_at_once() -> None:
    assert read(LARGE) is threading.current_thread()


def test_large_texts_are_read_in_a_thread() -> None:
    assert read(LARGE + 1) is not threading.current_thread()


def test_the_loop_serves_others_while_a_large_text_is_read() -> None:
    served = threading.Event()

    async def both() -> bool:
        reading = asyncio.create_task(LargeTexts().read(LARGE + 1, served.wait, 10))
        await asyncio.sleep(0)
        served.set()
        return await reading

    assert asyncio.run(both())


@pytest.mark.parametrize("size", [LARGE, LARGE + 1])
def test_a_refusal_reaches_the_caller(size: int) -> None:
    def refuse() -> None:
        raise GuardrailBlocked("no", code="violence")

    with pytest.raises(GuardrailBlocked, match="no"):
        asyncio.run(LargeTexts().read(size, refuse))


@pytest.mark.parametrize(("size", "is_aside"), [(LARGE, False), (LARGE + 1, True)])
def test_a_large_answer_is_looked_through_in_a_thread_before_it_is_kept(
    monkeypatch: pytest.MonkeyPatch, size: int, is_aside: bool
) -> None:
    threads: list[threading.Thread] = []

    def may_store(*_: object) -> bool:
        threads.append(threading.current_thread())
        return False

    monkeypatch.setattr(answer_cache, "may_store", may_store)
    gateway = Gateway()
    cache = AnswerCache(
        MemoryCounters(gateway.clock), SingleFlight(Timeouts()), LargeTexts(), ttl_s=60
    )
    exchange = gateway.exchange(ONE)
    exchange.cache_key, exchange.answered_by = "ai:cache:response:1", ONE
    asyncio.run(cache.keep(exchange, {}, b"x" * size))
    (thread,) = threads
    assert (thread is not threading.current_thread()) is is_aside


@pytest.mark.parametrize("cuts", [1, 2])
def test_a_cut_is_raised_when_the_reading_is_done(cuts: int) -> None:
    begun, may_end, done = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        may_end.wait(10)
        done.set()

    async def main() -> None:
        reading = asyncio.create_task(LargeTexts().read(LARGE + 1, work))
        await asyncio.to_thread(begun.wait, 10)
        for _ in range(cuts):
            reading.cancel()
            await asyncio.sleep(0)
        assert not reading.done()
        may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert done.is_set()

    asyncio.run(main())


def test_a_failure_at_the_end_of_work_that_was_cut_is_no_noise(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail() -> None:
        await asyncio.sleep(0)
        raise GuardrailBlocked("no")

    async def main() -> None:
        work = asyncio.create_task(to_its_end(fail()))
        await asyncio.sleep(0)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work

    asyncio.run(main())
    gc.collect()
    assert caplog.records == []


def test_an_answer_that_is_cut_while_it_is_counted_is_billed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def count(*_: object) -> int:
        begun.set()
        may_end.wait(10)
        return 7

    async def complete(_: ProviderCall) -> Completion:
        return Completion({"choices": []}, "x" * (LARGE + 1), "stop", None)

    gateway = Gateway()
    monkeypatch.setattr(Biller, "_counted_output", count)
    monkeypatch.setattr(gateway.one, "complete", complete)
    exchange = gateway.exchange(ONE)

    async def main() -> None:
        call = asyncio.create_task(gateway.dispatcher.complete(exchange))
        await asyncio.to_thread(begun.wait, 10)
        call.cancel()
        await asyncio.sleep(0)
        may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await call

    asyncio.run(main())
    assert [attempt.usage.output_tokens for attempt in exchange.attempts] == [7]
