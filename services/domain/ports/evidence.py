"""What became of requests, counted for the rollout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.domain.evidence import EvidenceSecond, Mark, PastEvidence, Tally


class EvidenceLog(Protocol):
    """Outcomes by feature, instance and second, for the rollout's gates and rules.

    Invented answers (`is_mock`) and real ones are counted apart. Reads raise SourceDown.
    """

    @property
    def kept_since(self) -> datetime | None:
        """What ended before may be missing; None where nothing is."""
        ...

    async def restore(self, past: PastEvidence) -> None:
        """Count what the ledger knows, in place of what is there of its hours and minutes; raises
        SourceDown."""
        ...

    def record(self, mark: Mark, at: datetime) -> object:
        """Count one outcome: at once, in memory."""
        ...

    async def list_seconds(
        self, features: Sequence[str], since: datetime, until: datetime, *, is_mock: bool
    ) -> tuple[EvidenceSecond, ...]:
        """All instances' seconds from `since` on, before `until`, in the order of time."""
        ...

    def list_own_seconds(
        self, features: Sequence[str], since: datetime, until: datetime, *, is_mock: bool
    ) -> tuple[EvidenceSecond, ...]:
        """This instance's alone, whatever is down."""
        ...

    async def sum_since(
        self, features: Sequence[str], since: datetime, *, is_mock: bool
    ) -> Mapping[str, Tally]:
        """All instances' outcomes by feature; see `plan_window` for where it begins."""
        ...

    async def flush(self) -> None:
        """Tell the other instances what is new."""
        ...
