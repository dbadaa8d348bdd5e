"""The kill switch from every side: next request, running stream, restart, and with SQL in ruins."""

from __future__ import annotations

import getpass
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openai
import pytest

from services.domain.identity import Role, actor_for
from services.domain.ledger import Status
from tests.faulty_provider import FaultyProvider, answer, chat
from tests.integration.backends import BOTH
from tests.integration.streams import ASK, RunningStream, long_stream
from tests.servers import TESTER, SluiceServer, eventually

BACKENDS = BOTH

HOST = f"host:{getpass.getuser()}"
PERSON = actor_for("ayse", Role.OPERATOR)
OK = answer(chat("ok"))
Switch = Callable[[SluiceServer, str, str], datetime]


def by_api(server: SluiceServer, scope: str, reason: str) -> datetime:
    reply = server.admin("POST", "/kill-switch", json={"scope": scope, "reason": reason})
    assert reply.status_code == 200, reply.text
    assert (reply.json()["applied"], reply.json()["instances"]) == (1, 1)
    return datetime.fromisoformat(reply.json()["at"])


def by_cli(server: SluiceServer, scope: str, reason: str) -> datetime:
    done = server.run_cli("ai-kill", "--scope", scope, "--reason", reason, "--json")
    assert done.returncode == 0, done.stderr
    return datetime.fromisoformat(json.loads(done.stdout)["at"])


def by_person(server: SluiceServer, scope: str, reason: str) -> datetime:
    """What a page does, in another process than the one that serves the stream."""
    result = server.library.kill_switch.pull(PERSON, scope, reason)
    assert result.proof.is_complete
    assert result.proof.applied == 1
    assert result.entry is not None
    return result.entry.at


def release(server: SluiceServer, scope: str = "all") -> None:
    query = {"scope": scope, "reason": "the test is over"}
    reply = server.admin("DELETE", "/kill-switch", params=query)
    assert reply.status_code == 200, reply.text
    assert reply.json()["active"] is False


def ask(client: openai.OpenAI, **changes: Any) -> Any:
    asked: dict[str, Any] = {"model": "auto", "messages": ASK} | changes
    return client.chat.completions.with_raw_response.create(**asked)


def refused(client: openai.OpenAI, **changes: Any) -> openai.APIStatusError:
    with pytest.raises(openai.InternalServerError) as caught:
        ask(client, **changes)
    assert (caught.value.status_code, caught.value.code) == (503, "kill_switch_active")
    return caught.value


def start(start_server: Any, upstream: FaultyProvider) -> SluiceServer:
    started: SluiceServer = start_server(
        AI_PROVIDER="vllm",
        VLLM_BASE_URL=upstream.base_url,
        VLLM_MODELS="small,large",
        AI_FALLBACK_PROVIDERS="mock",
    )
    return started


@pytest.fixture(scope="module")
def server(start_server: Any, shared_upstream: FaultyProvider) -> SluiceServer:
    return start(start_server, shared_upstream)


@pytest.fixture(scope="module")
def client(server: SluiceServer) -> openai.OpenAI:
    return server.client(server.create_key())


@pytest.fixture(autouse=True)
def released(server: SluiceServer) -> Iterator[None]:
    """Release what a failed test left stopped."""
    yield
    for scope in server.http.get("/health/ready").json()["kill_switch"]:
        release(server, scope)


@pytest.mark.parametrize(
    ("pull", "actor"), [(by_api, "token:admin"), (by_cli, HOST), (by_person, "ayse")]
)
def test_a_kill_cuts_a_running_stream_and_refuses_the_next_request(
    server: SluiceServer,
    client: openai.OpenAI,
    upstream: FaultyProvider,
    pull: Switch,
    actor: str,
) -> None:
    upstream.play(long_stream())
    stream = RunningStream(client)
    at = pull(server, "all", f"{actor} stops it")
    refused(client)
    assert stream.wait_for_end() - at < timedelta(seconds=1)
    assert stream.error is not None
    assert stream.error.code == "kill_switch_active"
    assert stream.texts
    eventually(upstream.client_left.is_set, 1)

    upstream.play(OK)
    release(server)
    assert ask(client).headers["x-ai-provider"] == "vllm/small"
    event = server.audit_events("kill.activate")[0]
    assert (event.actor, event.target, event.reason) == (actor, "all", f"{actor} stops it")
    assert (event.before, event.after) == ({"active": False}, {"active": True})
    last = server.audit_events("kill.release")[0]
    assert (last.actor, last.reason) == ("token:admin", "the test is over")
    found = server.request(stream.request_id)
    assert (found.outcome.status, found.outcome.decision) == (
        Status.REFUSED,
        "kill_switch_active",
    )
    assert found.attempts[0].usage.output_tokens >= len(stream.texts)


def test_a_killed_feature_leaves_the_others_alone(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    by_api(server, "feature:question_hint", "only this one")
    assert "feature:question_hint" in refused(client).message
    assert ask(client, extra_headers={"X-AI-Feature": "study_plan"})
    release(server, "feature:question_hint")
    assert ask(client)


@pytest.mark.parametrize("scope", ["provider:vllm", "model:vllm/small"])
def test_a_killed_provider_or_model_is_stood_in_for_and_says_so(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider, scope: str
) -> None:
    by_api(server, scope, "it answers nonsense")
    reply = ask(client)
    assert reply.headers["x-ai-provider"] == "mock/mock-model"
    assert reply.headers["x-ai-degraded"] == "true"
    assert upstream.received == []
    assert scope in refused(client, model="vllm/small").message
    if scope.startswith("model:"):
        assert ask(client, model="vllm/large").headers["x-ai-provider"] == "vllm/large"
    release(server, scope)
    assert ask(client).headers["x-ai-provider"] == "vllm/small"


def test_a_killed_provider_loses_its_running_streams(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    upstream.play(long_stream())
    other = RunningStream(client, model="vllm/large")
    stream = RunningStream(client)
    at = by_api(server, "model:vllm/small", "it answers nonsense")
    assert stream.wait_for_end() - at < timedelta(seconds=1)
    assert other.ended_at is None
    release(server, "model:vllm/small")
    by_api(server, "provider:vllm", "the other one too")
    other.wait_for_end()
    assert other.error is not None
    release(server, "provider:vllm")


def test_a_kill_beats_cached_answers(
    server: SluiceServer, client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    ask(client, temperature=0)
    assert ask(client, temperature=0).headers["x-ai-cache"] == "hit"
    by_api(server, "all", "even what is stored")
    refused(client, temperature=0)
    release(server)


def test_a_kill_survives_a_restart(start_server: Any, upstream: FaultyProvider) -> None:
    server = start(start_server, upstream)
    client = server.client(server.create_key())
    by_api(server, "all", "before the restart")
    server.kill9()
    server.start()
    assert "all" in server.http.get("/health/ready").json()["kill_switch"]
    refused(client)
    release(server)
    assert ask(client)
    server.stop()
    server.start()
    assert ask(client), "a release survives a restart too"


@contextmanager
def ruined(database: Path) -> Iterator[None]:
    """The SQLite file replaced by garbage, and put back."""
    aside = database.parent / "aside"
    aside.mkdir()
    names = [p.name for p in database.parent.glob(f"{database.name}*")]
    for name in names:
        shutil.move(database.parent / name, aside / name)
    database.write_bytes(b"no database at all " * 1000)
    try:
        yield
    finally:
        for left in database.parent.glob(f"{database.name}*"):
            left.unlink()
        for name in names:
            shutil.move(aside / name, database.parent / name)
        aside.rmdir()


@pytest.mark.embedded
def test_a_kill_works_while_the_database_is_in_ruins(
    start_server: Any, upstream: FaultyProvider
) -> None:
    server = start(start_server, upstream)
    client = server.client(server.create_key())
    upstream.play(long_stream())
    stream = RunningStream(client)
    with ruined(server.data_dir / "sluice.db"):
        served = ask(client, model="mock/mock-model").headers["x-request-id"]
        reply = server.admin("POST", "/kill-switch", json={"reason": "SQL is gone as well"})
        assert reply.status_code == 200, reply.text
        assert reply.json()["places"]["file"] == "written"
        assert "does not answer" in reply.json()["places"]["sql"]
        assert reply.json()["proof_problem"]
        at = datetime.fromisoformat(reply.json()["at"])
        assert stream.wait_for_end() - at < timedelta(seconds=1)
        stopped = refused(client).response.headers["x-request-id"]

        upstream.play(OK)
        by_cli(server, "provider:vllm", "from the host as well")
        query = {"scope": "all", "reason": "too early"}
        early = server.admin("DELETE", "/kill-switch", params=query)
        assert (early.status_code, early.json()["error"]["code"]) == (503, "source_down")
        refused(client)
        assert server.http.get("/health/ready").status_code == 200

    assert server.request(stopped).outcome.decision == "kill_switch_active"
    eventually(lambda: len(server.audit_events("kill.activate")) == 2)
    events = server.audit_events("kill.activate")
    assert {(e.actor, e.target, e.reason) for e in events} == {
        ("token:admin", "all", "SQL is gone as well"),
        (HOST, "provider:vllm", "from the host as well"),
    }
    assert server.request(served).outcome.status is Status.SUCCESS
    assert server.request(stream.request_id).outcome.decision == "kill_switch_active"
    assert server.library.audit.verify(TESTER).is_intact
    release(server)
    release(server, "provider:vllm")
    assert ask(client)


@pytest.mark.embedded
def test_the_host_can_kill_while_the_server_is_down(
    start_server: Any, upstream: FaultyProvider
) -> None:
    server = start(start_server, upstream)
    client = server.client(server.create_key())
    server.stop()
    by_cli(server, "all", "nobody is there")
    with ruined(server.data_dir / "sluice.db"):
        done = server.run_cli("ai-kill", "--scope", "provider:vllm", "--reason", "nothing is there")
        assert done.returncode == 0, done.stderr
        assert "Written to file: written" in done.stdout
        typo = server.run_cli("ai-kill", "--scope", "provider:vlm", "--reason", "which one?")
        assert (typo.returncode, "known: mock, vllm" in typo.stderr) == (3, True)
    server.start()
    ready = server.http.get("/health/ready").json()
    assert set(ready["kill_switch"]) == {"all", "provider:vllm", "provider:vlm"}
    refused(client)
    events = {e.reason for e in server.audit_events("kill.activate")}
    assert events == {"nobody is there", "nothing is there", "which one?"}
