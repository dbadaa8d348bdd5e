"""A journal that tests can fill up."""

from __future__ import annotations

from services.domain.audit import AuditEvent
from services.domain.errors import LedgerUnavailable
from services.domain.ledger import Intent, Outcome


class FullJournal:
    """A journal whose disk is full until it is mended."""

    def __init__(self) -> None:
        self.events: list[AuditEvent] = []
        self.is_full = False

    def write_intent(self, intent: Intent) -> None:
        raise NotImplementedError

    def write_outcome(self, outcome: Outcome) -> None:
        raise NotImplementedError

    def write_audit(self, event: AuditEvent) -> None:
        if self.is_full:
            raise LedgerUnavailable("the disk is full")
        self.events.append(event)

    def backlog(self) -> tuple[int, None]:
        return len(self.events), None
