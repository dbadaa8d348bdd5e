"""Service tiers and fees: billed at their own price, or flagged, or refused, never as standard."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from services.domain.money import CostBasis
from tests.faulty_provider import FaultyProvider, answer, chat
from tests.integration.calls import COST_NANO_USD, USAGE, ask, check, fail
from tests.servers import SluiceServer

PRIORITY_NANO_USD = 20 * 250 + 30 * 1000
"""Of the same usage, at the priority price of gpt-4o-mini."""

SOUND = {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}
SPOKEN = {"messages": [{"role": "user", "content": [SOUND]}]}
SPOKEN_USAGE = USAGE | {"prompt_tokens_details": {"audio_tokens": 15}}


def start(start_server: Any, upstream: FaultyProvider, **settings: str) -> SluiceServer:
    started: SluiceServer = start_server(
        AI_PROVIDER="openai",
        AI_FALLBACK_PROVIDERS="openai",
        OPENAI_BASE_URL=upstream.base_url,
        OPENAI_API_KEY="sk-upstream-0123456789",
        AI_MAX_RETRIES="0",
        **settings,
    )
    return started


@pytest.fixture(scope="module")
def server(start_server: Any, shared_upstream: FaultyProvider) -> SluiceServer:
    return start(start_server, shared_upstream)


@pytest.fixture(scope="module")
def strict_client(start_server: Any, shared_upstream: FaultyProvider) -> openai.OpenAI:
    server = start(start_server, shared_upstream, AI_ALLOW_UNPRICED="false")
    return server.client(server.create_key())


@pytest.mark.parametrize(
    ("asked", "told", "cost", "basis"),
    [
        ({}, {}, COST_NANO_USD, CostBasis.EXACT),
        ({}, {"service_tier": "default"}, COST_NANO_USD, CostBasis.EXACT),
        ({}, {"service_tier": "priority"}, PRIORITY_NANO_USD, CostBasis.EXACT),
        ({"service_tier": "priority"}, {}, PRIORITY_NANO_USD, CostBasis.EXACT),
        ({"service_tier": "priority"}, {"service_tier": "default"}, COST_NANO_USD, CostBasis.EXACT),
        ({"service_tier": "scale"}, {}, COST_NANO_USD, CostBasis.UNPRICED),
        ({"web_search_options": {}}, {}, COST_NANO_USD, CostBasis.UNPRICED),
        (SPOKEN, {}, COST_NANO_USD, CostBasis.UNPRICED),
        ({}, {"usage": SPOKEN_USAGE}, COST_NANO_USD, CostBasis.UNPRICED),
    ],
)
def test_a_tier_is_billed_and_what_has_no_price_is_flagged(
    server: SluiceServer,
    upstream: FaultyProvider,
    asked: dict[str, Any],
    told: dict[str, Any],
    cost: int,
    basis: CostBasis,
) -> None:
    upstream.play(answer(chat("4", **{"usage": USAGE} | told)))
    got = server.client(server.create_key()).chat.completions.with_raw_response.create(
        model="auto", messages=[{"role": "user", "content": "2 + 2?"}], extra_body=asked
    )
    found = server.request(got.headers["x-request-id"]).outcome
    assert (found.cost_nano_usd, found.cost_basis) == (cost, basis)
    assert upstream.received[-1].body.keys() >= asked.keys(), "sent as it was asked for"


@pytest.mark.parametrize(
    "asked",
    [
        {"service_tier": "scale"},
        {"web_search_options": {}},
        {"tools": [{"type": "web_search"}]},
        {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "mp3"}},
        SPOKEN,
    ],
)
def test_where_prices_must_be_known_nothing_of_unknown_price_is_sent(
    strict_client: openai.OpenAI, upstream: FaultyProvider, asked: dict[str, Any]
) -> None:
    check(fail(strict_client, extra_body=asked), 503, "no_route", "leave it out")
    assert not upstream.received


def test_where_prices_must_be_known_a_listed_tier_is_sent(
    strict_client: openai.OpenAI, upstream: FaultyProvider
) -> None:
    ask(strict_client, extra_body={"service_tier": "priority"})
    assert upstream.received


def test_a_hold_covers_the_tier_that_is_asked_for(
    start_server: Any, upstream: FaultyProvider
) -> None:
    # 1000 tokens of output are $0.0006 in the standard tier and $0.001 in the priority tier.
    server = start(start_server, upstream, AI_DAILY_BUDGET_USD="0.0008")
    client = server.client(server.create_key())
    error = fail(client, max_tokens=1000, extra_body={"service_tier": "priority"})
    assert error.status_code in (402, 429)
    assert not upstream.received
    ask(client, max_tokens=1000)
    assert upstream.received
