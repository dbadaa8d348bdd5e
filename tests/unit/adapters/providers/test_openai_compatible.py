from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.adapters.providers.dialects import Access
from services.adapters.providers.http_provider import HttpProvider
from services.adapters.providers.openai_compatible import OpenAIDialect
from services.adapters.providers.wire import parse_chunk, parse_completion
from services.domain.calls import Endpoint, ProviderInfo, Timeouts, Usage
from services.domain.errors import (
    ProviderBadAnswer,
    ProviderRejected,
    ProviderTimeout,
    ProviderUnreachable,
)
from tests.clock import FakeClock
from tests.faulty_provider import (
    DONE,
    Behaviour,
    FaultyProvider,
    answer,
    chat,
    cut,
    delta,
    events,
    hanging_up_server,
    page,
    raw,
)
from tests.unit.adapters.providers.provider_bench import (
    KEY,
    Bench,
    call,
    collect,
    fail,
    fail_stream,
)

SHORT = Timeouts(connect_s=1, read_s=0.05, total_s=5, stream_s=5)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with FaultyProvider() as server:
        bench = Bench(server)
        yield bench
        await bench.provider.close()


async def test_request_carries_model_limit_key_and_request_id(bench: Bench) -> None:
    await bench.provider.complete(call(messages=[], max_completion_tokens=1, stream=True, seed=3))
    (request,) = bench.server.received
    assert request.path == "/v1/chat/completions"
    assert request.body == {"messages": [], "model": "gpt-4o-mini", "max_tokens": 50, "seed": 3}
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert request.headers["x-request-id"] == "r-1"


async def test_limit_is_named_as_the_dialect_says(bench: Bench) -> None:
    provider = bench.make(OpenAIDialect(limit_field="max_completion_tokens"))
    await provider.complete(call())
    await provider.close()
    body = bench.server.received[0].body
    assert body["max_completion_tokens"] == 50
    assert "max_tokens" not in body


async def test_server_of_ones_own_is_asked_for_its_tokens_with_every_event(bench: Bench) -> None:
    bench.server.play(events(delta("x", "stop")))
    provider = bench.make(OpenAIDialect(is_own=True))
    [_ async for _ in provider.stream(call())]
    await provider.close()
    body = bench.server.received[0].body
    assert body["timings_per_token"] is True
    assert body["stream_options"] == {"include_usage": True, "continuous_usage_stats": True}


def test_tokens_told_with_an_event_count_so_far_and_are_not_passed_on() -> None:
    event = {"choices": [], "timings": {"prompt_n": 7, "cache_n": 30, "predicted_n": 12}}
    chunk = parse_chunk(Endpoint.CHAT, json.dumps(event).encode())
    assert chunk.usage == Usage(37, 12, 30, is_counted=True)
    assert "timings" not in chunk.data


@pytest.mark.parametrize(
    ("event", "is_kept"),
    [
        (b'{"choices": [{"delta": {"content": "noon"}}]}', True),
        (b'{"choices": [], "timings": {"prompt_n": 7, "predicted_n": 12}}', False),
        (b'{"choices":\n[]}', False),
        (b'{"choices":\r[]}', False),
    ],
)
def test_an_event_is_kept_as_it_was_written_if_that_may_be_passed_on(
    event: bytes, is_kept: bool
) -> None:
    assert parse_chunk(Endpoint.CHAT, event).raw == (event if is_kept else b"")


async def test_answer_is_parsed_with_its_usage(bench: Bench) -> None:
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "total_tokens": 120,
        "prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 10},
        "completion_tokens_details": {"reasoning_tokens": 5},
    }
    bench.server.play(answer(chat("Merhaba", usage=usage)))
    completion = await bench.provider.complete(call())
    assert (completion.text, completion.finish_reason) == ("Merhaba", "stop")
    assert completion.usage == Usage(100, 20, 60, 10, 5)


@pytest.mark.parametrize("kind", ["prompt", "completion"])
async def test_tokens_of_sound_are_read_of_both_ways(bench: Bench, kind: str) -> None:
    usage = {"prompt_tokens": 100, "completion_tokens": 20}
    usage[f"{kind}_tokens_details"] = {"audio_tokens": 15}  # type: ignore[assignment]
    bench.server.play(answer(chat("Merhaba", usage=usage)))
    completion = await bench.provider.complete(call())
    assert completion.usage == Usage(100, 20, audio_tokens=15)


async def test_thinking_tokens_outside_the_completion_count_as_output(bench: Bench) -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 45}
    bench.server.play(answer(chat("x", usage=usage)))
    completion = await bench.provider.complete(call())
    assert completion.usage == Usage(10, 35, reasoning_tokens=30)


async def test_embeddings_and_completions_have_their_own_paths(bench: Bench) -> None:
    bench.server.play(
        answer({"data": [{"embedding": [0.5]}], "usage": {"prompt_tokens": 4, "total_tokens": 4}}),
        answer({"choices": [{"text": "dört", "finish_reason": "length"}]}),
    )
    embedding = await bench.provider.complete(call(Endpoint.EMBEDDING, input="a"))
    completion = await bench.provider.complete(call(Endpoint.COMPLETION, prompt="2+2="))
    first, second = bench.server.received
    assert (first.path, second.path) == ("/v1/embeddings", "/v1/completions")
    assert "max_tokens" not in first.body
    assert second.body["max_tokens"] == 50
    assert embedding.usage == Usage(4, 0)
    assert (completion.text, completion.finish_reason, completion.usage) == ("dört", "length", None)


async def test_stream_asks_for_usage_and_no_compression(bench: Bench) -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    bench.server.play(
        events(delta("", role="assistant"), delta("iki "), delta("iki"), delta(None, "stop"),
               {"choices": [], "usage": usage})
    )  # fmt: skip
    text, chunks = await collect(bench)
    request = bench.server.received[0]
    assert request.body["stream_options"] == {"include_usage": True}
    assert request.body["stream"] is True
    assert request.headers["Accept-Encoding"] == "identity"
    assert text == "iki iki"
    assert [c.has_content for c in chunks] == [False, True, True, False, False]
    assert chunks[3].finish_reason == "stop"
    assert chunks[4].usage == Usage(3, 2)


async def test_connection_is_used_again_after_answer_and_stream(bench: Bench) -> None:
    bench.server.play(answer(chat("a")), events(delta("b", "stop")), answer(chat("c")))
    await bench.provider.complete(call())
    await collect(bench)
    await bench.provider.complete(call())
    assert len({r.peer for r in bench.server.received}) == 1


async def test_server_that_hangs_up_after_each_answer_is_called_again() -> None:
    async with hanging_up_server(chat("ok")) as url:
        info = ProviderInfo("vllm", ("m",), base_urls=(url,))
        provider = HttpProvider(info, lambda: None, FakeClock(), OpenAIDialect())
        texts = [(await provider.complete(call())).text for _ in range(20)]
        await provider.close()
    assert texts == ["ok"] * 20


async def test_stream_ends_at_done_though_the_server_keeps_it_open(bench: Bench) -> None:
    bench.server.play(events(delta("x", "stop"), stall=True))
    async with asyncio.timeout(1):
        assert (await collect(bench))[0] == "x"
        await bench.server.client_left.wait()


@pytest.mark.parametrize("name", ["n_predict", "num_predict", "max_output_tokens"])
async def test_no_other_name_of_the_output_limit_gets_past_it(bench: Bench, name: str) -> None:
    await bench.provider.complete(call(messages=[], **{name: 1_000_000}))
    assert name not in bench.server.received[0].body


async def test_text_in_parts_is_joined(bench: Bench) -> None:
    parts = [{"type": "text", "text": "iki "}, {"type": "text", "text": "parça"}]
    choice = {"message": {"content": parts}, "finish_reason": "stop"}
    bench.server.play(answer({"choices": [choice, {"message": {"content": "öbürü"}}]}))
    assert (await bench.provider.complete(call())).text == "iki parça\nöbürü"


async def test_answer_larger_than_any_is_cut_off(bench: Bench) -> None:
    error = await fail(bench, Behaviour(pieces=(b" " * 2**20,) * 65))
    assert type(error) is ProviderBadAnswer
    assert "more than" in error.message


async def test_stream_longer_than_any_answer_is_cut_off(bench: Bench) -> None:
    event = b'data: {"choices":[{"delta":{"content":"' + b"x" * 2**20 + b'"}}]}\n\n'
    bench.server.play(raw(*(event,) * 65, stall=True))
    with pytest.raises(ProviderBadAnswer, match="more than"):
        await collect(bench)


@pytest.mark.parametrize("said", [{"mail": "ali@example.com"}, "ali@example.com", "x" * 41, 7])
async def test_end_that_is_told_in_no_word_is_unknown(bench: Bench, said: object) -> None:
    bench.server.play(answer({"choices": [{"message": {"content": "x"}, "finish_reason": said}]}))
    assert (await bench.provider.complete(call())).finish_reason == "unknown"


async def test_embeddings_without_data_are_a_bad_answer(bench: Bench) -> None:
    bench.server.play(answer({"object": "list"}))
    with pytest.raises(ProviderBadAnswer, match="without embeddings"):
        await bench.provider.complete(call(Endpoint.EMBEDDING, input="a"))


async def test_characters_split_between_pieces_stay_whole(bench: Bench) -> None:
    body = b"".join(events(delta("çğışöü 😀"), delta(None, "stop")).pieces)
    bench.server.play(raw(*(body[i : i + 1] for i in range(len(body)))))
    assert (await collect(bench))[0] == "çğışöü 😀"


@pytest.mark.parametrize(
    "body",
    [
        b'data:{"choices":[{"delta":{"content":"x"},"finish_reason":"stop"}]}\n\ndata:[DONE]\n\n',
        b'data: {"choices":[{"delta":{"content":"x"},"finish_reason":"stop"}]}\r\n\r\n',
        b': keep-alive\n\n: ping\n\ndata: {"choices":[{"delta":{"content":"x"}}]}\n\ndata: [DONE]',
        b'event: message\nid: 7\ndata: {"choices":[{"delta":\ndata: {"content":"x"}}]}\n\n' + DONE,
        b'data: {"choices":[{"delta":{"content":"x"},"finish_reason":"stop"}]}',
    ],
    ids=["no space", "CRLF, no DONE", "comments, no last line end", "two data lines", "no end"],
)
async def test_sloppy_but_complete_streams_are_read(bench: Bench, body: bytes) -> None:
    bench.server.play(raw(body))
    assert (await collect(bench))[0] == "x"


async def test_stream_without_usage_has_none(bench: Bench) -> None:
    bench.server.play(events(delta("x"), delta(None, "stop")))
    assert [c.usage for c in (await collect(bench))[1]] == [None, None]


async def test_tool_call_is_content(bench: Bench) -> None:
    bench.server.play(events(delta(None, tool_calls=[{"index": 0}]), delta(None, "tool_calls")))
    assert [c.has_content for c in (await collect(bench))[1]] == [True, False]


@pytest.mark.parametrize(
    ("behaviour", "code", "words"),
    [
        (raw(), "empty_stream", "without any event"),
        (raw(DONE), "empty_stream", "without any event"),
        (events(delta("x"), done=False), "stream_truncated", "ended before"),
        (raw(b'data: {"choices": [\n\n'), "provider_bad_answer", "broken JSON"),
        (raw(b"data: [1]\n\n"), "provider_bad_answer", "no object"),
        (raw(b'data: {"choices": "x"}\n\n'), "provider_bad_answer", "no list"),
        (page("<html>Welcome</html>"), "provider_bad_answer", "HTML page"),
        (answer(chat("whole")), "provider_bad_answer", "whole answer"),
        (raw(b"data: " + b"x" * (4 * 2**20 + 1)), "provider_bad_answer", "event of more than"),
    ],
    ids=["empty", "only DONE", "truncated", "broken JSON", "array", "no list", "HTML", "unstreamed",
         "endless line"],
)  # fmt: skip
async def test_broken_stream_is_a_bad_answer(
    bench: Bench, behaviour: Behaviour, code: str, words: str
) -> None:
    error = await fail_stream(bench, behaviour)
    assert type(error) is ProviderBadAnswer
    assert (error.decision, error.sent) == (code, True)
    assert words in error.message


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (page("<html>Sign in</html>"), "HTML page"),
        (Behaviour(pieces=(b"",)), "empty body"),
        (Behaviour(pieces=(b'{"choices": [',)), "broken JSON"),
        (answer({"id": "c1"}), "without choices"),
        (answer("text"), "no object"),
    ],
)
async def test_answer_that_is_none_is_a_bad_answer(
    bench: Bench, behaviour: Behaviour, words: str
) -> None:
    error = await fail(bench, behaviour)
    assert type(error) is ProviderBadAnswer
    assert words in error.message


async def test_refused_connection_was_not_sent(bench: Bench) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        info = ProviderInfo(
            "vllm", ("m",), base_urls=(f"http://127.0.0.1:{closed.getsockname()[1]}/v1",)
        )
        provider = HttpProvider(info, lambda: None, bench.clock, OpenAIDialect())
        with pytest.raises(ProviderUnreachable) as caught:
            await provider.complete(call())
        await provider.close()
    assert caught.value.sent is False


async def test_torn_connection_may_have_been_sent(bench: Bench) -> None:
    error = await fail(bench, cut())
    assert (type(error), error.sent) == (ProviderUnreachable, True)
    error = await fail(bench, Behaviour(pieces=(b'{"choi',), cut=True))
    assert (type(error), error.sent) == (ProviderUnreachable, True)


async def test_stream_torn_in_the_middle_is_unreachable(bench: Bench) -> None:
    error = await fail_stream(bench, events(delta("x"), done=False, cut=True))
    assert (type(error), error.sent) == (ProviderUnreachable, True)


async def test_silence_between_bytes_is_a_timeout(bench: Bench) -> None:
    error = await fail(bench, Behaviour(silence_s=5), timeouts=SHORT)
    assert (type(error), error.sent) == (ProviderTimeout, True)
    error = await fail_stream(bench, events(delta("x"), done=False, stall=True), timeouts=SHORT)
    assert (type(error), error.sent) == (ProviderTimeout, True)


async def test_trickle_cannot_outlast_the_whole_time(bench: Bench) -> None:
    slow = Timeouts(connect_s=1, read_s=1, total_s=0.1, stream_s=0.1)
    trickle = raw(*[b": wait\n\n"] * 400, pause_s=0.01)
    error = await fail_stream(bench, trickle, timeouts=slow)
    assert type(error) is ProviderTimeout
    error = await fail(bench, Behaviour(pieces=(b" ",) * 400, pause_s=0.01), timeouts=slow)
    assert type(error) is ProviderTimeout


async def test_closing_the_stream_stops_the_call_upstream(bench: Bench) -> None:
    bench.server.play(events(delta("x"), done=False, stall=True))
    stream = bench.provider.stream(call())
    assert (await anext(stream)).text == "x"
    await stream.aclose()  # type: ignore[attr-defined]
    async with asyncio.timeout(1):
        await bench.server.client_left.wait()


async def test_cancelling_a_call_stops_it_upstream(bench: Bench) -> None:
    bench.server.play(Behaviour(pieces=(b" ",), stall=True))
    task = asyncio.create_task(bench.provider.complete(call()))
    async with asyncio.timeout(1):
        await bench.server.called.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await bench.server.client_left.wait()


async def test_reset_reads_the_key_again_and_lets_running_calls_finish(bench: Bench) -> None:
    bench.server.play(events(delta("a"), delta("b", "stop"), pause_s=0.02), answer(chat("c")))
    stream = bench.provider.stream(call())
    await anext(stream)
    bench.key = "sk-another-key"
    await bench.provider.reset()
    await bench.provider.complete(call())
    assert [c.text async for c in stream] == ["b"]
    first, second = bench.server.received
    assert first.headers["Authorization"] == f"Bearer {KEY}"
    assert second.headers["Authorization"] == "Bearer sk-another-key"
    assert first.peer != second.peer


@pytest.mark.parametrize("key", [None, "", "  ", "two words", "line\nend"])
async def test_call_without_a_usable_key_is_not_made(bench: Bench, key: str | None) -> None:
    bench.key = key
    provider = bench.make(OpenAIDialect(Access("OPENAI_API_KEY", needs_key=True)))
    with pytest.raises(ProviderRejected, match="OPENAI_API_KEY") as caught:
        await provider.complete(call())
    await provider.close()
    assert caught.value.sent is False
    assert bench.server.received == []


async def test_key_is_optional_where_the_dialect_says_so(bench: Bench) -> None:
    bench.key = None
    await bench.provider.complete(call())
    assert "Authorization" not in bench.server.received[0].headers


async def test_redirect_is_not_followed(bench: Bench) -> None:
    error = await fail(bench, answer({}, 307, Location="/v1/elsewhere"))
    assert type(error) is ProviderRejected
    assert len(bench.server.received) == 1


async def test_health_tells_model_latency_and_what_is_wrong(bench: Bench) -> None:
    bench.server.play(answer({"data": []}), answer({}, 401))
    health = await bench.provider.check_health(1)
    assert (health.healthy, health.model, health.error) == (True, "gpt-4o-mini", None)
    assert bench.server.received[0].path == "/v1/models"
    health = await bench.provider.check_health(1)
    assert health.healthy is False
    assert "OPENAI_API_KEY" in (health.error or "")
    bench.server.play(Behaviour(silence_s=5))
    health = await bench.provider.check_health(0.05)
    assert "in time" in (health.error or "")


async def test_replica_that_fails_three_times_is_left_out_for_a_while() -> None:
    async with FaultyProvider() as bad, FaultyProvider() as good:
        bad.play(answer({}, 500))
        bench = Bench(good, bad.base_url)
        for _ in range(6):
            try:
                await bench.provider.complete(call())
            except ProviderBadAnswer:
                continue
        assert (len(bad.received), len(good.received)) == (3, 3)
        for _ in range(4):
            await bench.provider.complete(call())
        assert (len(bad.received), len(good.received)) == (3, 7)
        health = await bench.provider.check_health(1)
        assert health.healthy is True
        assert [(r.base_url, r.healthy, r.is_out) for r in health.replicas] == [
            (bad.base_url, False, True), (good.base_url, True, False),
        ]  # fmt: skip
        before = len(bad.received)
        bench.clock.advance(30)
        bad.play(answer(chat("back")))
        for _ in range(2):
            await bench.provider.complete(call())
        assert len(bad.received) == before + 1
        await bench.provider.close()


async def test_health_tells_the_running_calls_of_each_replica() -> None:
    async with FaultyProvider() as busy, FaultyProvider() as idle:
        busy.play(events(delta("x"), done=False, stall=True))
        bench = Bench(idle, busy.base_url)
        stream = bench.provider.stream(call())
        await anext(stream)
        busy.play(answer({"data": []}))
        health = await bench.provider.check_health(1)
        assert [r.running_calls for r in health.replicas] == [1, 0]
        await stream.aclose()  # type: ignore[attr-defined]
        await bench.provider.close()


REPORTED = {"prompt_tokens": 20, "completion_tokens": 30}


@pytest.mark.parametrize(
    ("told", "tier"),
    [
        ({}, None),
        ({"service_tier": None}, None),
        ({"service_tier": "default"}, "default"),
        ({"service_tier": "priority"}, "priority"),
        ({"service_tier": 7}, "unknown"),
        ({"service_tier": "a b"}, "unknown"),
    ],
)
def test_the_tier_of_an_answer_is_part_of_its_usage(told: dict[str, Any], tier: str | None) -> None:
    event = json.dumps({"choices": [], "usage": REPORTED} | told).encode()
    whole = json.dumps({"choices": [{"message": {}}], "usage": REPORTED} | told).encode()
    for found in (parse_chunk(Endpoint.CHAT, event), parse_completion(Endpoint.CHAT, whole)):
        assert found.usage == Usage(20, 30, service_tier=tier)
