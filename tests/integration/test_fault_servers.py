"""Faults that others made up: llmock plays OpenAI and Anthropic, and judges the gateway."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from services.domain.ledger import Status
from tests.servers import SluiceServer, eventually

ASK: list[Any] = [{"role": "user", "content": "Name three colours."}]
RETRY_AFTER_S = 0.3
STALL_S = 1.5


class Upstream:
    """A running llmock: what it shall do, what it saw, and what it thinks of its client."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx2.Client(base_url=f"{url}/_llmock", timeout=10)

    def reset(self) -> None:
        self._http.post("/reset").raise_for_status()

    def play(self, **behaviour: Any) -> None:
        self._http.post("/scenario", json={"behaviors": [behaviour]}).raise_for_status()

    def requests(self) -> list[dict[str, Any]]:
        found: Any = self._http.get("/requests").json()
        return list(found["requests"])

    def blame(self) -> list[dict[str, Any]]:
        """Everything it finds wrong with its client, warnings included."""
        found: Any = self._http.get("/verdict").json()
        return list(found["findings"])

    def is_up(self) -> bool:
        try:
            return bool(self._http.get("/requests").status_code == 200)
        except httpx2.TransportError:
            return False

    def close(self) -> None:
        self._http.close()


@pytest.fixture(scope="module")
def llmock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upstream]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    # As slow as a model, or a stream is sent to its end before anybody can break it off.
    options = ("--port", str(port), "--stream-chunk-delay-ms", "10")
    command = [Path(sys.executable).with_name("llmock"), "serve", *options]
    log = tmp_path_factory.mktemp("llmock") / "log"
    upstream = Upstream(f"http://127.0.0.1:{port}")
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        eventually(upstream.is_up, 30)
        yield upstream
    finally:
        upstream.close()
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module", params=["openai/gpt-4o-mini", "anthropic/claude-haiku-4-5"])
def server(request: pytest.FixtureRequest, llmock: Upstream, start_server: Any) -> SluiceServer:
    provider = request.param.partition("/")[0]
    started: SluiceServer = start_server(
        AI_PROVIDER=provider,
        AI_FALLBACK_PROVIDERS=provider,
        OPENAI_API_KEY="sk-test",
        OPENAI_BASE_URL=f"{llmock.url}/v1",
        ANTHROPIC_API_KEY="sk-ant-test",
        ANTHROPIC_BASE_URL=f"{llmock.url}/anthropic",
        AI_RETRY_INITIAL_DELAY=0.1,
        AI_READ_TIMEOUT=1,
    )
    # So many faults in a minute would open any breaker: here each call is looked at alone.
    body = {"state": "disabled", "reason": "the tests break the provider on purpose"}
    assert started.admin("PUT", f"/breakers/{request.param}", json=body).status_code == 200
    return started


@pytest.fixture(scope="module")
def client(server: SluiceServer) -> openai.OpenAI:
    return server.client(server.create_key())


@pytest.fixture
def upstream(llmock: Upstream) -> Upstream:
    llmock.reset()
    return llmock


def ask(client: openai.OpenAI, **changes: Any) -> Any:
    asked: dict[str, Any] = {"model": "auto", "messages": ASK, "temperature": 1} | changes
    return client.chat.completions.with_raw_response.create(**asked)


def read_stream(client: openai.OpenAI) -> tuple[str, str | None]:
    """A streamed answer's text and why it ended."""
    text, reason = "", None
    for chunk in ask(client, stream=True).parse():
        for choice in chunk.choices:
            text += choice.delta.content or ""
            reason = choice.finish_reason or reason
    return text, reason


def test_whole_and_streamed_answers_have_text_and_exact_usage(
    server: SluiceServer, client: openai.OpenAI, upstream: Upstream
) -> None:
    reply = ask(client)
    assert reply.parse().choices[0].message.content
    found = server.request(reply.headers["x-request-id"]).outcome
    assert (found.status, found.cost_basis.value) == (Status.SUCCESS, "exact")
    assert found.provider == server.environment["AI_PROVIDER"]
    text, reason = read_stream(client)
    assert text
    assert reason == "stop"
    assert upstream.blame() == []


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 529])
def test_fault_that_passes_is_waited_for_and_not_noticed(
    client: openai.OpenAI, upstream: Upstream, status: int
) -> None:
    upstream.play(type="fail", status=status, retry_after=RETRY_AFTER_S, times=2)
    assert ask(client).parse().choices[0].message.content
    assert [seen["status"] for seen in upstream.requests()] == [status, status, 200]
    assert upstream.blame() == []


def test_stream_waits_for_a_passing_fault_too(client: openai.OpenAI, upstream: Upstream) -> None:
    upstream.play(type="fail", status=429, retry_after=RETRY_AFTER_S, times=2)
    text, reason = read_stream(client)
    assert text
    assert reason == "stop"
    assert [seen["status"] for seen in upstream.requests()] == [429, 429, 200]
    assert upstream.blame() == []


@pytest.mark.parametrize(
    ("status", "told"), [(400, 502), (401, 502), (403, 502), (404, 502), (413, 502), (422, 502)]
)
def test_fault_that_stays_is_told_after_one_try(
    client: openai.OpenAI, upstream: Upstream, status: int, told: int
) -> None:
    upstream.play(type="fail", status=status, times=None)
    with pytest.raises(openai.APIStatusError) as caught:
        ask(client)
    assert (caught.value.status_code, caught.value.code) == (
        told, "request_too_large" if status == 413 else "provider_rejected",
    )  # fmt: skip
    assert len(upstream.requests()) == 1
    assert upstream.blame() == []


def test_overload_without_end_is_told_after_four_tries(
    client: openai.OpenAI, upstream: Upstream
) -> None:
    upstream.play(type="fail", status=503, retry_after=0.1, times=None)
    with pytest.raises(openai.APIStatusError) as caught:
        ask(client)
    assert (caught.value.status_code, caught.value.code) == (503, "provider_overloaded")
    assert len(upstream.requests()) == 4
    assert upstream.blame() == []


@pytest.mark.parametrize("kind", ["disconnect", "truncate", "malformed", "stall"])
def test_stream_that_breaks_before_content_is_begun_anew_unnoticed(
    client: openai.OpenAI, upstream: Upstream, kind: str
) -> None:
    upstream.play(type="stream_fault", kind=kind, after_chunks=1, stall_seconds=STALL_S)
    text, reason = read_stream(client)
    assert text
    assert reason == "stop"
    assert len(upstream.requests()) == 2
    assert upstream.blame() == []


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("disconnect", "provider_unreachable"),
        ("truncate", "stream_truncated"),
        ("malformed", "provider_bad_answer"),
        ("stall", "provider_timeout"),
    ],
)
def test_stream_that_breaks_after_content_is_never_taken_for_whole(
    client: openai.OpenAI, upstream: Upstream, kind: str, code: str
) -> None:
    upstream.play(type="stream_fault", kind=kind, after_chunks=4, stall_seconds=STALL_S)
    with pytest.raises(openai.APIError) as caught:
        read_stream(client)
    assert caught.value.code == code
    assert len(upstream.requests()) == 1
    # Content cannot be taken back, so it is for the application to ask again.
    assert read_stream(client)[1] == "stop"
    assert upstream.blame() == []


def test_tool_call_arrives_whole_and_streamed(client: openai.OpenAI, upstream: Upstream) -> None:
    tool = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
    calls = [{"name": "weather", "arguments": {"city": "İzmir"}}]
    upstream.play(type="reply", tool_calls=calls, times=2)
    choice = ask(client, tools=[tool]).parse().choices[0]
    (whole,) = choice.message.tool_calls
    assert choice.finish_reason == "tool_calls"
    pieces = [
        call.function
        for chunk in ask(client, tools=[tool], stream=True).parse()
        for choice in chunk.choices
        for call in choice.delta.tool_calls or ()
    ]
    assert pieces[0].name == whole.function.name == "weather"
    streamed = "".join(piece.arguments or "" for piece in pieces)
    for arguments in (whole.function.arguments, streamed):
        assert "İzmir" in arguments.encode().decode("unicode_escape") or "İzmir" in arguments
    assert upstream.blame() == []
