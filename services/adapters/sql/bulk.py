"""Inserts many rows in few statements, by the driver alone: what SQLAlchemy does for each row of an
insert costs more than the database's own work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table

from services.adapters.sql.columns import SafeText, UtcMicros, micros_of

ROWS_AT_ONCE = 32
"""With 25 columns 800 parameters: SQLite takes 32,766 in a statement, PostgreSQL 65,535.

Fewer rows go in parts of 16, 8 and so on: every statement is kept, here and by the driver, so
there must not be one for each number of rows.
"""

_Bind = Callable[[Any], Any]


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Insert the rows whose key is not there yet; the `request_id` of each one inserted.

    Args:
        rows: all with the same columns, in the same order.
    """
    if not rows:
        return set()
    names = tuple(rows[0])
    binds = tuple(_bind_of(table, name) for name in names)
    quote = connection.dialect.identifier_preparer.quote
    marker = "%s" if connection.dialect.name == "postgresql" else "?"
    place, columns = quote(table.name), ", ".join(map(quote, names))
    fresh: set[str] = set()
    for part in _parts(rows):
        statement = _statement(place, columns, marker, (len(names), len(part)))
        values = tuple(
            bind(row[name]) if bind else row[name]
            for row in part
            for name, bind in zip(names, binds, strict=True)
        )
        fresh.update(connection.exec_driver_sql(statement, values).scalars())
    return fresh


def _parts(rows: Sequence[Mapping[str, Any]]) -> Iterator[Sequence[Mapping[str, Any]]]:
    at, size = 0, ROWS_AT_ONCE
    while at < len(rows):
        while size > len(rows) - at:
            size //= 2
        yield rows[at : at + size]
        at += size


@cache
def _bind_of(table: Table, name: str) -> _Bind | None:
    """What a value goes through on its way into the column."""
    kind = table.c[name].type
    if isinstance(kind, UtcMicros):
        return lambda at: None if at is None else micros_of(at)
    return SafeText.clean if isinstance(kind, SafeText) else None


@cache
def _statement(table: str, columns: str, marker: str, size: tuple[int, int]) -> str:
    """An insert of so many columns in so many rows; table and columns are quoted."""
    row = f"({', '.join([marker] * size[0])})"
    return (
        f"INSERT INTO {table} ({columns}) VALUES {', '.join([row] * size[1])} "  # noqa: S608 - names of our own tables
        "ON CONFLICT DO NOTHING RETURNING request_id"
    )
