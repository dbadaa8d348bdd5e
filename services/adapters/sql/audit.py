"""The audit chain as a store: append, list, verify, and its head anchored outside the table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, or_, select

from services.adapters.sql.anchor import Anchor, read_anchor, write_anchor
from services.adapters.sql.chain import GENESIS, AuditChain, read_head
from services.adapters.sql.codec import decode_mapping
from services.adapters.sql.columns import Row
from services.adapters.sql.engine import Database
from services.adapters.sql.schema import audit_events
from services.domain.audit import AuditEvent, AuditFilter, AuditPage, AuditRow, ChainCheck

_BATCH = 1_000
_events = audit_events.c


class SqlAudit:
    """AuditStore over SQL.

    Args:
        anchor_path: the file, outside the database, that keeps the chain's last known head.
    """

    def __init__(self, database: Database, chain: AuditChain, anchor_path: Path) -> None:
        self._database = database
        self._chain = chain
        self._anchor_path = anchor_path

    def append(self, events: Sequence[AuditEvent]) -> int:
        with self._database.write() as connection:
            return self._chain.append(connection, events)

    def list_events(self, where: AuditFilter, cursor: int | None, limit: int) -> AuditPage:
        conditions = _conditions(where)
        if cursor is not None:
            conditions.append(_events.sequence < cursor)
        query = select(audit_events).where(*conditions).order_by(_events.sequence.desc())
        with self._database.read() as connection:
            rows = connection.execute(query.limit(limit + 1)).mappings().all()
        page = tuple(_event_row(row) for row in rows[:limit])
        return AuditPage(page, page[-1].sequence if len(rows) > limit else None)

    def verify(self) -> ChainCheck:
        anchor, damage = read_anchor(self._anchor_path, self._chain)
        count, mac = 0, GENESIS
        with self._database.read() as connection:
            for row in _walk(connection):
                problem = self._find_fault(row, count + 1, mac, anchor)
                if problem is not None:
                    return ChainCheck(count, False, count + 1, problem)
                count, mac = row["sequence"], row["mac"]
        if damage is not None:
            return ChainCheck(count, False, None, damage)
        if anchor is not None and anchor.sequence > count:
            problem = (
                f"The events after {count} are gone: the chain's anchor in "
                f"{self._anchor_path} knew {anchor.sequence} of them."
            )
            return ChainCheck(count, False, count + 1, problem)
        return ChainCheck(count, True)

    def anchor(self) -> bool:
        """Write the chain's head to the anchor file; False when the chain no longer fits it.

        An anchor is never replaced by one that does not continue it, or cutting the chain's end
        off would go unnoticed a minute later.
        """
        known, damage = read_anchor(self._anchor_path, self._chain)
        with self._database.read() as connection:
            sequence, mac = read_head(connection)
            fits = damage is None and (known is None or _continues(connection, known))
        if fits and sequence and (known is None or known.sequence < sequence):
            write_anchor(self._anchor_path, Anchor(sequence, mac), self._chain)
        return fits

    def _find_fault(
        self, row: Row, expected: int, prev_mac: str, anchor: Anchor | None
    ) -> str | None:
        if row["sequence"] != expected:
            return f"Event {expected} is missing: it was deleted or moved."
        if row["prev_mac"] != prev_mac:
            return f"Event {expected} does not follow the one before it: the order was changed."
        if row["mac"] != self._chain.mac_of(row):
            return f"Event {expected} was changed after it was written."
        if anchor is not None and anchor.sequence == expected and anchor.mac != row["mac"]:
            return f"Event {expected} is not the one in {self._anchor_path}: it was rewritten."
        return None


def _continues(connection: Connection, known: Anchor) -> bool:
    at_anchor = select(_events.mac).where(_events.sequence == known.sequence)
    return connection.execute(at_anchor).scalar() == known.mac


def _walk(connection: Connection) -> Iterator[Row]:
    last = -1
    while True:
        query = select(audit_events).where(_events.sequence > last).order_by(_events.sequence)
        rows = connection.execute(query.limit(_BATCH)).mappings().all()
        yield from rows
        if len(rows) < _BATCH:
            return
        last = rows[-1]["sequence"]


def _conditions(where: AuditFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if where.start is not None:
        conditions.append(_events.at >= where.start)
    if where.end is not None:
        conditions.append(_events.at < where.end)
    for column, value in (
        (_events.actor, where.actor),
        (_events.action, where.action),
        (_events.target, where.target),
    ):
        if value is not None:
            conditions.append(column == value)
    if where.action_prefixes:
        begins = (_events.action.startswith(p, autoescape=True) for p in where.action_prefixes)
        conditions.append(or_(*begins))
    return conditions


def _event_row(row: Row) -> AuditRow:
    return AuditRow(
        sequence=row["sequence"],
        id=row["id"],
        at=row["at"],
        actor=row["actor"],
        action=row["action"],
        target=row["target"],
        reason=row["reason"],
        before=decode_mapping(row["before"]),
        after=decode_mapping(row["after"]),
        cause=row["cause"],
        revision=row["revision"],
    )
