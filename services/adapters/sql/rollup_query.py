"""A RollupQuery as one statement, and its rows as Rollups."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby, pairwise
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Table,
    case,
    func,
    literal_column,
    select,
    type_coerce,
)

from services.adapters.sql.columns import Row, micros_of
from services.adapters.sql.schema import (
    FIRST_TOKEN_COLUMNS,
    LATENCY_COLUMNS,
    ROLLUP_MEASURES,
    rollups_minute,
    rollups_quarter,
)
from services.domain.rollups import SUMS, Dimension, Grain, Rollup, RollupQuery

_INTERVAL = "interval_number"
_MICROSECOND = timedelta(microseconds=1)


def select_rollups(query: RollupQuery) -> Select[Any]:
    """Sums of the measures over the query's range, dimensions and time."""
    table = rollups_minute if query.grain is Grain.MINUTE else rollups_quarter
    columns: list[ColumnElement[Any]] = [table.c[d.value] for d in query.group_by]
    groups = list(columns)
    if query.edges:
        columns.insert(0, _interval_number(table, query.edges).label(_INTERVAL))
        # By its name: as an expression its parameters would count as different ones.
        groups.insert(0, literal_column(_INTERVAL))
    elif query.by_time:
        columns.insert(0, table.c.bucket_start)
        groups.insert(0, table.c.bucket_start)
    measures = ROLLUP_MEASURES if query.with_latency else SUMS
    sums = [func.sum(table.c[name]).label(name) for name in measures]
    statement = select(*columns, *sums).where(*range_conditions(table, query))
    return statement.group_by(*groups).order_by(*groups)


def range_conditions(table: Table, query: RollupQuery) -> list[ColumnElement[bool]]:
    """The query's range and values as conditions on one of the rollups."""
    conditions = [table.c.bucket_start >= query.start, table.c.bucket_start < query.end]
    for dimension, values in query.where.items():
        column = table.c[dimension.value]
        conditions.append(column.in_([stored_value(dimension, value) for value in values]))
    return conditions


def rollup_of(row: Row, query: RollupQuery) -> Rollup:
    """One row of sums."""
    return Rollup(
        at=_time_of(row, query),
        values={dimension: _shown(row[dimension.value]) for dimension in query.group_by},
        **{name: int(row[name]) for name in SUMS},
        latency_counts=_counts(row, LATENCY_COLUMNS, query),
        first_token_counts=_counts(row, FIRST_TOKEN_COLUMNS, query),
    )


def _counts(row: Row, columns: tuple[str, ...], query: RollupQuery) -> tuple[int, ...]:
    if not query.with_latency:
        return (0,) * len(columns)
    return tuple(int(row[name]) for name in columns)


def stored_value(dimension: Dimension, value: str) -> str | bool:
    """A dimension's value as its column holds it."""
    return value == "true" if dimension is Dimension.IS_MOCK else value


def _shown(value: str | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else value


def _time_of(row: Row, query: RollupQuery) -> datetime | None:
    if query.edges:
        return query.edges[int(row[_INTERVAL])]
    at: datetime | None = row["bucket_start"] if query.by_time else None
    return at


def _interval_number(table: Table, edges: tuple[datetime, ...]) -> ColumnElement[int]:
    """Which interval a bucket lies in: a division within each run of equal intervals.

    A year of days has some five runs, where comparing with every edge would take 365 comparisons
    a row.
    """
    start = type_coerce(table.c.bucket_start, BigInteger)
    branches = []
    lengths = enumerate(b - a for a, b in pairwise(edges))
    for length, run in groupby(lengths, key=lambda numbered: numbered[1]):
        numbers = [number for number, _ in run]
        if length:
            since = start - micros_of(edges[numbers[0]])
            number = since // (length // _MICROSECOND) + numbers[0]
            branches.append((start < micros_of(edges[numbers[-1] + 1]), number))
    return case(*branches)
