"""A call that is broken off while nobody waits: between its steps, or before its first attempt."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from services.adapters.simulated_time import run_simulated
from services.domain.kill import KillEntry
from services.domain.retries import RetryRule
from services.gateway.attempt import Abandoned
from services.gateway.exchange import Exchange
from tests.unit.gateway.gateway_bench import ONE, TWO, Gateway

KILLED_ONE = KillEntry("provider:one", True, 1, "a", "b", datetime(2026, 11, 21, tzinfo=UTC))


async def dispatch(gateway: Gateway, exchange: Exchange) -> None:
    await gateway.dispatcher.complete(exchange)


def test_a_client_that_left_during_admission_calls_nobody() -> None:
    gateway = Gateway()
    exchange = gateway.exchange()
    exchange.interrupt(None)
    with pytest.raises(Abandoned):
        run_simulated(gateway.clock, dispatch(gateway, exchange))
    assert gateway.one.called_at_s == []
    assert [(a.decision, a.cost_nano_usd) for a in exchange.attempts] == [("client_gone", 0)]
    assert exchange.attempts[0].usage.total_tokens == 0


def test_a_client_that_left_between_attempts_does_not_wait_for_the_retry() -> None:
    gateway = Gateway(rule=RetryRule(max_retries=3, first_delay_s=60))
    gateway.one.is_down = True
    exchange = gateway.exchange(ONE)
    release = gateway.breakers.record_failure

    async def leave(*args: Any) -> None:
        exchange.interrupt(None)
        await release(*args)

    gateway.breakers.record_failure = leave  # type: ignore[method-assign]
    began_s = gateway.clock.monotonic_s()
    with pytest.raises(Abandoned):
        run_simulated(gateway.clock, dispatch(gateway, exchange))
    assert gateway.clock.monotonic_s() == began_s


def test_a_provider_stopped_while_its_retry_waits_is_stood_in_for() -> None:
    gateway = Gateway(rule=RetryRule(max_retries=3, first_delay_s=5))
    gateway.one.is_down = True
    exchange = gateway.exchange()

    async def main() -> None:
        call = asyncio.ensure_future(dispatch(gateway, exchange))
        await asyncio.sleep(0.1)
        gateway.one.is_down = False
        gateway.kill(KILLED_ONE)
        exchange.interrupt(KILLED_ONE)
        await call

    run_simulated(gateway.clock, main())
    assert exchange.answered_by == TWO
    assert len(gateway.one.called_at_s) == 1


def test_a_kill_of_the_provider_before_does_not_cut_the_next_one() -> None:
    gateway = Gateway()
    exchange = gateway.exchange(TWO)
    gateway.kill(KILLED_ONE)
    exchange.interrupt(KILLED_ONE)
    run_simulated(gateway.clock, dispatch(gateway, exchange))
    assert exchange.answered_by == TWO


async def leave(gateway: Gateway) -> None:
    exchange = gateway.exchange()
    exchange.interrupt(None)
    with pytest.raises(Abandoned):
        await dispatch(gateway, exchange)


async def be_stood_in_for(gateway: Gateway) -> None:
    gateway.one.is_down = True
    exchange = gateway.exchange()
    await dispatch(gateway, exchange)
    assert exchange.answered_by == TWO


@pytest.mark.parametrize("end", [leave, be_stood_in_for])
def test_a_call_that_is_over_leaves_nothing_to_the_garbage_collector(
    end: Callable[[Gateway], Awaitable[None]],
) -> None:
    gateway = Gateway()

    async def run() -> None:
        await end(gateway)

    gc.collect()
    gc.disable()
    try:
        run_simulated(gateway.clock, run())
        assert not [kept for kept in gc.get_objects() if isinstance(kept, Exchange)]
    finally:
        gc.enable()
