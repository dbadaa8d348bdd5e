"""Blocked users over the admin API and from the command line: seen, lifted once, on record."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openai
import pytest

from tests.redis_server import RedisServer
from tests.servers import SluiceServer, eventually

ASK: list[Any] = [{"role": "user", "content": "2 + 2?"}]
STRICT = {"AI_USER_RPM": 1, "AI_ABUSE_VIOLATIONS": 2}
WHY = {"reason": "a test class"}


@pytest.fixture(scope="module")
def server(start_server: Any) -> SluiceServer:
    started: SluiceServer = start_server(**STRICT)
    return started


@pytest.fixture
def own_redis(find_tool: Callable[[str], Path], tmp_path: Path) -> Iterator[RedisServer]:
    """Give a Redis that a test may kill."""
    with RedisServer(find_tool("redis-server"), tmp_path) as started:
        yield started


@pytest.fixture(scope="module")
def client(server: SluiceServer) -> openai.OpenAI:
    return server.client(server.create_key(may_assert=["user"]))


def ask(client: openai.OpenAI, user: str) -> str:
    """The code that the call is refused with, "" when it is answered."""
    try:
        client.chat.completions.create(model="auto", messages=ASK, user=user)
    except openai.APIStatusError as error:
        return str(error.code)
    return ""


def block(client: openai.OpenAI, user: str) -> None:
    codes = [ask(client, user) for _ in range(4)]
    assert codes == ["", "rate_limit_exceeded", "cooldown", "user_blocked"]


def test_block_is_listed_by_the_hash_of_records_and_lifted_once(
    server: SluiceServer, client: openai.OpenAI
) -> None:
    block(client, "ali")
    view = server.admin("GET", "/blocks").json()
    assert (view["state"], view["problem"], view["is_shadow"]) == ("value", None, False)
    (found,) = view["blocks"]
    assert found["violations"] == 2
    left_s = (datetime.fromisoformat(found["until"]) - datetime.now(UTC)).total_seconds()
    assert 890 < left_s <= 900
    assert f'"user":"{found["user"]}"' in server.read_log(), "as the log names the user"

    for reason in ("", "   ", "x" * 501):
        refused = server.admin("DELETE", "/blocks", params={"user": "ali", "reason": reason})
        assert (refused.status_code, refused.json()["error"]["param"]) == (422, "reason")
    lifted = server.admin("DELETE", "/blocks", params={"user": found["user"]} | WHY)
    assert (lifted.status_code, lifted.json()["user"]) == (200, found["user"])
    again = server.admin("DELETE", "/blocks", params={"user": found["user"]} | WHY)
    assert (again.status_code, again.json()["error"]["code"]) == (404, "not_blocked")
    assert ask(client, "ali") != "user_blocked"
    (event,) = eventually(lambda: server.audit_events("block.lift"))
    assert (event.target, event.reason) == (found["user"], "a test class")
    assert "ali" not in f"{event.target}{event.before}{event.after}"


def test_commands_list_and_lift_a_block(server: SluiceServer, client: openai.OpenAI) -> None:
    assert server.run_cli("ai-list-blocks").stdout == "Nobody is blocked.\n"
    block(client, "can")
    line, hint = server.run_cli("ai-list-blocks").stdout.splitlines()
    assert "ai-lift-block --user takes the user's own id" in hint
    assert line.endswith(", 2 violations")
    shown = line.split()[0]
    done = server.run_cli("ai-lift-block", "--user", "can", "--reason", "he asked")
    assert done.stdout == f"{shown} may call again; 2 violations are forgotten.\n"
    assert ask(client, "can") != "user_blocked"
    failed = server.run_cli("ai-lift-block", "--user", "can", "--reason", "again")
    assert (failed.returncode, "'can' is blocked now" in failed.stderr) == (1, True)
    events = eventually(lambda: server.audit_events("block.lift"))
    assert f"host:{getpass.getuser()}" in {event.actor for event in events}


def test_without_server_and_redis_the_commands_say_who_would_know(start_server: Any) -> None:
    server: SluiceServer = start_server()
    server.stop()
    for command in (["ai-list-blocks"], ["ai-lift-block", "--user", "ali", "--reason", "why"]):
        done = server.run_cli(*command)
        assert (done.returncode, done.stdout) == (3, "")
        assert "without Redis it alone knows who is blocked" in done.stderr


def test_blocks_in_redis_outlive_the_server_and_are_lifted_without_one(
    start_server: Any, own_redis: RedisServer
) -> None:
    server: SluiceServer = start_server(
        **STRICT, REDIS_URL=own_redis.url, AI_FEATURE_DAILY_REQUESTS=5
    )
    client = server.client(server.create_key(may_assert=["user"]))
    eventually(lambda: ask(client, "ali") == "user_blocked", within_s=20)
    server.stop()
    assert "until 20" in server.run_cli("ai-list-blocks").stdout
    done = server.run_cli("ai-lift-block", "--user", "ali", "--reason", "he asked")
    assert "may call again" in done.stdout
    assert server.run_cli("ai-list-blocks").stdout == "Nobody is blocked.\n"
    own_redis.kill()
    down = server.run_cli("ai-list-blocks")
    assert (down.returncode, down.stdout) == (3, "")
    assert "Redis, which holds the counters" in down.stderr
    status = server.run_cli("ai-status").stdout
    assert "Caps of features: Redis, which holds the counters" in status
    assert "Cap feature_daily" not in status
