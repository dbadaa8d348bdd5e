"""What the journal still holds, as it limits what can be said of the ledger."""

from __future__ import annotations

from datetime import datetime

from services.domain.ports import Journal


def complete_up_to(journal: Journal, now: datetime) -> datetime:
    """Until when figures hold every request: now, or the time of the oldest one not yet in SQL."""
    _, oldest = journal.backlog()
    return oldest or now
