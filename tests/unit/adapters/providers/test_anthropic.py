"""Every way in which an upstream in Anthropic's shape can misbehave, and what becomes of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.adapters.providers.anthropic import API_VERSION, make_anthropic_dialect
from services.adapters.providers.http_provider import HttpProvider
from services.domain.calls import Endpoint, ProviderInfo, Timeouts, Usage
from services.domain.errors import (
    ProviderBadAnswer,
    ProviderError,
    ProviderOverloaded,
    ProviderRejected,
    ProviderTimeout,
    ProviderUnreachable,
)
from tests.faulty_provider import Behaviour, FaultyProvider, answer, cut, page, raw
from tests.unit.adapters.providers.provider_bench import (
    KEY,
    Bench,
    call,
    collect,
    fail,
    fail_stream,
)

SHORT = Timeouts(connect_s=1, read_s=0.05, total_s=5, stream_s=5)
START = {"type": "message_start",
         "message": {"id": "msg_1", "usage": {"input_tokens": 11, "output_tokens": 1}}}  # fmt: skip
SAY = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "x"}}
END = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 7}}
STOP = {"type": "message_stop"}


def error(kind: str, message: str = "because") -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}


def message(text: str) -> dict[str, Any]:
    return {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "gpt-4o-mini",
        "content": [{"type": "text", "text": text}], "stop_reason": "end_turn",
        "usage": {"input_tokens": 11, "output_tokens": 7},
    }  # fmt: skip


def stream(*events: dict[str, Any], **changes: Any) -> Behaviour:
    """A stream as Anthropic sends it, each event named."""
    pieces = [f"event: {e['type']}\ndata: {json.dumps(e)}\n\n".encode() for e in events]
    return raw(*pieces, **changes)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with FaultyProvider() as server:
        bench = Bench(server)
        dialect = make_anthropic_dialect("ANTHROPIC_API_KEY", needs_key=True, clock=bench.clock)
        info = ProviderInfo("anthropic", ("m",), base_urls=(server.base_url.removesuffix("/v1"),))
        bench.provider = HttpProvider(info, lambda: bench.key, bench.clock, dialect)
        server.play(answer(message("ok")))
        yield bench
        await bench.provider.close()


async def test_call_carries_key_version_and_request_id(bench: Bench) -> None:
    completion = await bench.provider.complete(call())
    (request,) = bench.server.received
    assert request.path == "/v1/messages"
    assert request.headers["x-api-key"] == KEY
    assert request.headers["anthropic-version"] == API_VERSION
    assert request.headers["x-request-id"] == "r-1"
    assert "Authorization" not in request.headers
    assert request.body["max_tokens"] == 50
    assert (completion.text, completion.usage) == ("ok", Usage(11, 7))


async def test_stream_is_read_to_its_stop_though_the_server_keeps_it_open(bench: Bench) -> None:
    bench.server.play(stream(START, {"type": "ping"}, SAY, END, STOP, stall=True))
    async with asyncio.timeout(1):
        text, chunks = await collect(bench)
    assert text == "x"
    assert chunks[-1].usage == Usage(11, 7)
    assert bench.server.received[0].body["stream"] is True


@pytest.mark.parametrize("endpoint", [Endpoint.EMBEDDING, Endpoint.COMPLETION])
async def test_what_anthropic_has_no_endpoint_for_is_refused_unsent(
    bench: Bench, endpoint: Endpoint
) -> None:
    with pytest.raises(ProviderRejected, match="answers chats") as caught:
        await bench.provider.complete(call(endpoint, input="a", prompt="a"))
    assert (caught.value.decision, caught.value.sent) == ("not_supported_by_provider", False)
    assert caught.value.counts_for_breaker is False
    assert bench.server.received == []


async def test_health_asks_for_the_models(bench: Bench) -> None:
    bench.server.play(answer({"data": []}), answer(error("authentication_error"), 401))
    assert (await bench.provider.check_health(1)).healthy
    request = bench.server.received[0]
    assert request.path == "/v1/models"
    assert request.headers["anthropic-version"] == API_VERSION
    assert "ANTHROPIC_API_KEY" in ((await bench.provider.check_health(1)).error or "")


@pytest.mark.parametrize(
    ("status", "kind", "expected", "sent"),
    [
        (400, "invalid_request_error", ProviderRejected, False),
        (401, "authentication_error", ProviderRejected, False),
        (402, "billing_error", ProviderRejected, False),
        (403, "permission_error", ProviderRejected, False),
        (404, "not_found_error", ProviderRejected, False),
        (413, "request_too_large", ProviderRejected, False),
        (429, "rate_limit_error", ProviderOverloaded, False),
        (500, "api_error", ProviderBadAnswer, True),
        (503, "api_error", ProviderOverloaded, False),
        (504, "timeout_error", ProviderTimeout, True),
        (529, "overloaded_error", ProviderOverloaded, False),
    ],
)
async def test_status_has_its_error(
    bench: Bench, status: int, kind: str, expected: type[ProviderError], sent: bool
) -> None:
    for found in (
        await fail(bench, answer(error(kind), status)),
        await fail_stream(bench, answer(error(kind), status)),
    ):
        assert (type(found), found.sent) == (expected, sent)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("overloaded_error", ProviderOverloaded),
        ("rate_limit_error", ProviderOverloaded),
        ("api_error", ProviderBadAnswer),
        ("timeout_error", ProviderTimeout),
        ("invalid_request_error", ProviderRejected),
        ("request_too_large", ProviderRejected),
    ],
)
async def test_error_event_in_the_stream_is_its_error(
    bench: Bench, kind: str, expected: type[ProviderError]
) -> None:
    found = await fail_stream(bench, stream(START, SAY, error(kind)))
    assert (type(found), found.sent) == (expected, True)
    assert "because" in found.message


async def test_error_object_with_status_200_is_its_error(bench: Bench) -> None:
    assert type(await fail(bench, answer(error("overloaded_error")))) is ProviderOverloaded


@pytest.mark.parametrize(
    "words",
    [
        "prompt is too long: 210000 tokens > 200000 maximum",
        "input length and `max_tokens` exceed context limit: 199000 + 8192 > 200000",
    ],
)
async def test_too_long_request_has_its_own_code(bench: Bench, words: str) -> None:
    found = await fail(bench, answer(error("invalid_request_error", words), 400))
    assert found.decision == "context_length_exceeded"
    found = await fail_stream(bench, stream(error("invalid_request_error", words)))
    assert found.decision == "context_length_exceeded"


async def test_too_large_request_has_its_own_code(bench: Bench) -> None:
    found = await fail(bench, answer(error("request_too_large"), 413))
    assert found.decision == "request_too_large"


async def test_retry_after_is_read(bench: Bench) -> None:
    found = await fail(bench, answer(error("rate_limit_error"), 429, retry_after="7"))
    assert found.retry_after_s == 7
    found = await fail(bench, answer(error("overloaded_error"), 529, retry_after="1.5"))
    assert found.retry_after_s == 1.5


async def test_refused_key_is_never_told(bench: Bench) -> None:
    found = await fail(bench, answer(error("authentication_error", f"invalid {KEY}"), 401))
    assert "ANTHROPIC_API_KEY" in found.message
    assert KEY not in found.message


@pytest.mark.parametrize(
    ("behaviour", "code", "words"),
    [
        (raw(), "empty_stream", "without any event"),
        (stream({"type": "ping"}), "empty_stream", "without any event"),
        (stream(START), "stream_truncated", "ended before"),
        (stream(START, SAY), "stream_truncated", "ended before"),
        (raw(b'data: {"type": "content_bl\n\n'), "provider_bad_answer", "broken JSON"),
        (raw(b'data: {"type": "message_start", "message": 7}\n\n'), "provider_bad_answer",
         "no object"),
        (raw(b"data: [1]\n\n"), "provider_bad_answer", "no object"),
        (page("<html>Welcome</html>"), "provider_bad_answer", "HTML page"),
        (answer(message("whole")), "provider_bad_answer", "whole answer"),
        (raw(b"data: " + b"x" * (4 * 2**20 + 1)), "provider_bad_answer", "event of more than"),
    ],
    ids=["empty", "only ping", "only start", "truncated", "broken JSON", "no message", "array",
         "HTML", "unstreamed", "endless line"],
)  # fmt: skip
async def test_broken_stream_is_a_bad_answer(
    bench: Bench, behaviour: Behaviour, code: str, words: str
) -> None:
    found = await fail_stream(bench, behaviour)
    assert (type(found), found.decision, found.sent) == (ProviderBadAnswer, code, True)
    assert words in found.message


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (page("<html>Sign in</html>"), "HTML page"),
        (Behaviour(pieces=(b"",)), "empty body"),
        (Behaviour(pieces=(b'{"content": [',)), "broken JSON"),
        (answer({"id": "msg_1"}), "without content"),
        (answer("text"), "no object"),
    ],
)
async def test_answer_that_is_none_is_a_bad_answer(
    bench: Bench, behaviour: Behaviour, words: str
) -> None:
    found = await fail(bench, behaviour)
    assert type(found) is ProviderBadAnswer
    assert words in found.message


async def test_torn_connection_may_have_been_sent(bench: Bench) -> None:
    for found in (
        await fail(bench, cut()),
        await fail(bench, Behaviour(pieces=(b'{"conte',), cut=True)),
        await fail_stream(bench, stream(START, SAY, cut=True)),
    ):
        assert (type(found), found.sent) == (ProviderUnreachable, True)


async def test_silence_between_bytes_is_a_timeout(bench: Bench) -> None:
    found = await fail(bench, Behaviour(silence_s=5), timeouts=SHORT)
    assert (type(found), found.sent) == (ProviderTimeout, True)
    found = await fail_stream(bench, stream(START, SAY, stall=True), timeouts=SHORT)
    assert (type(found), found.sent) == (ProviderTimeout, True)


async def test_pings_cannot_outlast_the_whole_time(bench: Bench) -> None:
    slow = Timeouts(connect_s=1, read_s=1, total_s=0.1, stream_s=0.1)
    pings = stream(START, *[{"type": "ping"}] * 400, pause_s=0.01)
    assert type(await fail_stream(bench, pings, timeouts=slow)) is ProviderTimeout


async def test_stream_without_usage_has_none(bench: Bench) -> None:
    bench.server.play(stream({"type": "message_start", "message": {}}, SAY, {**END, "usage": None}))
    assert [chunk.usage for chunk in (await collect(bench))[1]] == [None, None, None]


async def test_stream_whose_stop_is_missing_is_whole(bench: Bench) -> None:
    bench.server.play(stream(START, SAY, END))
    assert (await collect(bench))[0] == "x"


async def test_closing_the_stream_stops_the_call_upstream(bench: Bench) -> None:
    bench.server.play(stream(START, SAY, stall=True))
    chunks = bench.provider.stream(call())
    await anext(chunks)
    await anext(chunks)
    await chunks.aclose()  # type: ignore[attr-defined]
    async with asyncio.timeout(1):
        await bench.server.client_left.wait()
