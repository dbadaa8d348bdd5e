import random
from datetime import UTC, datetime, timedelta

import pytest

from services.adapters.providers.mock import MockProvider
from services.adapters.providers.sample import SampleProvider
from services.adapters.tokens import QuickTokenCounter
from services.domain.calls import Endpoint, ProviderCall, Timeouts
from services.domain.errors import ProviderError, ProviderOverloaded
from tests.clock import FakeClock

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
OUTAGE = (NOON, NOON + timedelta(minutes=50))


def provider(clock: FakeClock, seed: int = 1) -> SampleProvider:
    rng = random.Random(seed)
    mock = MockProvider(QuickTokenCounter(), 0, 0, rng, "openai")
    return SampleProvider(mock, ("gpt-4o-mini", "gpt-4o"), clock, rng, (OUTAGE,))


def call() -> ProviderCall:
    body = {"messages": [{"role": "user", "content": "Türev nedir?"}]}
    return ProviderCall("r-1", Endpoint.CHAT, "gpt-4o", body, 500, Timeouts())


async def test_it_answers_under_the_name_and_model_it_was_given_and_is_marked() -> None:
    sample = provider(FakeClock(NOON - timedelta(hours=1)))
    answer = await sample.complete(call())
    chunks = [chunk async for chunk in sample.stream(call())]
    assert sample.info.name == "openai"
    assert sample.info.is_mock
    assert {answer.data["model"], *(c.data["model"] for c in chunks)} == {"gpt-4o"}
    assert answer.text.startswith("[MOCK]")


async def test_every_call_fails_during_an_outage_and_none_is_healthy() -> None:
    clock = FakeClock(NOON)
    sample = provider(clock)
    for _ in range(20):
        with pytest.raises(ProviderOverloaded):
            await sample.complete(call())
    assert not (await sample.check_health(1.0)).healthy
    clock.advance(50 * 60)
    assert (await sample.check_health(1.0)).healthy


async def test_now_and_then_a_call_fails_outside_of_outages() -> None:
    sample = provider(FakeClock(NOON - timedelta(hours=1)))
    failed = 0
    for _ in range(400):
        try:
            await sample.complete(call())
        except ProviderError:
            failed += 1
    assert 0 < failed < 40
