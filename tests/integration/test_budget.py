"""The hard stop of the daily budget: many callers at once, and after a restart."""

from __future__ import annotations

import asyncio
from typing import Any

import openai
import pytest

from services.domain.requests import RequestFilter
from tests.faulty_provider import FaultyProvider, answer, chat
from tests.integration.backends import BOTH
from tests.servers import SluiceServer, StartServer, eventually

BACKENDS = BOTH

ASK: list[Any] = [{"role": "user", "content": "2 + 2?"}]
CALLERS = 40
OUTPUT_TOKENS = 500
# gpt-4o-mini: $0.15 and $0.60 a million tokens; every answer is as long as was reserved.
COST_NANO_USD = 8 * 150 + OUTPUT_TOKENS * 600
BUDGET_NANO_USD = 2_000_000
FITTING = 6
USAGE = {"prompt_tokens": 8, "completion_tokens": OUTPUT_TOKENS, "total_tokens": 508}


async def call_at_once(server: SluiceServer, key: str) -> list[str]:
    """What became of every caller: "answered" or the error's code."""

    async def call(client: openai.AsyncOpenAI) -> str:
        try:
            await client.chat.completions.create(
                model="auto", messages=ASK, max_tokens=OUTPUT_TOKENS
            )
        except openai.APIStatusError as error:
            return str(error.code)
        return "answered"

    async with openai.AsyncOpenAI(
        base_url=f"{server.url}/v1", api_key=key, max_retries=0
    ) as client:
        return list(await asyncio.gather(*(call(client) for _ in range(CALLERS))))


def spent(server: SluiceServer) -> tuple[int, int]:
    """Answered requests and their cost, from the ledger."""
    count, cost = server.ledger.sum_requests(RequestFilter(status="success"))
    return count, cost


async def test_callers_at_once_never_overspend_and_a_restart_forgets_nothing(
    start_openai: StartServer, upstream: FaultyProvider
) -> None:
    assert FITTING * COST_NANO_USD <= BUDGET_NANO_USD < (FITTING + 1) * COST_NANO_USD
    server = start_openai(AI_DAILY_BUDGET_USD="0.002")
    key = server.create_key()
    upstream.play(answer(chat("Dört.", usage=USAGE)))
    results: list[str] = []
    for _ in range(3):  # the second and third meet what the first left
        results += await call_at_once(server, key)

    answered = results.count("answered")
    assert answered == len(upstream.received) == FITTING
    assert set(results) <= {"answered", "budget_held", "budget_exhausted"}
    assert set(results[CALLERS:]) <= {"answered", "budget_exhausted"}
    eventually(lambda: spent(server) == (FITTING, FITTING * COST_NANO_USD))

    server.stop()
    server.start()
    upstream.received.clear()
    assert set(await call_at_once(server, key)) == {"budget_exhausted"}
    assert upstream.received == []
    assert spent(server) == (FITTING, FITTING * COST_NANO_USD)
    budget = server.admin("GET", "/status").json()["budget"]
    day = next(w for w in budget["windows"] if (w["scope"], w["period"]) == ("global", "day"))
    assert day["spent_usd"] == f"0.{FITTING * COST_NANO_USD:09d}"
    assert float(day["held_usd"]) == 0


async def test_a_failed_attempt_that_may_be_billed_counts_against_the_budget(
    start_openai: StartServer, upstream: FaultyProvider
) -> None:
    server = start_openai(AI_FALLBACK_PROVIDERS="mock", AI_MAX_RETRIES=0)
    client = server.client(server.create_key())
    upstream.play(answer({"error": {"message": "oops"}}, 500))
    reply = client.chat.completions.with_raw_response.create(model="auto", messages=ASK)
    assert reply.headers["x-ai-degraded"] == "true"
    found = server.request(reply.headers["x-request-id"])
    first = found.attempts[0]
    assert first.cost_nano_usd == first.usage.input_tokens * 150 > 0
    assert found.outcome.cost_nano_usd == first.cost_nano_usd
    windows = server.admin("GET", "/status").json()["budget"]["windows"]
    assert windows[0]["spent_usd"] == f"0.{first.cost_nano_usd:09d}"


async def test_no_further_provider_is_called_where_the_budget_pays_for_one_alone(
    start_server: Any, upstream: FaultyProvider
) -> None:
    # About 490 input tokens: $0.00037 held, $0.00007 more for the failed attempt beside the next.
    server: SluiceServer = start_server(
        AI_PROVIDER="openai",
        OPENAI_BASE_URL=upstream.base_url,
        OPENAI_API_KEY="sk-upstream-0123456789",
        AI_MAX_RETRIES=0,
        AI_DAILY_BUDGET_USD="0.0004",
    )
    client = server.client(server.create_key())
    upstream.play(answer({"error": {"message": "oops"}}, 500))
    long: list[Any] = [{"role": "user", "content": "word " * 480}]
    with pytest.raises(openai.APIStatusError, match="does not pay for another") as refused:
        client.chat.completions.create(model="auto", messages=long)
    assert (refused.value.status_code, refused.value.code) == (402, "budget_exhausted")
    attempts = server.request(refused.value.response.headers["x-request-id"]).attempts
    assert [a.provider for a in attempts] == ["openai"]
