"""Records of requests: written down, stored and read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.domain.audit import AuditEvent
from services.domain.ledger import Intent, Outcome
from services.domain.limit_refusals import LimitRefusals
from services.domain.requests import RequestDetail, RequestFilter, RequestPage
from services.domain.rollups import Reconciliation, Rollup, RollupQuery


class Journal(Protocol):
    """Local and append-only; survives the process. Raises LedgerUnavailable when it cannot."""

    def write_intent(self, intent: Intent) -> None: ...

    def write_outcome(self, outcome: Outcome) -> None: ...

    def write_audit(self, event: AuditEvent) -> None: ...

    def backlog(self) -> tuple[int, datetime | None]:
        """Records not yet in SQL, and the oldest one's time."""
        ...


class LedgerStore(Protocol):
    """Where the journal's batches go: insert-only, idempotent, rollups in the same transaction."""

    def ingest(
        self,
        intents: Sequence[Intent],
        outcomes: Sequence[Outcome],
        events: Sequence[AuditEvent],
        writer: str,
    ) -> int:
        """Insert what is not yet there; the number of requests newly completed."""
        ...

    def mark_lost(self, writer: str, at: datetime) -> int:
        """Complete a dead writer's open intents as lost; how many."""
        ...


class LedgerReader(Protocol):
    """What pages read. All calls raise SourceDown when SQL does not answer."""

    def list_rollups(self, query: RollupQuery) -> tuple[Rollup, ...]: ...

    def list_requests(
        self, where: RequestFilter, cursor: str | None, limit: int
    ) -> RequestPage: ...

    def get_request(self, request_id: str) -> RequestDetail | None: ...

    def sum_requests(self, where: RequestFilter) -> tuple[int, int]:
        """(requests, cost in nano-dollars) straight over the rows: the proof, not for pages."""
        ...

    def reconcile(self, query: RollupQuery) -> Reconciliation:
        """The sums of rollups and of rows over the query's range and values, at one moment."""
        ...

    def sum_refusals(self, start: datetime, end: datetime) -> tuple[LimitRefusals, ...]:
        """By limit and feature, of requests of the range's minutes, 48 h back at the most."""
        ...

    def spend_by_user(self, start: datetime, end: datetime) -> Mapping[str, int]: ...

    def ingested_at(self) -> datetime | None:
        """When a batch was last committed."""
        ...
