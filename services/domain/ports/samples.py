"""Sample traffic."""

from __future__ import annotations

from typing import Protocol

from services.domain.audit import AuditEvent
from services.domain.samples import SampleOrder, SampleState


class SampleStore(Protocol):
    """The sample traffic in the ledger. All calls raise SourceDown when SQL does not answer."""

    def get_state(self) -> SampleState: ...

    def remove(self, event: AuditEvent) -> int:
        """Delete all of it and store the event, in one transaction; how many requests."""
        ...


class SampleSender(Protocol):
    """Makes sample traffic."""

    def send(self, order: SampleOrder, event: AuditEvent) -> int:
        """Send it and store it with the event; how many requests. Raises SourceDown."""
        ...
