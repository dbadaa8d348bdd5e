"""Audit events as files: CSV for spreadsheets, JSON Lines for programs. Pure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict

from services.domain.audit import AuditRow
from services.domain.spreadsheets import escape_formula

COLUMNS = (
    "sequence", "at", "actor", "action", "target", "reason", "before", "after", "cause",
    "revision", "id",
)  # fmt: skip


def render_audit_csv(rows: Iterable[AuditRow]) -> str:
    """One line an event; times in UTC, what was before and after as JSON.

    Text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        values = _plain(row)
        writer.writerow(_cell(values[name]) for name in COLUMNS)
    return buffer.getvalue()


def render_audit_jsonl(rows: Iterable[AuditRow]) -> str:
    """One JSON object an event."""
    return "".join(json.dumps(_plain(row), ensure_ascii=False) + "\n" for row in rows)


def _plain(row: AuditRow) -> dict[str, object]:
    return asdict(row) | {"at": row.at.isoformat()}


def _cell(value: object) -> object:
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str):
        return escape_formula(value)
    return "" if value is None else value
