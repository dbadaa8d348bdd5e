"""The log of requests: one JSON line each, written without the detours of a logging framework."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, BinaryIO

import orjson

from services.domain.errors import BudgetUnavailable, LeaseExpired, LedgerUnavailable, SourceDown
from services.domain.ledger import Attempt, Outcome, Status
from services.domain.money import usd_text
from services.domain.ports import Clock
from services.domain.privacy import mask_value

LOGGER = "services.requests"
_DEPENDENCY_DOWN = frozenset(
    error.code for error in (BudgetUnavailable, LeaseExpired, LedgerUnavailable, SourceDown)
)
_EVENTS = {
    Status.SUCCESS: "request_answered",
    Status.REFUSED: "request_refused",
    Status.ERROR: "request_failed",
    Status.CANCELLED: "request_cancelled",
    Status.LOST: "request_lost",
}


class RequestLog:
    """The RequestObserver that writes lines. A line costs one dump and one write.

    Users appear as their keyed hash, personal data in messages is masked.

    Args:
        stream: binary and buffered; flushed after each line, so that none is lost or late.
        level: of Python's logging; what is below it is not written.
        shows_tokens, shows_costs: whether lines carry these figures.
    """

    def __init__(
        self,
        stream: BinaryIO,
        level: str,
        clock: Clock,
        *,
        shows_tokens: bool = True,
        shows_costs: bool = True,
    ) -> None:
        self._stream = stream
        self._level = logging.getLevelNamesMapping()[level]
        self._clock = clock
        self._shows_tokens = shows_tokens
        self._shows_costs = shows_costs

    def attempt_started(self, provider: str) -> None:
        """Only ends are worth a line."""

    def attempt_ended(self, attempt: Attempt) -> None:
        """A line for each failure of a provider, also when another one answers in the end."""
        if attempt.status is not Status.ERROR or self._level > logging.WARNING:
            return
        fields = {
            "request_id": attempt.request_id,
            "attempt": attempt.number,
            "provider": attempt.provider,
            "model": attempt.model,
            "decision": attempt.decision,
            "duration_ms": round(attempt.duration_ms, 1),
            **self._figures(attempt),
            "error": mask_value(attempt.message),
        }
        ended_at = attempt.started_at + timedelta(milliseconds=attempt.duration_ms)
        self._write(logging.WARNING, ended_at, "attempt_failed", fields)

    def request_ended(self, outcome: Outcome) -> None:
        level = _level_of(outcome)
        if level < self._level:
            return
        intent = outcome.intent
        fields = {
            "request_id": intent.request_id,
            "source": intent.source,
            "application": intent.application,
            "feature": intent.feature,
            "user": intent.user,
            "status": outcome.status,
            "decision": outcome.decision,
            "http_status": outcome.http_status,
            "provider": outcome.provider,
            "model": outcome.model,
            "is_mock": outcome.is_mock,
            "attempts": len(outcome.attempts),
            "duration_ms": round(outcome.duration_ms, 1),
            "overhead_ms": round(outcome.overhead_ms, 3),
            **self._figures(outcome),
        }
        if outcome.message is not None:
            fields["error"] = mask_value(outcome.message)
        self._write(level, outcome.finished_at, _EVENTS[outcome.status], fields)

    def stranger_refused(self, request_id: str, decision: str) -> None:
        if self._level > logging.INFO:
            return
        fields = {"request_id": request_id, "status": Status.REFUSED, "decision": decision}
        self._write(logging.INFO, self._clock.now(), _EVENTS[Status.REFUSED], fields)

    def _figures(self, record: Outcome | Attempt) -> dict[str, Any]:
        figures: dict[str, Any] = {}
        if self._shows_tokens:
            figures["input_tokens"] = record.usage.input_tokens
            figures["output_tokens"] = record.usage.output_tokens
        if self._shows_costs:
            figures["cost_usd"] = usd_text(record.cost_nano_usd)
            figures["cost_basis"] = record.cost_basis
        return figures

    def _write(self, level: int, at: datetime, event: str, fields: dict[str, Any]) -> None:
        name = logging.getLevelName(level).lower()
        line = {"time": at, "level": name, "logger": LOGGER, "event": event, **fields}
        options = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
        # A log that cannot be written (a full disk, a closed pipe) must not fail the request.
        with suppress(OSError, ValueError):
            self._stream.write(orjson.dumps(line, option=options))
            self._stream.flush()


def _level_of(outcome: Outcome) -> int:
    """Refusals are normal business; a failing provider is a warning, our own parts an error."""
    if outcome.status not in (Status.ERROR, Status.LOST):
        return logging.INFO
    return logging.ERROR if outcome.decision in _DEPENDENCY_DOWN else logging.WARNING
