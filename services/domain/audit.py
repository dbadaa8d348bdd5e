"""The audit trail: what people and rules did, as it is written, listed and verified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """Something a person or a rule did: who, what, before, after, why, when."""

    id: str
    at: datetime
    actor: str
    action: str
    target: str
    reason: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    cause: str | None = None
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One event of the audit chain as read back."""

    sequence: int
    id: str
    at: datetime
    actor: str
    action: str
    target: str
    reason: str
    before: Mapping[str, object] | None
    after: Mapping[str, object] | None
    cause: str | None
    revision: int | None


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which audit events to list; empty fields do not restrict.

    Args:
        action_prefixes: only actions that begin with one of these, such as "rollout.".
    """

    start: datetime | None = None
    end: datetime | None = None
    actor: str | None = None
    action: str | None = None
    target: str | None = None
    action_prefixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditPage:
    """One page of events, newest first."""

    rows: tuple[AuditRow, ...]
    next_cursor: int | None


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """The audit chain's verification: how many events hold, and the first that does not."""

    events: int
    is_intact: bool
    first_bad_sequence: int | None = None
    problem: str | None = None
