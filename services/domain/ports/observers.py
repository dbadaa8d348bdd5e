"""Whoever is told of requests while they run."""

from __future__ import annotations

from typing import Protocol

from services.domain.ledger import Attempt, Outcome


class RequestObserver(Protocol):
    """Told what becomes of requests, for metrics and logs: quick, and never raises."""

    def attempt_started(self, provider: str) -> None: ...

    def attempt_ended(self, attempt: Attempt) -> None: ...

    def request_ended(self, outcome: Outcome) -> None: ...

    def stranger_refused(self, request_id: str, decision: str) -> None:
        """A request without a valid key: observed, but kept out of the ledger."""
        ...
