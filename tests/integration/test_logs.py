"""What a server writes of its requests: JSON lines that all name the request they tell of."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from tests.servers import SluiceServer

ASK = [{"role": "user", "content": "Bana ayse@example.com adresinden yaz: 2 + 2 kaç eder?"}]


@pytest.fixture(scope="module")
def server(start_server: Any) -> SluiceServer:
    started: SluiceServer = start_server(AI_MAX_RETRIES=0, AI_CB_FAILURE_THRESHOLD=3)
    return started


def ask(server: SluiceServer, key: str, model: str, user: str = "pupil-1") -> httpx2.Response:
    body = {"model": model, "messages": ASK, "user": user}
    headers = {"Authorization": f"Bearer {key}"}
    return server.http.post("/v1/chat/completions", json=body, headers=headers)


def lines_of(server: SluiceServer, reply: httpx2.Response) -> list[dict[str, Any]]:
    request_id = reply.headers["x-request-id"]
    lines = [line for line in server.read_log().splitlines() if request_id in line]
    return [json.loads(line) for line in lines]


def test_answered_request_leaves_one_line_without_what_was_said(server: SluiceServer) -> None:
    key = server.create_key(name="school")
    (line,) = lines_of(server, ask(server, key, "auto"))
    assert (line["event"], line["level"], line["application"]) == (
        "request_answered", "info", "school",
    )  # fmt: skip
    assert line["user"]
    for secret in ("pupil-1", "ayse@example.com", "kaç eder", key):
        assert secret not in server.read_log()


def test_every_line_of_a_failing_request_names_it(server: SluiceServer) -> None:
    key = server.create_key(name="unlucky")
    replies = [ask(server, key, "mock/mock-error") for _ in range(3)]
    events = [[line["event"] for line in lines_of(server, reply)] for reply in replies]
    assert events[0] == events[1] == ["attempt_failed", "request_failed"]
    assert events[2] == ["attempt_failed", "breaker_changed", "request_failed"]
    last = lines_of(server, replies[2])
    assert {line["level"] for line in last} == {"warning"}
    assert {line["request_id"] for line in last} == {replies[2].headers["x-request-id"]}


def test_unknown_key_leaves_a_line(server: SluiceServer) -> None:
    (line,) = lines_of(server, ask(server, "sk-sluice-unknown", "auto"))
    assert (line["event"], line["decision"]) == ("request_refused", "invalid_api_key")


def test_all_lines_are_json_once_the_server_has_begun(server: SluiceServer) -> None:
    lines = server.read_log().splitlines()
    ours = lines[next(n for n, line in enumerate(lines) if line.startswith("{")) :]
    assert all(json.loads(line)["time"] for line in ours)
    assert not any("alembic" in line for line in lines)
