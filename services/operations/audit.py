"""Who did what and why, and the proof that nobody changed the record of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime

from services.domain.audit import AuditFilter, AuditPage, AuditRow, ChainCheck
from services.domain.identity import Actor, Permission, require
from services.domain.ports import AuditStore
from services.operations.events import EventWriter

PAGE = 50
EXPORT_PAGE = 1_000


class Audit:
    """The reads behind the Audit page and `ai-verify-audit`."""

    def __init__(self, *, store: AuditStore, events: EventWriter) -> None:
        self._store = store
        self._events = events

    def list_events(
        self, actor: Actor, where: AuditFilter, cursor: int | None = None, limit: int = PAGE
    ) -> AuditPage:
        """A page of events, newest first; raises Forbidden, SourceDown."""
        require(actor, Permission.VIEW_AUDIT)
        return self._store.list_events(where, cursor, limit)

    def verify(self, actor: Actor) -> ChainCheck:
        """Check the whole chain against its key and its anchor; raises Forbidden, SourceDown."""
        require(actor, Permission.VIEW_AUDIT)
        return self._store.verify()

    def export(self, actor: Actor, where: AuditFilter) -> Iterator[AuditRow]:
        """Every event of the filter, newest first; the export itself becomes an event before it.

        Raises:
            Forbidden, SourceDown: before the first event, or between two pages of them.
        """
        require(actor, Permission.VIEW_AUDIT)
        require(actor, Permission.EXPORT)
        event = self._events.event(
            actor, "audit.export", "audit", "export of the audit log", after=_describe(where)
        )
        self._store.append([event])
        return self._walk(where)

    def _walk(self, where: AuditFilter) -> Iterator[AuditRow]:
        cursor: int | None = None
        while True:
            page = self._store.list_events(where, cursor, EXPORT_PAGE)
            yield from page.rows
            cursor = page.next_cursor
            if cursor is None:
                return


def _describe(where: AuditFilter) -> dict[str, object]:
    """The restrictions of a filter, for the event of an export."""
    given = {field.name: getattr(where, field.name) for field in fields(where)}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in given.items()
        if value
    }
