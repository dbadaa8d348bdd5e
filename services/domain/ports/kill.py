"""A place that holds the kill register."""

from __future__ import annotations

from typing import Protocol

from services.domain.audit import AuditEvent
from services.domain.kill import KillEntry


class KillPlace(Protocol):
    """One of the places the kill register is kept in (file, SQL, Redis)."""

    @property
    def name(self) -> str: ...

    def read(self) -> tuple[KillEntry, ...]: ...

    def write(self, entry: KillEntry, event: AuditEvent | None) -> bool:
        """Keep the entry unless a higher epoch is there; True when the event was stored too."""
        ...
