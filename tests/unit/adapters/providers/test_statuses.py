from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from services.domain.errors import (
    ProviderBadAnswer,
    ProviderError,
    ProviderOverloaded,
    ProviderRejected,
    ProviderTimeout,
    ProviderUnreachable,
)
from tests.faulty_provider import (
    Behaviour,
    FaultyProvider,
    answer,
    delta,
    events,
    page,
)
from tests.unit.adapters.providers.provider_bench import (
    KEY,
    Bench,
    fail,
    fail_stream,
)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with FaultyProvider() as server:
        bench = Bench(server)
        yield bench
        await bench.provider.close()


@pytest.mark.parametrize(
    ("reported", "kind"),
    [
        ({"error": {"message": "slow down", "code": 429}}, ProviderOverloaded),
        ({"error": {"message": "slow down", "code": "429"}}, ProviderOverloaded),
        ({"error": {"message": "Overloaded", "type": "overloaded_error"}}, ProviderOverloaded),
        ({"error": {"message": "boom", "code": None}}, ProviderBadAnswer),
        ({"error": "engine died"}, ProviderBadAnswer),
        ([{"error": {"code": 503, "message": "busy"}}], ProviderOverloaded),
        ({"error": {"code": 400, "message": "n_ctx", "type": "exceed_context_size_error"}},
         ProviderRejected),
    ],
)  # fmt: skip
async def test_error_object_with_status_200_is_its_error(
    bench: Bench, reported: Any, kind: type[ProviderError]
) -> None:
    in_stream = await fail_stream(bench, events(delta("x"), reported))
    plain = await fail(bench, answer(reported))
    assert type(in_stream) is type(plain) is kind
    assert in_stream.sent is True


@pytest.mark.parametrize(
    ("status", "kind", "sent"),
    [
        (302, ProviderRejected, False),
        (400, ProviderRejected, False),
        (401, ProviderRejected, False),
        (403, ProviderRejected, False),
        (404, ProviderRejected, False),
        (408, ProviderTimeout, True),
        (409, ProviderOverloaded, False),
        (418, ProviderRejected, False),
        (422, ProviderRejected, False),
        (429, ProviderOverloaded, False),
        (500, ProviderBadAnswer, True),
        (502, ProviderUnreachable, True),
        (503, ProviderOverloaded, False),
        (504, ProviderTimeout, True),
        (522, ProviderUnreachable, True),
        (529, ProviderOverloaded, False),
    ],
)
async def test_status_has_its_error(
    bench: Bench, status: int, kind: type[ProviderError], sent: bool
) -> None:
    body = {"error": {"message": "because", "code": status}}
    error = await fail(bench, answer(body, status))
    assert (type(error), error.sent) == (kind, sent)
    error = await fail_stream(bench, answer(body, status))
    assert (type(error), error.sent) == (kind, sent)


@pytest.mark.parametrize("status", [401, 403])
async def test_refused_key_names_provider_and_setting_and_never_the_key(
    bench: Bench, status: int
) -> None:
    body = {"error": {"message": f"Incorrect API key provided: {KEY}"}}
    error = await fail(bench, answer(body, status))
    assert "openai" in error.message
    assert "OPENAI_API_KEY" in error.message
    assert KEY not in error.message


@pytest.mark.parametrize("status", [400, 404, 422, 429, 500, 503])
async def test_provider_message_is_passed_on_without_anything_like_a_key(
    bench: Bench, status: int
) -> None:
    text = f"bad thing; got Bearer {KEY}, masked sk-test-****cdef and AIzaSyD4444"
    error = await fail(bench, answer({"error": {"message": text}}, status))
    assert "bad thing" in error.message
    for leak in (KEY, "sk-test", "cdef", "AIza"):
        assert leak not in error.message


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, {"message": "This model's maximum context length is 8192", "code": None}),
        (400, {"message": "Shorten it", "code": "context_length_exceeded"}),
        (400, {"message": "n_ctx", "code": 400, "type": "exceed_context_size_error"}),
        (413, {"message": "The input token count (9000) exceeds the maximum"}),
        (500, {"message": "input (3001 tokens) is too large to process.", "code": 500}),
    ],
)
async def test_too_long_request_has_its_own_code(
    bench: Bench, status: int, error: dict[str, Any]
) -> None:
    found = await fail(bench, answer({"error": error}, status))
    assert type(found) is ProviderRejected
    assert found.decision == "context_length_exceeded"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (answer({"detail": "no such thing"}, 400), "no such thing"),
        (answer({"error": "text only"}, 400), "text only"),
        (answer({"object": "error", "message": "old shape"}, 400), "old shape"),
        (answer([{"error": {"message": "in a list"}}], 400), "in a list"),
        (page("<html>nginx</html>", 400), "an HTML page"),
        (Behaviour(400, content_type="text/plain", pieces=(b"plain words",)), "plain words"),
        (Behaviour(400), "no message"),
    ],
)
async def test_message_is_found_in_every_shape_of_error(
    bench: Bench, body: Behaviour, words: str
) -> None:
    assert words in (await fail(bench, body)).message


async def test_error_body_in_pieces_is_read_whole(bench: Bench) -> None:
    pieces = (b'{"error": {"mess', b'age": "split"}}')
    error = await fail(bench, Behaviour(400, pieces=pieces, pause_s=0.01))
    assert "split" in error.message


async def test_status_counts_when_the_error_body_breaks_off(bench: Bench) -> None:
    error = await fail(bench, Behaviour(503, pieces=(b'{"err',), cut=True))
    assert type(error) is ProviderOverloaded


async def test_retry_after_is_read_in_all_its_forms(bench: Bench) -> None:
    at = bench.clock.now()
    later = format_datetime(at + timedelta(seconds=90), usegmt=True)
    for headers, seconds in (
        ({"retry_after": "7"}, 7.0),
        ({"retry_after": "1.5"}, 1.5),
        ({"retry_after": "20", "retry_after_ms": "19881"}, 19.881),
        ({"retry_after": later, "Date": format_datetime(at, usegmt=True)}, 90.0),
        ({"retry_after": format_datetime(at - timedelta(days=1), usegmt=True)}, 0.0),
        ({"retry_after": "-3"}, 0.0),
        ({"retry_after": "soon"}, None),
        ({"retry_after": "inf"}, None),
        ({}, None),
    ):
        error = await fail(bench, answer({}, 429, **headers))
        assert error.retry_after_s == seconds, headers
