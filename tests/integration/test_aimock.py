"""Faults of Azure OpenAI as @copilotkit/aimock plays them, with its check of keys."""

from __future__ import annotations

import itertools
import json
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import openai
import pytest

from services.domain.ledger import Status
from services.domain.requests import RequestDetail
from tests.integration.calls import fail
from tests.servers import ROOT, SluiceServer, eventually

PROGRAM = ROOT / ".cache" / "aimock" / "aimock"
KEY = "key-of-the-tests"
RETRY_AFTER_S = 0.3
LATENCY_MS = 60
TEXT = "Kırmızı, yeşil ve mavi; daha başka renkler de var, ama üçü yeter."
USAGE = {"prompt_tokens": 1234, "completion_tokens": 56, "total_tokens": 1290}
# gpt-4o-mini: $0.15 and $0.60 a million tokens.
COST_NANO_USD = 1234 * 150 + 56 * 600
LONG = {"content": TEXT, "usage": USAGE}
FIXTURES: list[dict[str, Any]] = [
    {"match": {"userMessage": "usage"}, "response": LONG},
    {
        "match": {"userMessage": "busy"},
        "response": {
            "error": {"message": "slow down", "type": "rate_limit_error"},
            "status": 429,
            "retryAfter": RETRY_AFTER_S,
        },
    },
    {"match": {"userMessage": "slow"}, "response": LONG, "latency": LATENCY_MS, "chunkSize": 20},
    {
        "match": {"userMessage": "truncated"},
        "response": LONG,
        "latency": 5,
        "chunkSize": 5,
        "truncateAfterChunks": 4,
    },
    {
        "match": {"userMessage": "disconnected"},
        "response": LONG,
        "latency": 30,
        "chunkSize": 5,
        "disconnectAfterMs": 150,
    },
]


@pytest.fixture(scope="module")
def aimock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a running aimock."""
    if not PROGRAM.exists():
        pytest.skip("aimock is not installed; `make test-tools` installs it")
    folder = tmp_path_factory.mktemp("aimock")
    (folder / "fixtures.json").write_text(json.dumps({"fixtures": FIXTURES}))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = [PROGRAM, "--port", str(port), "--fixtures", folder / "fixtures.json", "--strict"]
    environment = {"PATH": os.environ["PATH"], "AIMOCK_API_KEYS": KEY}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        eventually(lambda: listens(port), 20)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def start(aimock: str, start_server: Any) -> Any:
    """Start a gateway on aimock's Azure."""

    def start(key: str = KEY) -> SluiceServer:
        started: SluiceServer = start_server(
            AI_PROVIDER="azure",
            AI_FALLBACK_PROVIDERS="azure",
            AZURE_OPENAI_ENDPOINT=aimock,
            AZURE_OPENAI_API_KEY=key,
            AZURE_OPENAI_DEPLOYMENT="tutor",
            AZURE_OPENAI_MODELS="tutor=gpt-4o-mini",
            AI_RETRY_INITIAL_DELAY=0.05,
            AI_MAX_RETRIES=2,
        )
        body = {"state": "disabled", "reason": "the tests break the provider on purpose"}
        assert started.admin("PUT", "/breakers/azure/tutor", json=body).status_code == 200
        return started

    return start


@pytest.fixture(scope="module")
def server(start: Any) -> SluiceServer:
    started: SluiceServer = start()
    return started


@pytest.fixture(scope="module")
def client(server: SluiceServer) -> openai.OpenAI:
    return server.client(server.create_key())


def say(word: str, **changes: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": word}], "temperature": 1} | changes


def read(client: openai.OpenAI, word: str) -> tuple[str, str, openai.APIError | None]:
    """A stream's request id, its text, and the error it ended with."""
    raw: Any = client.chat.completions.create(model="auto", stream=True, **say(word))
    text, error = "", None
    try:
        for chunk in raw:
            text += "".join(c.delta.content or "" for c in chunk.choices)
    except openai.APIError as caught:
        error = caught
    return raw.response.headers["x-request-id"], text, error


@contextmanager
def chaos(aimock: str, **rates: float) -> Iterator[None]:
    """Let it misbehave at random, here always."""
    headers = {"x-api-key": KEY}
    httpx2.post(f"{aimock}/__aimock/chaos", json=rates, headers=headers).raise_for_status()
    try:
        yield
    finally:
        calm = dict.fromkeys(rates, 0)
        httpx2.post(f"{aimock}/__aimock/chaos", json=calm, headers=headers).raise_for_status()


def record(server: SluiceServer, request_id: str) -> RequestDetail:
    return server.request(request_id)


def test_usage_comes_out_in_the_ledger_to_the_nano_dollar(
    server: SluiceServer, client: openai.OpenAI
) -> None:
    plain = client.chat.completions.with_raw_response.create(model="auto", **say("usage"))
    assert plain.parse().choices[0].message.content == TEXT
    streamed_id, text, error = read(client, "usage")
    assert (text, error) == (TEXT, None)
    for request_id in (plain.headers["x-request-id"], streamed_id):
        outcome = record(server, request_id).outcome
        assert (outcome.usage.input_tokens, outcome.usage.output_tokens) == (1234, 56)
        assert outcome.cost_nano_usd == COST_NANO_USD


def test_wrong_key_is_the_operators_to_mend_and_is_tried_once(start: Any) -> None:
    server: SluiceServer = start(key="another key")
    error = fail(server.client(server.create_key()), **say("usage"))
    assert (error.status_code, error.code) == (502, "provider_rejected")
    (attempt,) = record(server, error.response.headers["x-request-id"]).attempts
    assert attempt.cost_nano_usd == 0


def test_retry_after_is_waited_for_between_the_tries(
    server: SluiceServer, client: openai.OpenAI
) -> None:
    error = fail(client, **say("busy"))
    assert (error.status_code, error.code) == (503, "provider_overloaded")
    attempts = record(server, error.response.headers["x-request-id"]).attempts
    assert len(attempts) == 3
    pauses = [
        (b.started_at - a.started_at).total_seconds() for a, b in itertools.pairwise(attempts)
    ]
    assert all(RETRY_AFTER_S <= pause < RETRY_AFTER_S + 1 for pause in pauses), pauses


def test_slow_stream_arrives_as_it_is_made(client: openai.OpenAI) -> None:
    _, text, error = read(client, "slow")
    assert (text, error) == (TEXT, None)


@pytest.mark.parametrize("word", ["truncated", "disconnected"])
def test_broken_stream_is_never_taken_for_whole(
    server: SluiceServer, client: openai.OpenAI, word: str
) -> None:
    request_id, text, error = read(client, word)
    assert error is not None
    assert TEXT.startswith(text)
    assert len(text) < len(TEXT)
    outcome = record(server, request_id).outcome
    assert outcome.status is Status.ERROR
    assert outcome.cost_nano_usd > 0


def test_malformed_answer_is_a_bad_answer(
    aimock: str, server: SluiceServer, client: openai.OpenAI
) -> None:
    with chaos(aimock, malformedRate=1):
        error = fail(client, **say("usage"))
    assert (error.status_code, error.code) == (502, "provider_bad_answer")
    assert client.chat.completions.create(model="auto", **say("usage"))
