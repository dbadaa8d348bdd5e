"""A provider under test, and the faulty server that it calls."""

from __future__ import annotations

from typing import Any

import pytest

from services.adapters.providers.dialects import Access, Dialect
from services.adapters.providers.http_provider import HttpProvider
from services.adapters.providers.openai_compatible import OpenAIDialect
from services.domain.calls import Endpoint, ProviderCall, ProviderInfo, Timeouts
from services.domain.errors import ProviderError
from tests.clock import FakeClock
from tests.faulty_provider import Behaviour, FaultyProvider

KEY = "sk-test-0123456789abcdef"


class Bench:
    """A provider under test, the server it calls, and the key that it reads."""

    def __init__(self, server: FaultyProvider, *extra_urls: str) -> None:
        self.server = server
        self.clock = FakeClock()
        self.key: str | None = KEY
        self.provider = self.make(OpenAIDialect(Access("OPENAI_API_KEY")), *extra_urls)

    def make(self, dialect: Dialect, *extra_urls: str) -> HttpProvider:
        urls = (*extra_urls, self.server.base_url)
        info = ProviderInfo("openai", ("gpt-4o-mini",), base_urls=urls)
        return HttpProvider(info, lambda: self.key, self.clock, dialect)


def call(
    endpoint: Endpoint = Endpoint.CHAT, timeouts: Timeouts | None = None, **body: Any
) -> ProviderCall:
    body = body or {"messages": [{"role": "user", "content": "2+2?"}], "max_tokens": 9999}
    return ProviderCall("r-1", endpoint, "gpt-4o-mini", body, 50, timeouts or Timeouts())


async def collect(bench: Bench, timeouts: Timeouts | None = None) -> tuple[str, list[Any]]:
    chunks = [c async for c in bench.provider.stream(call(timeouts=timeouts))]
    return "".join(c.text for c in chunks), chunks


async def fail(bench: Bench, *behaviours: Behaviour, timeouts: Timeouts | None = None) -> Any:
    bench.server.play(*behaviours)
    with pytest.raises(ProviderError) as caught:
        await bench.provider.complete(call(timeouts=timeouts))
    return caught.value


async def fail_stream(bench: Bench, *behaviours: Behaviour, **options: Any) -> Any:
    bench.server.play(*behaviours)
    with pytest.raises(ProviderError) as caught:
        await collect(bench, **options)
    return caught.value
