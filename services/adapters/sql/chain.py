"""The chain of audit events: each event's MAC covers the event and the MAC before it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import Connection, insert, select
from sqlalchemy import text as sql

from services.adapters.sql.codec import encode_mapping
from services.adapters.sql.columns import Row, SafeText, micros_of
from services.adapters.sql.schema import audit_events
from services.domain.audit import AuditEvent

GENESIS = ""
_LOCK = "SELECT pg_advisory_xact_lock(7203102)"
_SIGNED = (
    "sequence", "id", "at", "actor", "action", "target", "reason", "before", "after", "cause",
    "revision", "prev_mac",
)  # fmt: skip


class AuditChain:
    """Signs events and appends them inside someone's transaction, so that both happen or neither.

    Args:
        key: the secret that makes a forged event detectable.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def append(self, connection: Connection, events: Sequence[AuditEvent]) -> int:
        """Add the events whose id is not there yet, in their order; how many were added."""
        if not events:
            return 0
        if connection.dialect.name == "postgresql":
            connection.execute(sql(_LOCK))
        fresh = _not_stored(connection, events)
        if not fresh:
            return 0
        sequence, mac = read_head(connection)
        rows = []
        for event in fresh:
            sequence += 1
            row = self._sign(_row_of(event, sequence, mac))
            mac = row["mac"]
            rows.append(row)
        connection.execute(insert(audit_events), rows)
        return len(rows)

    def mac_of(self, row: Row) -> str:
        """The MAC that a stored row must have."""
        signed = {name: row[name] for name in _SIGNED}
        signed["at"] = micros_of(row["at"])
        return self.seal(orjson.dumps(signed, option=orjson.OPT_SORT_KEYS))

    def seal(self, content: bytes) -> str:
        """HMAC-SHA256 of any content under the chain's key, hex."""
        return hmac.new(self._key, content, hashlib.sha256).hexdigest()

    def _sign(self, row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "mac": self.mac_of(row)}


def read_head(connection: Connection) -> tuple[int, str]:
    """Sequence and MAC of the last event; (0, "") without events."""
    latest = select(audit_events.c.sequence, audit_events.c.mac)
    row = connection.execute(latest.order_by(audit_events.c.sequence.desc()).limit(1)).first()
    return (0, GENESIS) if row is None else (row.sequence, row.mac)


def with_revision(event: AuditEvent, revision: int) -> AuditEvent:
    """The event, naming the revision that its change made."""
    return replace(event, revision=revision)


def _not_stored(connection: Connection, events: Sequence[AuditEvent]) -> list[AuditEvent]:
    by_id: dict[str, AuditEvent] = {}
    for event in events:
        by_id.setdefault(event.id, event)
    stored = select(audit_events.c.id).where(audit_events.c.id.in_(list(by_id)))
    for known in connection.execute(stored).scalars():
        del by_id[known]
    return list(by_id.values())


def _row_of(event: AuditEvent, sequence: int, prev_mac: str) -> dict[str, Any]:
    return {
        "sequence": sequence,
        "id": event.id,
        "at": event.at,
        "actor": _stored(event.actor),
        "action": _stored(event.action),
        "target": _stored(event.target),
        "reason": _stored(event.reason),
        "before": encode_mapping(event.before),
        "after": encode_mapping(event.after),
        "cause": _stored(event.cause),
        "revision": event.revision,
        "prev_mac": prev_mac,
    }


def _stored(text: str | None) -> str | None:
    # Signed is what the column will hold, or the event would not verify.
    return SafeText.clean(text)
