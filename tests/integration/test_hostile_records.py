"""Values that no honest caller or provider sends: each request is recorded, and nothing is set
aside or grows without bound."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.faulty_provider import Behaviour, FaultyProvider, answer, chat, delta, events, raw
from tests.integration.backends import BOTH
from tests.servers import SluiceServer, StartServer, eventually

BACKENDS = BOTH

LONG = "x" * 900_000
HUGE = 2**63
ASK: dict[str, Any] = {"messages": [{"role": "user", "content": "2 + 2?"}]}
SENT: dict[str, dict[str, Any] | bytes] = {
    "NUL in a message": {"messages": [{"role": "user", "content": "a\0b"}]},
    "NUL as the user": {"user": "\0"},
    "NUL in the model": {"model": "a\0b"},
    "NUL in the prompt": {"prompt": {"id": "a\0b", "version": "\0"}},
    "long model": {"model": LONG},
    "long prompt": {"prompt": {"id": LONG}},
    "long version": {"prompt": {"id": "hint", "version": LONG}},
    "long role": {"messages": [{"role": LONG, "content": "a"}]},
    "long variable name": {"prompt": {"id": "hint", "variables": {LONG: "a"}}},
    "huge number": {"seed": 2**64 - 1},
    "huge limit": {"max_tokens": 2**63},
    "odd types": {"messages": [{"role": "user", "content": [None, 1, {"text": 3}, [], "a"]}]},
    "odd tools": {"tools": {"a": 1}, "functions": 3, "response_format": [1]},
    "odd metadata": {"metadata": {"": [{}, None, True, 1e308]}},
    "half a surrogate": b'{"messages": [{"role": "user", "content": "\\ud800"}]}',
    "no UTF-8": b'{"messages": [{"role": "user", "content": "\xff"}]}',
    "many prompts": {"prompt": ["a"] * 100_000, "n": 128, "max_tokens": 1_000_000},
}
USAGES: list[Any] = [
    {"prompt_tokens": HUGE, "completion_tokens": HUGE},
    {"prompt_tokens": 10**10, "completion_tokens": 10**10, "total_tokens": 10**10},
    {"prompt_tokens": -5, "completion_tokens": -5},
    {"prompt_tokens": 1e300, "completion_tokens": "7"},
    {"prompt_tokens": True, "completion_tokens": None, "prompt_tokens_details": 7},
    [1],
    "many",
]
ANSWERED: dict[str, Behaviour] = {
    "NUL": answer(chat("a\0b")),
    "odd end": answer({"choices": [{"message": {"content": "a"}, "finish_reason": {"a": LONG}}]}),
    "odd message": answer({"choices": [{"message": [1], "finish_reason": "stop"}]}),
    "odd choices": answer({"choices": [{"index": [], "message": {"tool_calls": 7}}]}),
    "odd calls": answer({"choices": [{"message": {"content": {"a": 1}, "tool_calls": [7, None]}}]}),
    "odd logprobs": answer({"choices": [{"text": 7, "logprobs": 7, "finish_reason": 1e300}]}),
    "long error": answer({"error": {"message": LONG, "code": LONG, "type": "\0"}}, 400),
    "long error of ours": answer({"error": {"message": "\0", "code": 2**63}}, 500),
    **{f"usage {n}": answer(chat("a", usage=usage)) for n, usage in enumerate(USAGES)},
}
STREAMED: dict[str, Behaviour] = {
    "odd delta": events({"choices": [{"index": [], "delta": 7, "finish_reason": "stop"}]}),
    "odd calls": events(
        delta("a", tool_calls={"a": 1}), delta(tool_calls=[7]), delta(finish_reason="stop")
    ),
    "odd indexes": events(
        delta("a", tool_calls=[{"index": {}, "function": {"arguments": 7}}]),
        {"choices": [{"index": {"a": 1}, "delta": {"content": "b"}, "finish_reason": "stop"}]},
    ),
    "odd parts": events(delta([7, None, {"text": {}}]), delta(finish_reason=[LONG])),
    "NUL": events(delta("a\0b"), delta(finish_reason="stop\0")),
    "odd roots": raw(b"data: 7\n\n", b"data: []\n\n"),
    "odd usage": events(
        delta("a"), delta(finish_reason="stop"), {"choices": [], "usage": USAGES[0]}
    ),
}


@pytest.fixture(scope="module", params=["as it is", "masked"])
def server(request: Any, start_openai: StartServer) -> SluiceServer:
    started = start_openai(
        AI_MAX_RETRIES=0,
        AI_LOG_RESPONSES="true",
        AI_ANONYMIZE_OUTPUT="true" if request.param == "masked" else "false",
    )
    body = {"state": "disabled", "reason": "the tests break the provider on purpose"}
    assert started.admin("PUT", "/breakers/openai/gpt-4o-mini", json=body).status_code == 200
    return started


@pytest.fixture(scope="module")
def key(server: SluiceServer) -> str:
    return server.create_key()


def post(server: SluiceServer, key: str, sent: dict[str, Any] | bytes, path: str) -> Any:
    body = sent if isinstance(sent, bytes) else json.dumps(ASK | {"temperature": 1} | sent).encode()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    return server.http.post(f"/v1/{path}", content=body, headers=headers)


def check_recorded(server: SluiceServer, replies: dict[str, Any]) -> None:
    for name, reply in replies.items():
        found = server.request(reply.headers["x-request-id"]).outcome
        told = {"name": name, "status": reply.status_code, "decision": found.decision}
        assert found.decision != "internal_error", told | {"message": found.message}
        assert len(found.message or "") <= 1_000, told
        assert len(found.finish_reason or "") <= 40, told
        assert len(found.decision) <= 100, told
        assert len(found.intent.requested_model) <= 200, told
        assert all(len(a.message or "") <= 1_000 for a in found.attempts), told
        assert 0 <= found.cost_nano_usd < 2**62, told
        assert all(len(step.decision) <= 1_000 for step in found.steps), told
    assert not list(server.data_dir.rglob("rejected.jsonl"))
    longest = max(map(len, server.read_log().splitlines()))
    assert longest < 5_000


def test_whatever_is_sent_is_recorded(
    server: SluiceServer, key: str, upstream: FaultyProvider
) -> None:
    replies = {n: post(server, key, sent, "chat/completions") for n, sent in SENT.items()}
    replies |= {f"{n}, old": post(server, key, sent, "completions") for n, sent in SENT.items()}
    upstream.play(answer({"data": [{"embedding": [0.5]}]}))
    replies |= {
        f"{n}, embedding": post(server, key, s | {"input": "a"}, "embeddings")
        for n, s in SENT.items()
        if isinstance(s, dict)
    }
    assert {r.status_code for r in replies.values()} <= {200, 400, 404, 422}
    check_recorded(server, replies)


def test_whatever_is_answered_is_recorded(
    server: SluiceServer, key: str, upstream: FaultyProvider
) -> None:
    replies = {}
    for name, behaviour in ANSWERED.items():
        upstream.play(behaviour)
        for path in ("chat/completions", "completions"):
            replies[f"{name} {path}"] = post(
                server, key, {"prompt": "a"} if path == "completions" else {}, path
            )
    for name, behaviour in STREAMED.items():
        upstream.play(behaviour)
        replies[f"{name}, streamed"] = post(server, key, {"stream": True}, "chat/completions")
    check_recorded(server, replies)
    assert eventually(lambda: server.http.get("/health/ready").status_code == 200)
