from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.adapters.providers.azure import DEFAULT_API_VERSION, make_azure_dialect
from services.adapters.providers.http_provider import HttpProvider
from services.domain.calls import Endpoint, ProviderCall, ProviderInfo, Timeouts
from services.domain.errors import ProviderOverloaded, ProviderRejected
from tests.faulty_provider import FaultyProvider, answer, chat, delta, events
from tests.unit.adapters.providers.provider_bench import Bench

KEY = "0f3c" * 8
DEPLOYMENTS = "/openai/deployments/pupils"


@pytest.fixture
async def server() -> AsyncIterator[FaultyProvider]:
    async with FaultyProvider() as server:
        yield server


def azure(server: FaultyProvider, version: str = "", key: str | None = KEY) -> HttpProvider:
    base_url = server.base_url.removesuffix("/v1") + "/"
    info = ProviderInfo("azure", ("pupils",), base_urls=(base_url,))
    dialect = make_azure_dialect("AZURE_OPENAI_API_KEY", version)
    return HttpProvider(info, lambda: key, Bench(server).clock, dialect)


def call(endpoint: Endpoint = Endpoint.CHAT) -> ProviderCall:
    body = {"messages": [{"role": "user", "content": "2+2?"}], "input": "a", "prompt": "b"}
    return ProviderCall("r-1", endpoint, "pupils", body, 50, Timeouts())


@pytest.mark.parametrize(
    ("endpoint", "path"),
    [
        (Endpoint.CHAT, f"{DEPLOYMENTS}/chat/completions"),
        (Endpoint.COMPLETION, f"{DEPLOYMENTS}/completions"),
        (Endpoint.EMBEDDING, f"{DEPLOYMENTS}/embeddings"),
    ],
)
async def test_deployment_is_in_the_path_and_the_version_in_the_query(
    server: FaultyProvider, endpoint: Endpoint, path: str
) -> None:
    body = {"data": []} if endpoint is Endpoint.EMBEDDING else chat("dört")
    server.play(answer(body))
    provider = azure(server)
    await provider.complete(call(endpoint))
    await provider.close()
    (request,) = server.received
    assert (request.path, request.query) == (path, f"api-version={DEFAULT_API_VERSION}")
    assert request.headers["api-key"] == KEY
    assert "Authorization" not in request.headers


async def test_chat_is_limited_in_the_words_of_newer_models_and_streams(
    server: FaultyProvider,
) -> None:
    filtered = {"choices": [], "prompt_filter_results": [{"prompt_index": 0}]}
    usage = {"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10}
    server.play(
        events(filtered, delta("dört"), delta(None, "stop"), {"choices": [], "usage": usage})
    )
    provider = azure(server)
    chunks = [chunk async for chunk in provider.stream(call())]
    await provider.close()
    assert server.received[0].body["max_completion_tokens"] == 50
    assert "".join(chunk.text for chunk in chunks) == "dört"
    assert [chunk.has_content for chunk in chunks] == [False, True, False, False]
    assert chunks[-1].usage is not None


@pytest.mark.parametrize(
    ("version", "path", "query"),
    [
        ("2025-04-01-preview", f"{DEPLOYMENTS}/chat/completions", "api-version=2025-04-01-preview"),
        ("v1", "/openai/v1/chat/completions", ""),
        ("preview", "/openai/v1/chat/completions", "api-version=preview"),
    ],
)
async def test_version_chooses_the_path(
    server: FaultyProvider, version: str, path: str, query: str
) -> None:
    provider = azure(server, version)
    await provider.complete(call())
    await provider.close()
    (request,) = server.received
    assert (request.path, request.query) == (path, query)
    assert request.body["model"] == "pupils"


async def test_health_asks_for_the_models(server: FaultyProvider) -> None:
    server.play(answer({"data": []}))
    provider = azure(server)
    health = await provider.check_health(1)
    await provider.close()
    assert health.healthy
    assert server.received[0].path == "/openai/models"
    assert server.received[0].headers["api-key"] == KEY


async def test_call_without_a_key_is_not_made(server: FaultyProvider) -> None:
    provider = azure(server, key=None)
    with pytest.raises(ProviderRejected, match="AZURE_OPENAI_API_KEY") as caught:
        await provider.complete(call())
    await provider.close()
    assert caught.value.sent is False
    assert server.received == []


@pytest.mark.parametrize(
    ("status", "error", "kind", "words"),
    [
        (401, {"code": "401", "message": f"Access denied for {KEY}"}, ProviderRejected,
         "AZURE_OPENAI_API_KEY"),
        (404, {"code": "DeploymentNotFound", "message": "The API deployment does not exist."},
         ProviderRejected, "pupils"),
        (400, {"code": "content_filter", "message": "The response was filtered"},
         ProviderRejected, "filtered"),
        (429, {"code": "429", "message": "exceeded token rate limit"}, ProviderOverloaded, "later"),
    ],
)  # fmt: skip
async def test_error_of_azure_is_told_in_our_words(
    server: FaultyProvider, status: int, error: dict[str, str], kind: type, words: str
) -> None:
    server.play(answer({"error": error}, status, retry_after="7"))
    provider = azure(server)
    with pytest.raises(kind, match=words) as caught:
        await provider.complete(call())
    await provider.close()
    assert KEY not in str(caught.value)
