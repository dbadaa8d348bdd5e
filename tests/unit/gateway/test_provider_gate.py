"""Room in a provider's minute, in simulated time: waited for, in whole or in vain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from services.adapters.clock import SystemIds
from services.adapters.live import FixedControl
from services.adapters.memory.breakers import MemoryBreakers
from services.adapters.memory.counters import MemoryCounters
from services.adapters.simulated_time import SimulatedClock, run_simulated
from services.adapters.tokens import QuickTokenCounter
from services.domain.breakers import BreakerRule, BreakerState
from services.domain.budgets import Budget, Period
from services.domain.calls import (
    Candidate,
    Chunk,
    Completion,
    Endpoint,
    Health,
    ProviderCall,
    ProviderInfo,
    Timeouts,
    Usage,
)
from services.domain.errors import ProviderOverloaded, RateLimited
from services.domain.kill import KillEntry
from services.domain.limits import LimitSettings, ProviderLimit
from services.domain.messages import Incoming
from services.domain.retries import RetryRule
from services.domain.rollout import CEILING, FULL_BP, Rollout, Stage
from services.domain.routes import Route
from services.domain.snapshot import ControlState, Snapshot
from services.gateway.dispatch import Dispatcher
from services.gateway.exchange import Exchange, Prepared
from services.gateway.observers import Observers

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
ONE, TWO = Candidate("one", "m"), Candidate("two", "m")
BUDGET = Budget("global", Period.DAY, 1)


@dataclass
class Answering:
    """A provider that answers at once, and remembers when it was called."""

    name: str
    clock: SimulatedClock
    tokens: int = 10
    is_down: bool = False
    called_at_s: list[float] = field(default_factory=list)

    @property
    def info(self) -> ProviderInfo:
        return ProviderInfo(self.name, ("m",))

    async def complete(self, call: ProviderCall) -> Completion:
        self.called_at_s.append(self.clock.monotonic_s())
        if self.is_down:
            raise ProviderOverloaded("down", sent=False)
        choice = {"finish_reason": "stop", "message": {"role": "assistant", "content": "ok"}}
        return Completion({"choices": [choice]}, "ok", "stop", Usage(self.tokens, 0))

    def stream(self, call: ProviderCall) -> AsyncIterator[Chunk]:
        raise NotImplementedError

    async def check_health(self, timeout_s: float) -> Health:
        raise NotImplementedError

    async def reset(self) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError


class Gateway:
    """A dispatcher over two providers."""

    def __init__(self, *, rule: RetryRule | None = None, **limits: ProviderLimit) -> None:
        self.clock = SimulatedClock(START)
        self.one, self.two = Answering("one", self.clock), Answering("two", self.clock)
        providers = {"one": self.one, "two": self.two}
        self.snapshot = Snapshot(
            control=ControlState(0, Rollout(CEILING, Stage.GENERAL, FULL_BP, START), {}, {}),
            providers={name: provider.info for name, provider in providers.items()},
            candidates=(ONE, TWO),
            prices={},
            templates={},
            limits=LimitSettings(),
            budgets=(BUDGET,),
            playground_budget=BUDGET,
            zone=UTC,
            provider_limits=limits,
        )
        self.live = FixedControl(self.snapshot)
        self.breakers = MemoryBreakers(BreakerRule(), self.clock, lambda *_: None)
        self.dispatcher = Dispatcher(
            providers=providers,
            live=self.live,
            breakers=self.breakers,
            counters=MemoryCounters(self.clock),
            tokens=QuickTokenCounter(),
            observer=Observers(),
            retry=rule or RetryRule(max_retries=0),
            timeouts=Timeouts(),
            clock=self.clock,
            ids=SystemIds(),
        )
        self._count = 0

    def kill(self, entry: KillEntry) -> None:
        self.live._register = self.live.register.merge([entry])

    async def call(self, *candidates: Candidate, output_tokens: int = 10) -> Exchange:
        exchange = self.exchange(*candidates, output_tokens=output_tokens)
        await self.dispatcher.complete(exchange)
        return exchange

    def exchange(self, *candidates: Candidate, output_tokens: int = 10) -> Exchange:
        self._count += 1
        return Exchange(
            incoming=Incoming(Endpoint.CHAT, {}, b"", "127.0.0.1"),
            request_id=f"r-{self._count}",
            started_at=self.clock.now(),
            began_s=self.clock.monotonic_s(),
            clock=self.clock,
            snapshot=self.snapshot,
            prepared=Prepared(Endpoint.CHAT, "auto", {}, (), False, False, output_tokens),
            route=Route(candidates or (ONE, TWO)),
        )


def run(gateway: Gateway, *calls: Any) -> list[Exchange | BaseException]:
    """What became of calls that were made at once."""

    async def main() -> list[Exchange | BaseException]:
        return await asyncio.gather(*calls, return_exceptions=True)

    return run_simulated(gateway.clock, main())


def steps_of(exchange: Exchange | BaseException) -> list[tuple[str, str, str]]:
    assert isinstance(exchange, Exchange)
    return [(step.step, step.outcome, step.decision) for step in exchange.steps]


def test_call_waits_until_a_request_leaves_the_minute() -> None:
    gateway = Gateway(rule=RetryRule(0, 1, 60), one=ProviderLimit(2), two=ProviderLimit(1))
    gateway.dispatcher._timeouts = Timeouts(total_s=200)
    *_, third = run(gateway, *(gateway.call(ONE) for _ in range(3)))
    assert gateway.one.called_at_s == pytest.approx([0, 0, 60])
    assert steps_of(third) == [("provider_limit", "waited", "provider_rpm of one")]


def test_room_that_comes_too_late_is_not_waited_for() -> None:
    gateway = Gateway(one=ProviderLimit(1))
    _, second = run(gateway, gateway.call(), gateway.call())
    assert gateway.one.called_at_s == [0]
    assert gateway.two.called_at_s == [0]
    assert steps_of(second) == [("provider_limit", "full", "provider_rpm of one")]
    assert isinstance(second, Exchange)
    assert [a.provider for a in second.attempts] == ["two"]


def test_no_call_waits_beyond_its_own_time() -> None:
    gateway = Gateway(rule=RetryRule(0, 1, 90), one=ProviderLimit(1))
    # A minute is the call's whole time, so room in exactly a minute comes too late.
    _, second = run(gateway, gateway.call(ONE), gateway.call(ONE))
    assert isinstance(second, RateLimited)
    assert second.retry_after_s == pytest.approx(60)
    assert gateway.clock.monotonic_s() == 0


def test_of_full_providers_the_one_with_room_first_is_told() -> None:
    gateway = Gateway(one=ProviderLimit(1), two=ProviderLimit(None, 20))

    async def main() -> BaseException:
        await gateway.call(ONE)
        await asyncio.sleep(10)
        await gateway.call(TWO)
        await asyncio.sleep(15)
        with pytest.raises(RateLimited) as caught:
            await gateway.call(output_tokens=15)
        return caught.value

    refused = run_simulated(gateway.clock, main())
    assert "Limit provider_rpm of provider one, 1 requests a minute" in str(refused)
    assert isinstance(refused, RateLimited)
    assert refused.retry_after_s == pytest.approx(35)


def test_failure_of_a_provider_is_told_before_a_full_one() -> None:
    gateway = Gateway(two=ProviderLimit(1))
    gateway.one.is_down = True
    _, second = run(gateway, gateway.call(TWO), gateway.call())
    assert isinstance(second, ProviderOverloaded)


def test_retries_take_room_too() -> None:
    gateway = Gateway(rule=RetryRule(3, 1, 4), one=ProviderLimit(2))
    gateway.one.is_down = True
    (failed,) = run(gateway, gateway.call(ONE))
    assert isinstance(failed, ProviderOverloaded)
    assert len(gateway.one.called_at_s) == 2


def test_full_provider_is_no_failure_for_its_breaker() -> None:
    gateway = Gateway(one=ProviderLimit(1))
    results = run(gateway, *(gateway.call(ONE) for _ in range(20)))
    assert sum(isinstance(result, RateLimited) for result in results) == 19
    (view,) = gateway.breakers.list_views()
    assert view.state is BreakerState.CLOSED


def test_tokens_are_taken_by_the_estimate_and_corrected() -> None:
    gateway = Gateway(one=ProviderLimit(None, 100))
    gateway.one.tokens = 20
    # Each is estimated at 60 tokens and takes 20: one after the other three fit, at once one.
    for _ in range(3):
        (answered,) = run(gateway, gateway.call(ONE, output_tokens=60))
        assert isinstance(answered, Exchange)
    (refused,) = run(gateway, gateway.call(ONE, output_tokens=60))
    assert isinstance(refused, RateLimited)
    assert "provider_tpm" in str(refused)
