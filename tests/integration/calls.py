"""How the official client asks in these tests, and what every error of the gateway has."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from services.domain.ledger import Status
from tests.servers import SluiceServer

ASK: list[Any] = [{"role": "user", "content": "2 + 2?"}]
HINT = {"question": "3x + 4 = 19 denklemini çöz.", "subject": "Cebir", "hint_level": 1}
USAGE = {"prompt_tokens": 20, "completion_tokens": 30, "total_tokens": 50}
USAGE_EVENT = {"id": "c1", "object": "chat.completion.chunk", "choices": [], "usage": USAGE}
COST_NANO_USD = 20 * 150 + 30 * 600
"""Of that usage, at the price of gpt-4o-mini."""


def ask(client: openai.OpenAI, **changes: Any) -> Any:
    """The answer to a short question, or to what is asked instead."""
    asked: dict[str, Any] = {"model": "auto", "messages": ASK} | changes
    return client.chat.completions.create(**asked)


def fail(client: openai.OpenAI, **changes: Any) -> openai.APIStatusError:
    """The error that a call ends with."""
    with pytest.raises(openai.APIStatusError) as caught:
        ask(client, **changes)
    return caught.value


def check(error: openai.APIStatusError, status: int, code: str, *says: str) -> None:
    """The error has OpenAI's shape, and its message says what to do."""
    assert (error.status_code, error.code) == (status, code), error.message
    body = error.response.json()["error"]
    assert body.keys() == {"message", "type", "param", "code"}
    assert body["type"]
    for words in says:
        assert words in body["message"]
    assert error.response.headers["content-type"] == "application/json"
    assert len(error.response.headers["x-request-id"]) == 36


def recorded(server: SluiceServer, error: openai.APIStatusError) -> Any:
    """What the ledger has of a call that went wrong."""
    found = server.request(error.response.headers["x-request-id"])
    outcome = found.outcome
    assert (outcome.http_status, outcome.decision) == (error.status_code, error.code)
    is_refusal = "provider" not in str(error.code)
    assert outcome.status is (Status.REFUSED if is_refusal else Status.ERROR)
    assert [a.decision for a in found.attempts] in ([], [error.code], ["answered"])
    assert outcome.message == error.response.json()["error"]["message"]
    return outcome
