"""Keeps each change of a breaker that a rule made; an operator's has an event of its own."""

from __future__ import annotations

import logging
import threading
from collections import deque
from datetime import timedelta
from uuid import UUID, uuid5

from services.domain.audit import AuditEvent
from services.domain.breakers import BreakerView
from services.domain.calls import Candidate
from services.domain.errors import LedgerUnavailable
from services.domain.ports import Clock, Journal

ACTION = "breaker.changed"
ACTOR = "rule:circuit_breaker"
_EVENTS = UUID("8f1d7a52-7c0e-4e0b-9d57-0d1d3a1f6c41")
_MOST_WAITING = 10_000
_log = logging.getLogger(__name__)


class BreakerChanges:
    """Writes changes into the journal, which takes them to SQL beside the requests.

    Every instance writes each change that it learns of, so that none is lost with the instance
    that made it; the event's id follows from the change, and SQL keeps one of each.

    Args:
        store: names what the breakers are kept in: one name for instances that share them.
    """

    def __init__(self, journal: Journal, clock: Clock, store: str) -> None:
        self._journal = journal
        self._clock = clock
        self._store = store
        self._lock = threading.Lock()
        self._waiting: deque[AuditEvent] = deque(maxlen=_MOST_WAITING)
        self._is_in_trouble = False

    def record(self, candidate: Candidate, view: BreakerView) -> None:
        """Keep the change that led to this view."""
        if view.is_ordered:
            return
        self._waiting.append(self._event(candidate, view))
        self.flush()

    def flush(self) -> None:
        """Write what the journal could not take before; called beside the requests too."""
        if not self._waiting:
            return
        with self._lock:
            try:
                while self._waiting:
                    self._journal.write_audit(self._waiting[0])
                    self._waiting.popleft()
                self._is_in_trouble = False
            except LedgerUnavailable as error:
                if not self._is_in_trouble:
                    _log.warning("breaker_change_waits", extra={"fields": {"cause": error.message}})
                self._is_in_trouble = True

    def _event(self, candidate: Candidate, view: BreakerView) -> AuditEvent:
        name = f"{self._store} {candidate} {view.number} {view.since_s!r}"
        after: dict[str, object] = {"state": view.state.value}
        if view.returning_percent is not None:
            after["returning_percent"] = view.returning_percent
        return AuditEvent(
            id=str(uuid5(_EVENTS, name)),
            at=self._clock.now() - timedelta(seconds=view.for_s),
            actor=ACTOR,
            action=ACTION,
            target=str(candidate),
            reason=view.reason,
            before={"state": view.before.value},
            after=after,
        )
