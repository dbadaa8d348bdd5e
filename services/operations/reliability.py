"""How well requests go, from the ledger's rollups, with the changes that may have caused it."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.domain.audit import AuditFilter, AuditRow
from services.domain.ledger import Source
from services.domain.ports import AuditStore, Clock, Journal, LedgerReader
from services.domain.readings import Reading, take_reading
from services.domain.reliability import Frame, ReliabilityView, assess_range, frame_of
from services.domain.rollups import Dimension, RollupQuery
from services.operations.backlog import complete_up_to

CAUSES = ("rollout.", "feature.", "kill.", "breaker.", "provider.", "budget.", "prompt.")
"""Changes that can make requests go otherwise than before."""

_SHOWN = 100


class Reliability:
    """The reads behind the Reliability page."""

    def __init__(
        self, *, reader: LedgerReader, audit: AuditStore, journal: Journal, clock: Clock
    ) -> None:
        self._reader = reader
        self._audit = audit
        self._journal = journal
        self._clock = clock

    def get_view(
        self, span: timedelta, dimension: Dimension, source: Source = Source.APPLICATION
    ) -> Reading[ReliabilityView]:
        """One source's requests of the last hours or days, by provider, model or feature.

        No data when there were none at all; a ledger that does not answer is in the reading.
        """
        now = self._clock.now()
        return take_reading(
            "ledger",
            complete_up_to(self._journal, now),
            lambda: self._read(frame_of(now, span), dimension, source, now),
            lambda view: view.total.requests == 0,
        )

    def _read(
        self, frame: Frame, dimension: Dimension, source: Source, now: datetime
    ) -> ReliabilityView | None:
        rows = self._reader.list_rollups(
            RollupQuery(
                frame.edges[0],
                frame.edges[-1],
                (dimension, Dimension.STATUS),
                edges=frame.edges,
                grain=frame.grain,
                where={Dimension.SOURCE: (source.value,)},
            )
        )
        changes = self._changes(frame.edges[0], now)
        return assess_range(frame, dimension, rows, changes) if rows else None

    def _changes(self, start: datetime, end: datetime) -> tuple[AuditRow, ...]:
        where = AuditFilter(start=start, end=end, action_prefixes=CAUSES)
        return self._audit.list_events(where, None, _SHOWN).rows
