"""What the ledger knows of the time before a process, for counters and evidence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from services.domain.evidence import PastEvidence
from services.domain.periods import Window
from services.domain.quota_uses import QuotaUse


class PastReader(Protocol):
    """Sums that counters and evidence are rebuilt from. Raises SourceDown."""

    def list_quota_uses(self, window: Window) -> tuple[QuotaUse, ...]:
        """What each subject took from quotas in a calendar window, by feature."""
        ...

    def read_evidence(self, now: datetime, windows: Iterable[datetime]) -> PastEvidence:
        """All that is kept of it at that time, for windows that begin at these instants or at a
        whole hour."""
        ...
