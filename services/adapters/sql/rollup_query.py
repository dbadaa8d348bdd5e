"""A RollupQuery as one statement, and its rows as Rollups."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select

from services.adapters.sql.columns import Row
from services.adapters.sql.schema import (
    FIRST_TOKEN_COLUMNS,
    LATENCY_COLUMNS,
    ROLLUP_MEASURES,
    ROLLUP_SUMS,
    rollups_minute,
    rollups_quarter,
)
from services.domain.rollups import Dimension, Grain, Rollup, RollupQuery


def select_rollups(query: RollupQuery) -> Select[Any]:
    """Sums of all measures over the query's range, dimensions and time."""
    table = rollups_minute if query.grain is Grain.MINUTE else rollups_quarter
    groups = [table.c[dimension.value] for dimension in query.group_by]
    if query.by_time:
        groups.insert(0, table.c.bucket_start)
    sums = [func.sum(table.c[name]).label(name) for name in ROLLUP_MEASURES]
    statement = select(*groups, *sums).where(
        table.c.bucket_start >= query.start, table.c.bucket_start < query.end
    )
    for dimension, values in query.where.items():
        column = table.c[dimension.value]
        statement = statement.where(column.in_([_stored(dimension, value) for value in values]))
    return statement.group_by(*groups).order_by(*groups)


def rollup_of(row: Row, query: RollupQuery) -> Rollup:
    """One row of sums."""
    return Rollup(
        at=row["bucket_start"] if query.by_time else None,
        values={dimension: _shown(row[dimension.value]) for dimension in query.group_by},
        **{name: int(row[name]) for name in ROLLUP_SUMS},
        latency_counts=tuple(int(row[name]) for name in LATENCY_COLUMNS),
        first_token_counts=tuple(int(row[name]) for name in FIRST_TOKEN_COLUMNS),
    )


def _stored(dimension: Dimension, value: str) -> str | bool:
    return value == "true" if dimension is Dimension.IS_MOCK else value


def _shown(value: str | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else value
