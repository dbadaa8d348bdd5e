"""Limits in shadow: nobody is refused, and everybody who looks is told."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from tests.faulty_provider import FaultyProvider, answer, chat
from tests.servers import SluiceServer, StartServer

ASK: list[Any] = [{"role": "user", "content": "2 + 2?"}]


def ask(server: SluiceServer, key: str, count: int) -> list[str]:
    """Ids of calls that were all answered."""
    client = server.client(key)
    return [
        client.chat.completions.with_raw_response.create(model="auto", messages=ASK).headers[
            "x-request-id"
        ]
        for _ in range(count)
    ]


def test_calls_beyond_limits_in_shadow_are_answered_counted_and_shown(start_server: Any) -> None:
    server: SluiceServer = start_server(
        AI_RPM="1", AI_FEATURE_RPM="1", AI_FEATURE_BURST="1", AI_SHADOW_LIMITS="global_rpm,feature"
    )
    _, beyond = ask(server, server.create_key(), 2)
    steps = {step.step: step for step in server.request(beyond).outcome.steps}
    assert steps["admit"].decision == "admitted; in shadow: global_rpm, feature"
    for name in ("global_rpm", "feature"):
        assert server.metric("ai_limit_shadow_refusals_total", limit=name) == 1
    assert server.admin("GET", "/status").json()["shadow_limits"] == ["feature", "global_rpm"]
    hour = server.admin("GET", "/limits").json()["refusals"]["spans"][0]["limits"]
    assert [(row["name"], row["refused"], row["would_have_refused"]) for row in hour] == [
        ("feature", 0, 1),
        ("global_rpm", 0, 1),
    ]
    told = server.run_cli("ai-status").stdout
    assert "Limits in shadow, counted but not enforced: feature, global_rpm" in told


def test_budget_in_shadow_is_spent_beyond_and_said_to_be_so(
    start_openai: StartServer, upstream: FaultyProvider
) -> None:
    usage = {"prompt_tokens": 8, "completion_tokens": 500, "total_tokens": 508}
    upstream.play(answer(chat("Dört.", usage=usage)))
    server = start_openai(AI_DAILY_BUDGET_USD="0.0005", AI_SHADOW_LIMITS="daily_budget")
    ask(server, server.create_key(), 3)
    assert server.metric("ai_limit_shadow_refusals_total", limit="daily_budget") == 2
    day, month, _ = server.admin("GET", "/status").json()["budget"]["windows"]
    assert (day["is_shadow"], month["is_shadow"]) == (True, False)
    assert "IN SHADOW: stops nobody" in server.run_cli("ai-status").stdout


def test_the_other_limits_stay_enforced(start_server: Any) -> None:
    server: SluiceServer = start_server(AI_RPM="1", AI_RPH="2", AI_SHADOW_LIMITS="global_rpm")
    key = server.create_key()
    ask(server, key, 2)
    with pytest.raises(openai.RateLimitError, match="global_rph"):
        ask(server, key, 1)
