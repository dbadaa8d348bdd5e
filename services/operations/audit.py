"""Who did what and why, and the proof that nobody changed the record of it."""

from __future__ import annotations

from services.domain.identity import Actor, Permission, require
from services.domain.ports import AuditStore
from services.domain.rollups import AuditFilter, AuditPage, ChainCheck

PAGE = 50


class Audit:
    """The reads behind the Audit page and `ai-verify-audit`."""

    def __init__(self, *, store: AuditStore) -> None:
        self._store = store

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
