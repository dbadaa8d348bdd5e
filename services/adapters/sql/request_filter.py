"""A RequestFilter and a page's cursor as conditions over requests joined with their outcomes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, ColumnElement, Join, UnaryExpression, func, literal, tuple_

from services.adapters.sql.columns import UtcMicros, from_micros, micros_of
from services.adapters.sql.rollup_query import stored_value
from services.adapters.sql.schema import outcomes, requests
from services.domain.errors import Unprocessable
from services.domain.ledger import Intent
from services.domain.requests import RequestFilter
from services.domain.rollups import Dimension

_DIMENSIONS: dict[Dimension, ColumnElement[Any]] = {
    Dimension.FEATURE: requests.c.feature,
    # Rollups know no NULL: nobody answered, and no template, are empty there.
    Dimension.PROVIDER: func.coalesce(outcomes.c.provider, ""),
    Dimension.MODEL: func.coalesce(outcomes.c.model, ""),
    Dimension.STATUS: outcomes.c.status,
    Dimension.DECISION: outcomes.c.decision,
    Dimension.PROMPT_VERSION: func.coalesce(requests.c.prompt_version, ""),
    Dimension.APPLICATION: requests.c.application,
    Dimension.SOURCE: requests.c.source,
    Dimension.IS_MOCK: outcomes.c.is_mock,
}


def joined() -> Join:
    """Completed requests with their intents."""
    return outcomes.join(requests, outcomes.c.request_id == requests.c.request_id)


def where_of(where: RequestFilter, cursor: str | None) -> list[ColumnElement[bool]]:
    """The filter's conditions, and being older than the cursor.

    Raises:
        Unprocessable: the cursor is not one of ours.
    """
    started, request_id = _time_and_id(where)
    conditions: list[ColumnElement[bool]] = []
    if where.start is not None:
        conditions.append(started >= where.start)
    if where.end is not None:
        conditions.append(started < where.end)
    if where.slower_than_ms is not None:
        conditions.append(outcomes.c.duration_ms > where.slower_than_ms)
    for column, value in (
        (requests.c.feature, where.feature),
        (outcomes.c.provider, where.provider),
        (requests.c.application, where.application),
        (outcomes.c.status, where.status),
        (requests.c.source, where.source),
        (requests.c.user, where.user),
        (requests.c.request_id, where.request_id),
    ):
        if value is not None:
            conditions.append(column == value)
    conditions += among(where.among)
    if cursor is not None:
        conditions.append(tuple_(started, request_id) < _place(cursor))
    return conditions


def among(where: Iterable[tuple[Dimension, tuple[str, ...]]]) -> list[ColumnElement[bool]]:
    """Conditions on requests that choose those which a RollupQuery's `where` counts."""
    return [
        _DIMENSIONS[dimension].in_([stored_value(dimension, value) for value in values])
        for dimension, values in where
    ]


def order_of(where: RequestFilter) -> tuple[UnaryExpression[Any], UnaryExpression[Any]]:
    """Newest first, the id deciding between equals."""
    started, request_id = _time_and_id(where)
    return started.desc(), request_id.desc()


def cursor_of(last: Intent) -> str:
    """Where the page after this request begins."""
    return f"{micros_of(last.started_at)}.{last.request_id}"


def _time_and_id(where: RequestFilter) -> tuple[Column[Any], Column[Any]]:
    # One user's requests are walked by the user's own index, all others by time.
    table = outcomes if where.user is None else requests
    return table.c.started_at, table.c.request_id


def _place(cursor: str) -> ColumnElement[Any]:
    micros, _, request_id = cursor.partition(".")
    if not (micros.isdecimal() and len(micros) <= 17 and request_id):
        raise Unprocessable(
            f"{cursor[:80]!r} is not a page's cursor: use the one that the page before gave.",
            param="cursor",
        )
    return tuple_(literal(from_micros(int(micros)), UtcMicros), literal(request_id))
