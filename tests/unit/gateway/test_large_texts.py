"""Large texts are read in threads, small ones at once."""

from __future__ import annotations

import asyncio
import threading

import pytest

from services.adapters.memory.counters import MemoryCounters
from services.domain.calls import Timeouts
from services.domain.errors import GuardrailBlocked
from services.gateway import answer_cache
from services.gateway.answer_cache import AnswerCache
from services.gateway.large_texts import LARGE, LargeTexts
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
