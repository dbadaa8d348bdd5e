"""kill -9 in the middle of the work: no accepted request is lost, and none is there twice."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Any

import openai

from services.domain.ledger import Status
from tests.servers import SluiceServer

ASK: list[Any] = [{"role": "user", "content": "2 + 2?"}]
REQUESTS = 200
KILLED_AFTER = 60


async def send_until_killed(server: SluiceServer, key: str) -> list[str]:
    """Ids of the requests that were answered before the server was killed."""
    accepted: list[str] = []

    async def send(client: openai.AsyncOpenAI) -> None:
        try:
            reply = await client.chat.completions.with_raw_response.create(
                model="auto", messages=ASK
            )
        except openai.APIConnectionError:
            return
        accepted.append(reply.headers["x-request-id"])
        if len(accepted) == KILLED_AFTER:
            server.kill9()

    async with openai.AsyncOpenAI(
        base_url=f"{server.url}/v1", api_key=key, max_retries=0
    ) as client:
        await asyncio.gather(*(send(client) for _ in range(REQUESTS)))
    return accepted


def read(server: SluiceServer, query: str) -> list[Any]:
    connection = sqlite3.connect(f"file:{server.data_dir}/sluice.db?mode=ro", uri=True)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


async def test_a_killed_server_loses_no_accepted_request_and_doubles_none(
    start_server: Any,
) -> None:
    server: SluiceServer = start_server(AI_MOCK_DELAY_MIN=0.2, AI_MOCK_DELAY_MAX=1.0)
    key = server.create_key(role="staff")
    accepted = await send_until_killed(server, key)
    assert KILLED_AFTER <= len(accepted) < REQUESTS
    assert len(set(accepted)) == len(accepted)

    server.start()
    outcomes = read(server, "SELECT request_id, status FROM outcomes")
    status = dict(outcomes)
    assert len(status) == len(outcomes)
    assert {status.get(request_id) for request_id in accepted} == {Status.SUCCESS}
    assert set(status.values()) == {Status.SUCCESS, Status.LOST}
    assert read(server, "SELECT request_id FROM requests WHERE request_id NOT IN "
                "(SELECT request_id FROM outcomes)") == []  # fmt: skip
    assert len(outcomes) <= REQUESTS

    by_status = dict(read(server, "SELECT status, SUM(requests) FROM rollups_quarter GROUP BY 1"))
    for kind in (Status.SUCCESS, Status.LOST):
        assert by_status[kind] == list(status.values()).count(kind)
    assert not list((server.data_dir / "journal").glob("*.jsonl"))

    server.kill9()
    server.start()
    assert len(read(server, "SELECT request_id FROM outcomes")) == len(outcomes)
