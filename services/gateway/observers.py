"""Several observers as one."""

from __future__ import annotations

from services.domain.ledger import Attempt, Outcome
from services.domain.ports import RequestObserver


class Observers:
    """The RequestObserver that tells all of its own, in order; none are as good as any."""

    def __init__(self, *observers: RequestObserver) -> None:
        self._observers = observers

    def attempt_started(self, provider: str) -> None:
        for observer in self._observers:
            observer.attempt_started(provider)

    def attempt_ended(self, attempt: Attempt) -> None:
        for observer in self._observers:
            observer.attempt_ended(attempt)

    def request_ended(self, outcome: Outcome) -> None:
        for observer in self._observers:
            observer.request_ended(outcome)

    def stranger_refused(self, request_id: str, decision: str) -> None:
        for observer in self._observers:
            observer.stranger_refused(request_id, decision)
