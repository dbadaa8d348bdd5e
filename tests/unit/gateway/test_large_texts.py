"""Large texts are read in threads, small ones at once."""

from __future__ import annotations

import asyncio
import threading

import pytest

from services.domain.errors import GuardrailBlocked
from services.gateway.large_texts import LARGE, LargeTexts


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
