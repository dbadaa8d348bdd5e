from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.adapters.request_log import RequestLog
from services.domain.calls import Usage
from services.domain.ledger import Outcome, Status
from tests.clock import FakeClock
from tests.contract.records import an_attempt, an_intent, an_outcome


class Log:
    """A RequestLog and what it has written."""

    def __init__(self, level: str = "INFO", **shows: bool) -> None:
        self.stream = io.BytesIO()
        self.log = RequestLog(self.stream, level, FakeClock(), **shows)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    def line_of(self, outcome: Outcome) -> dict[str, Any]:
        self.log.request_ended(outcome)
        (line,) = self.lines()
        return line


def failed(decision: str) -> Outcome:
    return an_outcome(status=Status.ERROR, decision=decision, http_status=503, message="It failed.")


def test_answered_request_is_one_line_with_all_that_is_known_of_it() -> None:
    line = Log().line_of(an_outcome(an_intent(1, user="h-4711"), decision="answered"))
    assert line == {
        "time": "2026-11-21T14:07:33.066125Z",
        "level": "info",
        "logger": "services.requests",
        "event": "request_answered",
        "request_id": "request-000001",
        "source": "application",
        "application": "school",
        "feature": "question_hint",
        "user": "h-4711",
        "status": "success",
        "decision": "answered",
        "http_status": 200,
        "provider": "openai",
        "model": "gpt-4o-mini",
        "is_mock": False,
        "attempts": 1,
        "duration_ms": 816.0,
        "overhead_ms": 3.5,
        "input_tokens": 120,
        "output_tokens": 48,
        "cost_usd": "0.000046800",
        "cost_basis": "exact",
    }


def test_tokens_and_costs_are_left_out_where_the_settings_hide_them() -> None:
    tokens = {"input_tokens", "output_tokens"}
    costs = {"cost_usd", "cost_basis"}
    every = Log().line_of(an_outcome()).keys()
    assert every - Log(shows_tokens=False).line_of(an_outcome()).keys() == tokens
    assert every - Log(shows_costs=False).line_of(an_outcome()).keys() == costs
    hidden = Log(shows_tokens=False, shows_costs=False)
    hidden.log.attempt_ended(replace(an_attempt(an_intent()), status=Status.ERROR))
    assert not (tokens | costs) & hidden.lines()[0].keys()


@pytest.mark.parametrize(
    ("outcome", "event", "level"),
    [
        (an_outcome(), "request_answered", "info"),
        (an_outcome(status=Status.REFUSED, decision="not_in_rollout"), "request_refused", "info"),
        (an_outcome(status=Status.CANCELLED), "request_cancelled", "info"),
        (failed("provider_timeout"), "request_failed", "warning"),
        (failed("no_route"), "request_failed", "warning"),
        (failed("ledger_unavailable"), "request_failed", "error"),
        (failed("budget_unavailable"), "request_failed", "error"),
    ],
)
def test_level_says_whose_fault_it_was(outcome: Outcome, event: str, level: str) -> None:
    line = Log().line_of(outcome)
    assert (line["event"], line["level"]) == (event, level)


def test_failed_attempt_is_a_warning_even_when_the_request_is_answered() -> None:
    log = Log()
    attempt = an_attempt(
        an_intent(), 2, status=Status.ERROR, decision="provider_timeout", message="No answer.",
        usage=Usage(9, 0), cost_nano_usd=1_350,
    )  # fmt: skip
    log.log.attempt_ended(attempt)
    log.log.attempt_ended(an_attempt(an_intent(), 3))
    (line,) = log.lines()
    assert line["level"] == "warning"
    assert line["event"] == "attempt_failed"
    assert (line["request_id"], line["attempt"]) == ("request-000001", 2)
    assert (line["provider"], line["decision"]) == ("openai", "provider_timeout")
    assert (line["error"], line["cost_usd"]) == ("No answer.", "0.000001350")


def test_request_without_a_known_key_leaves_a_line_too() -> None:
    log = Log()
    log.log.stranger_refused("r-9", "invalid_api_key")
    (line,) = log.lines()
    assert (line["event"], line["level"]) == ("request_refused", "info")
    assert (line["request_id"], line["decision"]) == ("r-9", "invalid_api_key")
    assert line["time"] == "2026-11-21T12:00:00Z"


def test_personal_data_in_messages_is_masked() -> None:
    outcome = an_outcome(
        status=Status.REFUSED, message="User ayse@example.com may not.", decision="user_denied"
    )
    line = Log().line_of(outcome)
    assert "ayse@example.com" not in line["error"]
    assert "[REDACTED_EMAIL]" in line["error"]


def test_what_is_below_the_level_is_not_written() -> None:
    log = Log("ERROR")
    log.log.request_ended(an_outcome())
    log.log.request_ended(failed("provider_timeout"))
    log.log.attempt_ended(an_attempt(an_intent(), status=Status.ERROR))
    log.log.stranger_refused("r-9", "invalid_api_key")
    assert log.lines() == []
    log.log.request_ended(failed("ledger_unavailable"))
    assert len(log.lines()) == 1


def test_each_line_is_out_before_the_next_step(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("log") / "log"
    with path.open("wb") as stream:
        RequestLog(stream, "INFO", FakeClock()).request_ended(an_outcome())
        assert path.read_bytes().endswith(b"}\n")


def test_stream_that_takes_nothing_fails_no_request() -> None:
    log = Log()
    log.stream.close()
    log.log.request_ended(an_outcome())
    with Path("/dev/full").open("wb", buffering=0) as full:
        RequestLog(full, "INFO", FakeClock()).request_ended(an_outcome())
