"""Caps of a feature: of all its users together, told with their end, shown with what is used."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import openai
import pytest

from services.domain.ledger import Status
from tests.faulty_provider import FaultyProvider, answer, chat
from tests.servers import SluiceServer, eventually

ASK: list[Any] = [{"role": "user", "content": "2 + 2?"}]
USAGE = {"prompt_tokens": 8, "completion_tokens": 12, "total_tokens": 20}


@pytest.fixture(scope="module")
def server(start_server: Any, shared_upstream: FaultyProvider) -> SluiceServer:
    started: SluiceServer = start_server(
        AI_PROVIDER="vllm",
        VLLM_BASE_URL=shared_upstream.base_url,
        VLLM_MODELS="small",
        AI_FEATURE_DAILY_REQUESTS=3,
        AI_FEATURE_DAILY_TOKENS=10_000,
        AI_FEATURE_MONTHLY_REQUESTS=2,
        AI_SHADOW_LIMITS="feature_monthly",
        AI_CACHE_TTL=0,
    )
    return started


def caps(server: SluiceServer, feature: str) -> list[dict[str, Any]]:
    view = server.admin("GET", "/status").json()["feature_caps"]
    return [cap for cap in view["windows"] if cap["feature"] == feature]


def test_cap_refuses_every_user_of_the_feature_until_the_day_ends(
    server: SluiceServer, upstream: FaultyProvider
) -> None:
    upstream.play(answer(chat("Dört.", usage=USAGE)))
    client = server.client(server.create_key(feature="question_hint", may_assert=["user"]))

    def ask(user: str, feature: str = "question_hint") -> Any:
        return client.chat.completions.with_raw_response.create(
            model="auto", messages=ASK, user=user, extra_headers={"X-AI-Feature": feature}
        )

    beyond = [ask(user).headers["x-request-id"] for user in ("ali", "can", "veli")][2]
    steps = {step.step: step for step in server.request(beyond).outcome.steps}
    assert steps["admit"].decision == "admitted; in shadow: feature_monthly"
    with pytest.raises(openai.RateLimitError, match="feature_daily of 3") as refused:
        ask("ayşe")
    assert refused.value.code == "quota_exceeded"
    now = datetime.now(UTC)
    wait_s = int(refused.value.response.headers["retry-after"])
    assert 0 < wait_s <= 86_400
    day, month = caps(server, "question_hint")
    until_s = (datetime.fromisoformat(day["resets_at"]) - now).total_seconds()
    assert abs(wait_s - until_s) < 5
    assert ask("ayşe", "study_plan").status_code == 200

    def is_settled() -> bool:
        return bool(caps(server, "question_hint")[0]["tokens"]["used"] == 60)

    eventually(is_settled)
    assert day["requests"] == {"limit": 3, "used": 3}
    assert month["requests"] == {"limit": 2, "used": 3}
    assert month["tokens"]["limit"] is None
    assert (day["is_shadow"], month["is_shadow"]) == (False, True)
    told = server.run_cli("ai-status").stdout
    assert "Cap feature_daily of question_hint: 3 of 3 requests, 60 of 10000 tokens\n" in told
    assert "Cap feature_monthly of question_hint: 3 of 2 requests, IN SHADOW" in told
    used_up = server.admin("GET", "/status").json()["exhausted"]
    assert [(e["name"], e["scope"], e["used"], e["is_shadow"]) for e in used_up] == [
        ("feature_daily", "feature:question_hint", 3, False),
        ("feature_monthly", "feature:question_hint", 3, True),
    ]
    assert "REFUSED: feature:question_hint by feature_daily until 20" in told
    assert "USED UP, in shadow: calls go on: feature:question_hint by feature_monthly" in told


def test_a_call_larger_than_the_whole_cap_is_told_so_and_not_tried_again(
    server: SluiceServer, upstream: FaultyProvider
) -> None:
    client = server.client(server.create_key(feature="topic_explanation"), max_retries=2)
    with pytest.raises(openai.APIStatusError, match="feature_daily is 10,000 as a") as refused:
        client.chat.completions.create(model="auto", messages=ASK, max_tokens=10_000)
    error = refused.value
    assert (error.status_code, error.code) == (413, "too_large_for_quota")
    assert "retry-after" not in error.response.headers
    assert error.response.headers["x-should-retry"] == "false"
    assert upstream.received == []
    outcome = server.request(error.response.headers["x-request-id"]).outcome
    assert (outcome.status, outcome.decision) == (Status.REFUSED, error.code)
    hour = server.admin("GET", "/limits").json()["refusals"]["spans"][0]["limits"]
    assert ("feature_daily", "topic_explanation") in [(r["name"], r["feature"]) for r in hour]


def test_without_caps_nothing_is_said_of_them(start_server: Any) -> None:
    server: SluiceServer = start_server()
    view = server.admin("GET", "/status").json()["feature_caps"]
    assert view == {"state": "no_data", "problem": None, "windows": []}
    assert "Cap" not in server.run_cli("ai-status").stdout
