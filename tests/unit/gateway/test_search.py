"""The search for who answers, in simulated time: kills that come in between, permits given back."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from services.adapters.simulated_time import run_simulated
from services.domain.breakers import Permit
from services.domain.calls import Candidate, Timeouts
from services.domain.errors import KillSwitchActive, RateLimited
from services.domain.kill import KillEntry
from services.domain.provider_limits import ProviderLimit
from services.domain.retries import RetryRule
from services.gateway.exchange import Exchange
from tests.unit.gateway.gateway_bench import ONE, TWO, Gateway

AT = datetime(2026, 11, 21, tzinfo=UTC)
KILLED_ONE = KillEntry("provider:one", True, 1, "a", "b", AT)
KILLED_ALL = KillEntry("all", True, 1, "a", "b", AT)


def dispatched(gateway: Gateway, exchange: Exchange) -> Exchange:
    async def main() -> None:
        await gateway.dispatcher.complete(exchange)

    run_simulated(gateway.clock, main())
    return exchange


def as_asked(gateway: Gateway, candidate: Candidate, happen: Callable[[], None]) -> None:
    """Let something happen while a candidate's breaker is asked."""
    ask = gateway.breakers.ask

    async def ask_slowly(asked: Candidate, request_id: str) -> Permit:
        permit = await ask(asked, request_id)
        if asked == candidate:
            happen()
        return permit

    gateway.breakers.ask = ask_slowly  # type: ignore[method-assign]


def providers_of(exchange: Exchange) -> list[str]:
    return [attempt.provider for attempt in exchange.attempts]


def test_a_stopped_provider_is_not_even_tried() -> None:
    gateway = Gateway()
    gateway.kill(KILLED_ONE)
    assert providers_of(dispatched(gateway, gateway.exchange())) == ["two"]


def test_a_kill_while_the_breaker_is_asked_sends_nothing() -> None:
    gateway = Gateway()
    as_asked(gateway, ONE, lambda: gateway.kill(KILLED_ONE))
    exchange = dispatched(gateway, gateway.exchange())
    assert gateway.one.called_at_s == []
    assert exchange.answered_by == TWO
    gateway = Gateway()
    as_asked(gateway, ONE, lambda: gateway.kill(KILLED_ALL))
    with pytest.raises(KillSwitchActive):
        dispatched(gateway, gateway.exchange())
    assert gateway.one.called_at_s == gateway.two.called_at_s == []


def test_a_stop_of_another_provider_does_not_break_off_the_one_that_is_asked() -> None:
    gateway = Gateway()
    exchange = gateway.exchange(TWO)
    as_asked(gateway, TWO, lambda: exchange.interrupt(KILLED_ONE))
    assert dispatched(gateway, exchange).answered_by == TWO


def test_a_provider_stopped_while_its_room_is_waited_for_is_stood_in_for() -> None:
    gateway = Gateway(
        rule=RetryRule(0, 1, 60),
        timeouts=Timeouts(total_s=200),
        one=ProviderLimit(1),
        two=ProviderLimit(1),
    )
    exchange = gateway.exchange()

    async def main() -> None:
        await gateway.call(ONE)
        await gateway.call(TWO)
        call = asyncio.ensure_future(gateway.dispatcher.complete(exchange))
        await asyncio.sleep(5)
        gateway.kill(KILLED_ONE)
        exchange.interrupt(KILLED_ONE)
        await call

    run_simulated(gateway.clock, main())
    assert gateway.one.called_at_s == [0]
    assert gateway.two.called_at_s == pytest.approx([0, 60])


def test_every_permit_is_used_or_given_back() -> None:
    gateway = Gateway(one=ProviderLimit(1))
    told: Counter[str] = Counter()
    for name in ("ask", "release", "record_success", "record_failure"):
        tell = getattr(gateway.breakers, name)

        async def count(*args: Any, name: str = name, tell: Any = tell) -> Any:
            told[name] += 1
            return await tell(*args)

        setattr(gateway.breakers, name, count)
    dispatched(gateway, gateway.exchange(ONE))
    with pytest.raises(RateLimited):
        dispatched(gateway, gateway.exchange(ONE))
    assert told == {"ask": 2, "record_success": 1, "release": 1}
