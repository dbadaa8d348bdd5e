"""What counters held before a restart, or a total loss of Redis, they hold after it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import openai
import pytest
import redis

from tests.faulty_provider import FaultyProvider, answer, chat
from tests.integration.backends import FLEET
from tests.integration.calls import ASK
from tests.integration.conftest import Backend
from tests.integration.gateway_in_process import (
    FEATURE,
    STALLS,
    Traffic,
    counted_in_memory,
    counted_in_redis,
    evidence_in_memory,
    running_gateway,
    wait_for_ledger,
)
from tests.servers import SluiceServer, StartServer, eventually

REBUILT_WITHIN_S = 20.0
EVIDENCE, FAILED = 9, 2
EXPECTED = [200] * 10 + [502, 502, 429, 200, 413, 413, 404, 422]


async def test_quotas_caps_and_evidence_outlive_a_restart_of_one_machine(
    tmp_path: Path, upstream: FaultyProvider
) -> None:
    async with running_gateway(tmp_path, upstream, {}) as sluice:
        traffic = await Traffic.of(sluice, upstream)
        assert await traffic.ask_all_kinds() == EXPECTED
        before, evidence = counted_in_memory(sluice), await evidence_in_memory(sluice)
    for _ in range(2):
        async with running_gateway(tmp_path, upstream, {}) as sluice:
            assert counted_in_memory(sluice) == before
            assert await evidence_in_memory(sluice) == evidence
            stage = sluice.evidence.get_stage_evidence
            ceiling = sluice.live.snapshot.control.ceiling
            found = (await asyncio.to_thread(stage, ceiling)).value
            assert found is not None
            assert (found.is_cut, found.tally.n, found.tally.bad) == (False, EVIDENCE, FAILED)


@pytest.mark.parametrize("backend", [FLEET], indirect=True)
async def test_quotas_caps_and_evidence_outlive_a_total_loss_of_redis(
    tmp_path: Path, upstream: FaultyProvider, backend: Backend
) -> None:
    fleet = backend()
    client = redis.Redis.from_url(str(fleet["REDIS_URL"]), decode_responses=True, protocol=2)
    async with running_gateway(tmp_path, upstream, fleet) as sluice:
        traffic = await Traffic.of(sluice, upstream)
        assert await traffic.ask_all_kinds() == EXPECTED
        runs = await traffic.begin("runs meanwhile", "ece")
        await wait_for_ledger(sluice)
        before = counted_in_redis(client)
        client.flushdb()
        with suppress(AssertionError):
            await asyncio.to_thread(
                eventually, lambda: counted_in_redis(client) == before, REBUILT_WITHIN_S
            )
        assert counted_in_redis(client) == before
        runs.cancel()
    client.close()


@pytest.mark.parametrize("backend", [FLEET], indirect=True)
async def test_another_instance_counts_nothing_twice(
    tmp_path: Path, upstream: FaultyProvider, backend: Backend
) -> None:
    fleet = backend()
    client = redis.Redis.from_url(str(fleet["REDIS_URL"]), decode_responses=True, protocol=2)
    async with running_gateway(tmp_path, upstream, fleet) as sluice:
        traffic = await Traffic.of(sluice, upstream)
        assert await traffic.ask_all_kinds() == EXPECTED
        await wait_for_ledger(sluice)
        before = counted_in_redis(client)
        async with running_gateway(tmp_path, upstream, fleet):
            assert counted_in_redis(client) == before
    client.close()


def used(server: SluiceServer) -> list[int]:
    """Requests and tokens of the feature's day, then of its month."""
    caps = server.admin("GET", "/status").json()["feature_caps"]["windows"]
    own = [cap for cap in caps if cap["feature"] == FEATURE]
    return [cap[kind]["used"] for cap in own for kind in ("requests", "tokens")]


def test_a_killed_server_still_knows_who_has_used_up_a_quota(
    start_openai: StartServer, upstream: FaultyProvider
) -> None:
    """Also of what was only in its journal; the call that it was killed over is a request."""
    server = start_openai(
        AI_USER_DAILY_REQUESTS=3,
        AI_FEATURE_DAILY_TOKENS=10_000,
        AI_FEATURE_MONTHLY_REQUESTS=10_000,
    )
    client = server.client(server.create_key(may_assert=["user"]))

    def ask(user: str) -> None:
        client.chat.completions.create(model="auto", messages=ASK, user=user, temperature=1)

    upstream.play(answer(chat("ok")))
    for user in ("ali", "ali", "ali", "can"):
        ask(user)
    upstream.play(STALLS)
    with ThreadPoolExecutor(1) as pool:
        runs = pool.submit(ask, "ece")
        eventually(lambda: used(server)[0] == 5)
        server.kill9()
        with pytest.raises(openai.APIConnectionError):
            runs.result()
    server.start()
    assert used(server) == [5, 4 * 18, 5, 4 * 18]
    upstream.play(answer(chat("ok")))
    with pytest.raises(openai.RateLimitError, match="user_daily of 3 requests is used up"):
        ask("ali")
    ask("can")
