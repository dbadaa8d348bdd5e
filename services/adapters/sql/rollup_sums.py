"""Sums of outcomes by time and dimension: made in memory, then added to a rollup row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, Table

from services.adapters.sql.dialect import upsert

Sums = dict[tuple[Any, ...], Counter[str]]
"""What is to be added, by key and measure."""


def minute_of(at: datetime) -> datetime:
    """The start of the minute, in UTC."""
    return at.astimezone(UTC).replace(second=0, microsecond=0)


def quarter_of(at: datetime) -> datetime:
    """The start of the quarter-hour."""
    return at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0)


def add(sums: Sums, key: tuple[Any, ...], measures: Mapping[str, int]) -> None:
    """Add to the row of that key."""
    counter = sums.get(key)
    if counter is None:
        counter = sums[key] = Counter()
    for name, value in measures.items():
        counter[name] += value


def store(
    connection: Connection,
    table: Table,
    key: tuple[str, ...],
    measures: tuple[str, ...],
    sums: Sums,
) -> None:
    """Add the sums to a rollup: one upsert a row.

    Args:
        key: the columns that the sums' keys are of, in their order.
    """
    if not sums:
        return
    # In order: two writers that meet in the same rows then wait instead of deadlocking.
    rows = [
        {**dict(zip(key, values, strict=True)), **{name: sums[values][name] for name in measures}}
        for values in sorted(sums)
    ]
    connection.execute(_adding(connection.dialect.name, table, key, measures), rows)


@cache
def _adding(dialect: str, table: Table, key: tuple[str, ...], measures: tuple[str, ...]) -> Insert:
    """The statement that adds to rows; made once, for making it takes longer than to run it."""
    statement = upsert(dialect, table)
    added = {name: table.c[name] + statement.excluded[name] for name in measures}
    return statement.on_conflict_do_update(index_elements=list(key), set_=added)
