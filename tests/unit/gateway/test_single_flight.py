"""Followers wait for the equal call under way, each as long as its own call may take."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from services.adapters.simulated_time import run_simulated
from services.domain.calls import Timeouts
from services.domain.errors import ProviderTimeout
from services.gateway.exchange import Exchange
from services.gateway.single_flight import SingleFlight, read_along
from tests.unit.gateway.gateway_bench import Gateway

TIMES = Timeouts(total_s=60, stream_s=120)


def joined(flights: SingleFlight, gateway: Gateway, *, is_streamed: bool) -> Exchange:
    exchange = gateway.exchange()
    exchange.cache_key = "ai:cache:response:1"
    exchange.prepared = replace(exchange.call, is_streamed=is_streamed)
    flights.join(exchange)
    return exchange


@pytest.mark.parametrize(("is_streamed", "allowed_s"), [(False, 60), (True, 120)])
def test_a_follower_waits_no_longer_than_its_own_call_may_take(
    is_streamed: bool, allowed_s: float
) -> None:
    gateway, flights = Gateway(), SingleFlight(TIMES)
    leader = joined(flights, gateway, is_streamed=True)

    async def main() -> Exchange:
        await asyncio.sleep(1)
        follower = joined(flights, gateway, is_streamed=is_streamed)
        with pytest.raises(ProviderTimeout, match=f"within the {allowed_s} s"):
            await flights.wait(follower)
        return follower

    follower = run_simulated(gateway.clock, main())
    assert follower.elapsed_s() == pytest.approx(allowed_s, abs=0.1)
    assert follower.provider_s == pytest.approx(follower.elapsed_s(), abs=0.1)
    assert leader.flight is not None, "the leader flies on"


def test_a_follower_that_reads_along_ends_with_its_own_time() -> None:
    gateway, flights = Gateway(), SingleFlight(TIMES)
    leader = joined(flights, gateway, is_streamed=True)
    assert leader.flight is not None

    async def main() -> None:
        await asyncio.sleep(1)
        follower = joined(flights, gateway, is_streamed=True)
        assert leader.flight is not None
        leader.flight.publish(b"data: 1\n\n")
        assert await flights.wait(follower) is None
        assert follower.flight is not None
        with pytest.raises(ProviderTimeout):
            async for _ in read_along(follower, follower.flight):
                pass

    run_simulated(gateway.clock, main())


def test_an_answer_that_comes_in_time_is_shared() -> None:
    gateway, flights = Gateway(), SingleFlight(TIMES)
    leader = joined(flights, gateway, is_streamed=False)

    async def main() -> bytes | None:
        follower = joined(flights, gateway, is_streamed=False)
        asyncio.get_running_loop().call_later(59, flights.land, leader, b"whole")
        return await flights.wait(follower)

    assert run_simulated(gateway.clock, main()) == b"whole"
