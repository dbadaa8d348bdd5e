from __future__ import annotations

import base64
import math
import random
import struct
from datetime import UTC, datetime
from typing import Any

import pytest

from services.adapters.providers.mock import MockProvider
from services.adapters.tokens import QuickTokenCounter
from services.domain.calls import Chunk, Endpoint, ProviderCall, Timeouts
from services.domain.errors import (
    ProviderOverloaded,
    ProviderRejected,
    ProviderTimeout,
    ProviderUnreachable,
)

TOKENS = QuickTokenCounter()
QUESTION = "Bir üçgenin iç açıları toplamı kaç derecedir? Bunu nasıl gösterebilirim acaba?"
MESSAGES = [{"role": "system", "content": "koç"}, {"role": "user", "content": QUESTION}]

ASK: dict[str, Any] = {"messages": MESSAGES}


def mock(seed: int = 1, delay_s: float = 0.0) -> MockProvider:
    return MockProvider(TOKENS, delay_s, delay_s, random.Random(seed))


def call(
    model: str = "mock-model",
    endpoint: Endpoint = Endpoint.CHAT,
    limit: int = 500,
    timeouts: Timeouts | None = None,
    **body: Any,
) -> ProviderCall:
    body = body or {"messages": MESSAGES}
    return ProviderCall("r-1", endpoint, model, body, limit, timeouts or Timeouts())


async def collect(provider: MockProvider, request: ProviderCall) -> list[Chunk]:
    return [chunk async for chunk in provider.stream(request)]


async def test_answer_is_marked_and_echoes_the_beginning_of_the_question() -> None:
    completion = await mock().complete(call())
    assert completion.text.startswith("[MOCK]")
    assert QUESTION[:50] in completion.text
    assert QUESTION not in completion.text
    assert completion.data["choices"][0]["message"]["content"] == completion.text
    assert mock().info.is_mock is True


@pytest.mark.parametrize(
    "content",
    [
        "Ders: Matematik\n\n<soru>\nüçgen nedir?\n</soru>\n\nBir ipucu verir misin?",
        "Ders: Matematik\nüçgen nedir?\n",
    ],
)
async def test_answer_quotes_the_question_and_nothing_of_the_template(content: str) -> None:
    request = call(messages=[{"role": "user", "content": content}])
    answer = (await mock().complete(request)).text
    assert "“üçgen nedir?”" in answer


async def test_answer_says_when_it_was_made() -> None:
    made_at = datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp() + 0.9
    provider = MockProvider(TOKENS, 0, 0, random.Random(1), epoch_s=lambda: made_at)
    answer = await provider.complete(call())
    chunks = await collect(provider, call())
    assert {answer.data["created"], *(c.data["created"] for c in chunks)} == {int(made_at)}


async def test_same_seed_gives_the_same_answer() -> None:
    texts = {(await mock(seed).complete(call())).text for seed in (5, 5)}
    assert len(texts) == 1
    assert len({(await mock(seed).complete(call())).text for seed in range(20)}) > 1


async def test_usage_is_what_the_counter_counts() -> None:
    completion = await mock().complete(call())
    assert completion.usage is not None
    assert completion.usage.input_tokens == TOKENS.count_body("mock-model", {"messages": MESSAGES})
    assert completion.usage.output_tokens == TOKENS.count_text("mock-model", completion.text)
    assert completion.data["usage"]["total_tokens"] == completion.usage.total_tokens


async def test_stream_says_the_same_word_by_word() -> None:
    chunks = await collect(mock(3), call())
    whole = await mock(3).complete(call())
    assert "".join(c.text for c in chunks) == whole.text
    assert [c.has_content for c in chunks] == [False, *[True] * (len(chunks) - 3), False, False]
    assert chunks[-2].finish_reason == "stop"
    assert chunks[-1].usage == whole.usage
    assert chunks[-1].data["choices"] == []


@pytest.mark.parametrize("limit", [0, 1, 5, 12])
async def test_output_limit_cuts_the_answer(limit: int) -> None:
    completion = await mock().complete(call(limit=limit))
    assert completion.finish_reason == "length"
    assert TOKENS.count_text("mock-model", completion.text) <= limit
    chunks = await collect(mock(), call(limit=limit))
    assert "".join(c.text for c in chunks) == completion.text
    assert chunks[-2].finish_reason == "length"


@pytest.mark.parametrize(
    ("stop", "first"),
    [
        ("kaç", "kaç"),
        (["kaç"], "kaç"),
        (["never said", "kaç", "toplamı"], "toplamı"),
        ("toplamı kaç", "toplamı kaç"),
        (["plam", "", "kaç"], "plam"),
        ("[MOCK]", "[MOCK]"),
    ],
)
@pytest.mark.parametrize("endpoint", [Endpoint.CHAT, Endpoint.COMPLETION])
async def test_answer_ends_before_the_first_stop(
    stop: str | list[str], first: str, endpoint: Endpoint
) -> None:
    body = ASK if endpoint is Endpoint.CHAT else {"prompt": QUESTION}
    whole = await mock(3).complete(call(endpoint=endpoint, **body))
    request = call(endpoint=endpoint, **body, stop=stop)
    cut = await mock(3).complete(request)
    assert cut.text == whole.text[: whole.text.index(first)] != whole.text
    assert cut.data["choices"][0]["finish_reason"] == "stop"
    assert cut.usage is not None
    assert cut.usage.output_tokens == TOKENS.count_text("mock-model", cut.text)
    chunks = await collect(mock(3), request)
    assert "".join(c.text for c in chunks) == cut.text
    assert (chunks[-2].finish_reason, chunks[-1].usage) == ("stop", cut.usage)


@pytest.mark.parametrize("stop", [None, "", [], ["never said"]])
async def test_answer_without_a_stop_in_it_is_whole(stop: object) -> None:
    whole = await mock(3).complete(call())
    assert (await mock(3).complete(call(**ASK, stop=stop))).text == whole.text


async def test_each_choice_ends_at_its_own_stop() -> None:
    whole = await mock(3).complete(call(**ASK, n=3))
    cut = await mock(3).complete(call(**ASK, n=3, stop="?"))
    for before, after in zip(whole.data["choices"], cut.data["choices"], strict=True):
        text = before["message"]["content"]
        assert after["message"]["content"] == text.partition("?")[0]


async def test_an_output_limit_before_the_stop_is_told_as_such() -> None:
    completion = await mock().complete(call(**ASK, limit=5, stop="kaç"))
    assert completion.finish_reason == "length"


async def test_completions_answer_a_prompt() -> None:
    request = call(endpoint=Endpoint.COMPLETION, prompt="2+2 kaç eder?")
    completion = await mock().complete(request)
    assert completion.data["object"] == "text_completion"
    assert completion.data["choices"][0]["text"] == completion.text
    assert "2+2 kaç eder?" in completion.text
    chunks = await collect(mock(), request)
    assert "".join(c.data["choices"][0]["text"] for c in chunks[:-1]) == completion.text


@pytest.mark.parametrize(("limit", "reason"), [(500, "stop"), (0, "length")])
async def test_completions_say_the_prompt_again_when_asked(limit: int, reason: str) -> None:
    request = call(endpoint=Endpoint.COMPLETION, limit=limit, prompt=QUESTION)
    plain = await mock(3).complete(request)
    request = call(endpoint=Endpoint.COMPLETION, limit=limit, prompt=QUESTION, echo=True)
    completion = await mock(3).complete(request)
    assert completion.text == QUESTION + plain.text
    assert completion.finish_reason == reason
    assert plain.usage is not None
    assert completion.usage is not None
    assert completion.usage.output_tokens == plain.usage.output_tokens
    chunks = await collect(mock(3), request)
    assert "".join(c.text for c in chunks) == completion.text
    assert (chunks[-2].finish_reason, chunks[-1].usage) == (reason, completion.usage)


async def test_n_asks_for_so_many_answers_and_all_of_them_are_billed() -> None:
    one, three = await mock().complete(call()), await mock().complete(call(**ASK, n=3))
    assert [choice["index"] for choice in three.data["choices"]] == [0, 1, 2]
    texts = [choice["message"]["content"] for choice in three.data["choices"]]
    assert all(text.startswith("[MOCK]") and QUESTION[:50] in text for text in texts)
    assert one.usage is not None
    assert three.usage is not None
    assert three.usage.input_tokens == one.usage.input_tokens
    assert three.usage.output_tokens == sum(TOKENS.count_text("mock-model", t) for t in texts)


async def test_streamed_choices_take_turns_and_end_each_for_itself() -> None:
    whole = await mock(3).complete(call(**ASK, n=3))
    *events, last = await collect(mock(3), call(**ASK, n=3))
    texts, ended, order = ["", "", ""], [], []
    for event in events:
        (choice,) = event.data["choices"]
        texts[choice["index"]] += choice["delta"].get("content", "")
        order += [choice["index"]] if event.has_content else []
        ended += [choice["index"]] if choice["finish_reason"] == "stop" else []
    assert texts == [choice["message"]["content"] for choice in whole.data["choices"]]
    assert (order[:6], ended) == ([0, 1, 2, 0, 1, 2], [0, 1, 2])
    assert (last.usage, last.data["choices"]) == (whole.usage, [])


async def test_each_prompt_of_a_list_has_its_own_answers() -> None:
    request = call(endpoint=Endpoint.COMPLETION, prompt=["elma nedir?", "armut nedir?"], n=2)
    choices = (await mock().complete(request)).data["choices"]
    assert [choice["index"] for choice in choices] == [0, 1, 2, 3]
    assert ["elma" in choice["text"] for choice in choices] == [True, True, False, False]
    events = await collect(mock(), request)
    assert {e.data["choices"][0]["index"] for e in events[:-1]} == {0, 1, 2, 3}


async def test_more_answers_than_it_can_write_beside_others_are_refused() -> None:
    request = call(endpoint=Endpoint.COMPLETION, prompt=["a"] * 501, n=2)
    with pytest.raises(ProviderRejected, match=r"at most 1000 answers .* asks for 1002"):
        await mock().complete(request)


async def test_embeddings_are_unit_vectors_that_depend_on_the_text_only() -> None:
    request = call(endpoint=Endpoint.EMBEDDING, input=["elma", "armut", "elma"])
    data = (await mock().complete(request)).data["data"]
    vectors = [entry["embedding"] for entry in data]
    assert [entry["index"] for entry in data] == [0, 1, 2]
    assert vectors[0] == vectors[2] != vectors[1]
    assert all(len(v) == 256 and math.isclose(math.hypot(*v), 1.0) for v in vectors)


async def test_embeddings_have_as_many_dimensions_as_asked_for() -> None:
    def request(dimensions: int) -> ProviderCall:
        return call(endpoint=Endpoint.EMBEDDING, input=["elma"], dimensions=dimensions)

    (entry,) = (await mock().complete(request(64))).data["data"]
    assert len(entry["embedding"]) == 64
    assert math.isclose(math.hypot(*entry["embedding"]), 1.0)
    for dimensions in (-1, 4_097):
        with pytest.raises(ProviderRejected, match=f"1 to 4096 dimensions, not {dimensions}"):
            await mock().complete(request(dimensions))


async def test_embeddings_come_in_base64_when_asked() -> None:
    plain = await mock().complete(call(endpoint=Endpoint.EMBEDDING, input="elma"))
    packed = await mock().complete(
        call(endpoint=Endpoint.EMBEDDING, input="elma", encoding_format="base64")
    )
    floats = struct.unpack("<256f", base64.b64decode(packed.data["data"][0]["embedding"]))
    assert floats == pytest.approx(plain.data["data"][0]["embedding"], abs=1e-6)
    assert plain.usage == packed.usage
    assert plain.usage is not None
    assert plain.usage.input_tokens > 0


async def test_error_model_is_always_overloaded() -> None:
    provider = mock()
    for _ in range(3):
        with pytest.raises(ProviderOverloaded):
            await provider.complete(call("mock-error"))
        with pytest.raises(ProviderOverloaded):
            await collect(provider, call("mock-error"))


async def test_every_third_call_of_the_flaky_model_fails() -> None:
    provider = mock()
    outcomes = []
    for _ in range(7):
        try:
            await provider.complete(call("mock-flaky"))
            outcomes.append(True)
        except ProviderUnreachable:
            outcomes.append(False)
    assert outcomes == [True, True, False, True, True, False, True]


async def test_broken_stream_breaks_after_three_chunks() -> None:
    stream = mock().stream(call("mock-broken-stream"))
    seen = [await anext(stream) for _ in range(3)]
    with pytest.raises(ProviderUnreachable):
        await anext(stream)
    assert seen[-1].has_content


async def test_slow_model_takes_ten_times_as_long_and_runs_into_timeouts() -> None:
    provider = mock(delay_s=0.004)
    short = Timeouts(total_s=0.02, stream_s=0.02)
    await provider.complete(call(timeouts=short))
    with pytest.raises(ProviderTimeout):
        await provider.complete(call("mock-slow", timeouts=short))
    with pytest.raises(ProviderTimeout):
        await collect(provider, call("mock-slow", timeouts=short))


async def test_braces_in_a_question_do_no_harm() -> None:
    body = {"messages": [{"role": "user", "content": [{"type": "text", "text": "{x} nedir {0}"}]}]}
    assert "{x} nedir {0}" in (await mock().complete(call(**body))).text


async def test_mock_is_healthy() -> None:
    health = await mock().check_health(1)
    assert (health.healthy, health.provider, health.model) == (True, "mock", "mock-model")
