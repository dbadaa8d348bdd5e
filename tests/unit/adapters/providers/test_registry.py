from __future__ import annotations

import random

import pytest

from services.adapters.providers.registry import ProviderKind, ProviderSpec, build_providers
from services.adapters.tokens import QuickTokenCounter
from services.domain.calls import Endpoint, ProviderCall, Timeouts
from tests.clock import FakeClock
from tests.faulty_provider import FaultyProvider


def test_each_kind_has_its_usual_address() -> None:
    kinds = [kind for kind in ProviderKind if kind is not ProviderKind.AZURE]
    specs = [ProviderSpec(kind.value, kind, ("m",)) for kind in kinds]
    providers = build_providers(specs, FakeClock(), QuickTokenCounter())
    assert {name: p.info.base_urls for name, p in providers.items()} == {
        "mock": (),
        "openai": ("https://api.openai.com/v1",),
        "anthropic": ("https://api.anthropic.com",),
        "gemini": ("https://generativelanguage.googleapis.com/v1beta/openai",),
        "vllm": ("http://localhost:8000/v1",),
        "ollama": ("http://localhost:11434/v1",),
    }
    assert [p.info.is_mock for p in providers.values()] == [True, *[False] * 5]


@pytest.mark.parametrize("url", ["http://own", "http://own/", "http://own/v1", "http://own/v1/"])
def test_anthropic_takes_a_base_url_with_and_without_v1(url: str) -> None:
    spec = ProviderSpec("anthropic", ProviderKind.ANTHROPIC, ("m",), (url,))
    provider = build_providers([spec], FakeClock(), QuickTokenCounter())["anthropic"]
    assert provider.info.base_urls == ("http://own",)


async def test_openai_and_others_are_told_the_output_limit_in_their_words() -> None:
    async with FaultyProvider() as server:
        kinds = (ProviderKind.OPENAI, ProviderKind.VLLM)
        specs = [ProviderSpec(k.value, k, ("m",), (server.base_url,)) for k in kinds]
        call = ProviderCall("r", Endpoint.CHAT, "m", {"messages": []}, 9, Timeouts())
        for provider in build_providers(specs, FakeClock(), QuickTokenCounter()).values():
            await provider.complete(call)
            await provider.close()
        assert [r.body.get("max_completion_tokens") for r in server.received] == [9, None]
        assert [r.body.get("max_tokens") for r in server.received] == [None, 9]


async def test_mock_takes_its_delays_and_models_from_the_spec() -> None:
    spec = ProviderSpec("try-out", ProviderKind.MOCK, ("mock-model",))
    made = build_providers(
        [spec], FakeClock(), QuickTokenCounter(), mock_delay_s=(0, 0), rng=random.Random(1)
    )
    provider = made["try-out"]
    call = ProviderCall("r", Endpoint.CHAT, "mock-model", {"messages": []}, 90, Timeouts())
    assert (await provider.complete(call)).text.startswith("[MOCK]")
    assert provider.info.models == ("mock-model",)
