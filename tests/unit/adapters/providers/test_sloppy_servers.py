"""What servers that call themselves compatible really send, replayed: llama.cpp and its like."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.domain.calls import Endpoint, Usage
from services.domain.errors import (
    ProviderBadAnswer,
    ProviderError,
    ProviderOverloaded,
    ProviderRejected,
)
from tests.faulty_provider import Behaviour, FaultyProvider, answer, chat, delta, events
from tests.unit.adapters.providers.provider_bench import Bench, call, collect, fail, fail_stream

TRACEBACK = "Traceback (most recent call last):\n  File \"app.py\"\nKeyError: 'messages'"


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with FaultyProvider() as server:
        bench = Bench(server)
        yield bench
        await bench.provider.close()


def numbered(status: int, message: str, kind: str, **fields: Any) -> Behaviour:
    """An error as llama.cpp words it: its code is a number."""
    return answer({"error": {"code": status, "message": message, "type": kind, **fields}}, status)


@pytest.mark.parametrize(
    ("behaviour", "kind", "code"),
    [
        (numbered(503, "Loading model", "unavailable_error"), ProviderOverloaded,
         "provider_overloaded"),
        (numbered(400, "request (6031 tokens) exceeds the available context size (2048 tokens), "
                  "try increasing it", "exceed_context_size_error", n_ctx=2048),
         ProviderRejected, "context_length_exceeded"),
        (numbered(500, "input (3001 tokens) is too large to process. increase the physical batch "
                  "size (current batch size: 512)", "server_error"),
         ProviderRejected, "context_length_exceeded"),
        (numbered(500, "image input is not supported - hint: use a model that sees",
                  "server_error"), ProviderBadAnswer, "provider_bad_answer"),
        (numbered(404, "File Not Found", "not_found_error"), ProviderRejected,
         "provider_rejected"),
        (answer({"detail": "Invalid API key"}, 401), ProviderRejected, "provider_rejected"),
        (answer({"error": {"message": TRACEBACK}}, 500), ProviderBadAnswer,
         "provider_bad_answer"),
    ],
    ids=["loading", "long chat", "long embedding", "image", "wrong path", "bare detail",
         "traceback"],
)  # fmt: skip
async def test_error_is_understood_whole_and_streamed(
    bench: Bench, behaviour: Behaviour, kind: type[ProviderError], code: str
) -> None:
    for found in (await fail(bench, behaviour), await fail_stream(bench, behaviour)):
        assert (type(found), found.decision) == (kind, code)
        assert "\n" not in found.message


@pytest.mark.parametrize("content_type", ["text/event-stream", "application/json", "text/html"])
async def test_empty_stream_with_status_200_is_a_bad_answer(
    bench: Bench, content_type: str
) -> None:
    found = await fail_stream(bench, Behaviour(content_type=content_type))
    assert type(found) is ProviderBadAnswer


async def test_stream_that_opens_without_content_and_ends_with_timings_is_read(
    bench: Bench,
) -> None:
    opening = delta(None, role="assistant", content=None)
    usage = {"prompt_tokens": 24, "completion_tokens": 1, "total_tokens": 25,
             "prompt_tokens_details": {"cached_tokens": 20}}  # fmt: skip
    figures = {"choices": [], "usage": usage, "timings": {"predicted_ms": 12.5}}
    bench.server.play(events(opening, delta("dört"), delta(None, "stop"), figures))
    text, chunks = await collect(bench)
    assert text == "dört"
    assert [chunk.has_content for chunk in chunks] == [False, True, False, False]
    assert chunks[-1].usage == Usage(24, 1, 20)


async def test_whole_answer_for_another_model_is_an_answer(bench: Bench) -> None:
    bench.server.play(answer(chat("ok", model="whatever-is-loaded", timings={})))
    assert (await bench.provider.complete(call())).data["model"] == "whatever-is-loaded"


async def test_embedding_of_each_token_is_passed_on_as_it_is(bench: Bench) -> None:
    data = [{"object": "embedding", "index": 0, "embedding": [[0.5, 0.5], [0.1, 0.2]]}]
    bench.server.play(answer({"data": data, "usage": {"prompt_tokens": 2, "total_tokens": 2}}))
    found = await bench.provider.complete(call(Endpoint.EMBEDDING, input="a b"))
    assert found.data["data"] == data
    assert found.usage == Usage(2)
