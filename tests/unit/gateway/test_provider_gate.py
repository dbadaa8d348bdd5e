"""Room in a provider's minute, in simulated time: waited for, in whole or in vain."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.adapters.simulated_time import run_simulated
from services.domain.breakers import BreakerState
from services.domain.calls import Candidate, Timeouts
from services.domain.errors import ProviderOverloaded, RateLimited
from services.domain.provider_limits import ProviderLimit
from services.domain.retries import RetryRule
from services.gateway.exchange import Exchange
from tests.unit.gateway.gateway_bench import ONE, TWO, Gateway


def run(gateway: Gateway, *calls: Any) -> list[Exchange | BaseException]:
    """What became of calls that were made at once."""

    async def main() -> list[Exchange | BaseException]:
        return await asyncio.gather(*calls, return_exceptions=True)

    return run_simulated(gateway.clock, main())


def steps_of(exchange: Exchange | BaseException) -> list[tuple[str, str, str]]:
    assert isinstance(exchange, Exchange)
    return [(step.step, step.outcome, step.decision) for step in exchange.steps]


def test_call_waits_until_a_request_leaves_the_minute() -> None:
    gateway = Gateway(
        rule=RetryRule(0, 1, 60),
        timeouts=Timeouts(total_s=200),
        one=ProviderLimit(2),
        two=ProviderLimit(1),
    )
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


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (ONE, TWO, "Limit provider_rpm of provider one, 1 requests a minute"),
        (TWO, ONE, "Limit provider_tpm of provider two, 20 tokens a minute"),
    ],
)
def test_of_full_providers_the_one_with_room_first_is_told(
    first: Candidate, second: Candidate, told: str
) -> None:
    gateway = Gateway(one=ProviderLimit(1), two=ProviderLimit(None, 20))

    async def main() -> BaseException:
        await gateway.call(first)
        await asyncio.sleep(10)
        await gateway.call(second)
        await asyncio.sleep(15)
        with pytest.raises(RateLimited) as caught:
            await gateway.call(output_tokens=15)
        return caught.value

    refused = run_simulated(gateway.clock, main())
    assert told in str(refused)
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
