"""The trail of what operators did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from services.domain.audit import AuditEvent, AuditFilter, AuditPage, ChainCheck


class AuditStore(Protocol):
    """The HMAC chain of audit events."""

    def append(self, events: Sequence[AuditEvent]) -> int:
        """Add those not there yet; how many."""
        ...

    def list_events(self, where: AuditFilter, cursor: int | None, limit: int) -> AuditPage: ...

    def verify(self) -> ChainCheck: ...
