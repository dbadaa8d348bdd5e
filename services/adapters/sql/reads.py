"""What pages read of the ledger: sums from the rollups, single requests by keyset pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, func, select

from services.adapters.sql.engine import Database
from services.adapters.sql.ledger_rows import attempt_of, outcome_of
from services.adapters.sql.request_filter import among, cursor_of, joined, order_of, where_of
from services.adapters.sql.rollup_query import range_conditions, rollup_of, select_rollups
from services.adapters.sql.schema import (
    attempts,
    ingests,
    outcomes,
    payloads,
    requests,
    rollups_limit,
    rollups_quarter,
    rollups_user_hour,
)
from services.domain.ledger import Attempt, Source
from services.domain.limit_refusals import LimitRefusals
from services.domain.requests import RequestDetail, RequestFilter, RequestPage
from services.domain.rollups import Reconciliation, Rollup, RollupQuery

_HOUR = timedelta(hours=1)
_REQUEST_COLUMNS = [column for column in requests.c if column.name != "writer"]
_OUTCOME_COLUMNS = [c for c in outcomes.c if c.name not in {"request_id", "started_at"}]
_LISTED_COLUMNS = [c for c in _OUTCOME_COLUMNS if c.name != "steps"]


class SqlLedgerReader:
    """LedgerReader over SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list_rollups(self, query: RollupQuery) -> tuple[Rollup, ...]:
        with self._database.read() as connection:
            rows = connection.execute(select_rollups(query)).mappings().all()
        return tuple(rollup_of(row, query) for row in rows if row["requests"])

    def list_requests(self, where: RequestFilter, cursor: str | None, limit: int) -> RequestPage:
        """One page, newest first; its rows carry neither steps nor attempts."""
        query = select(*_REQUEST_COLUMNS, *_LISTED_COLUMNS).select_from(joined())
        query = query.where(*where_of(where, cursor)).order_by(*order_of(where)).limit(limit + 1)
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
        page = tuple(outcome_of(row) for row in rows[:limit])
        return RequestPage(page, cursor_of(page[-1].intent) if len(rows) > limit else None)

    def get_request(self, request_id: str) -> RequestDetail | None:
        """Everything stored of a completed request; None while it runs or when it is unknown."""
        query = select(*_REQUEST_COLUMNS, *_OUTCOME_COLUMNS).select_from(joined())
        texts = select(payloads).where(payloads.c.request_id == request_id)
        with self._database.read() as connection:
            found = connection.execute(query.where(requests.c.request_id == request_id))
            row = found.mappings().first()
            if row is None:
                return None
            tries = _list_attempts(connection, request_id)
            text = connection.execute(texts).first()
        return RequestDetail(
            outcome=outcome_of(row, tries),
            attempts=tries,
            request_text=text.request_text if text else None,
            response_text=text.response_text if text else None,
        )

    def sum_requests(self, where: RequestFilter) -> tuple[int, int]:
        query = select(func.count(), func.coalesce(func.sum(outcomes.c.cost_nano_usd), 0))
        with self._database.read() as connection:
            found = connection.execute(query.select_from(joined()).where(*where_of(where, None)))
            count, cost = found.one()
        return int(count), int(cost)

    def reconcile(self, query: RollupQuery) -> Reconciliation:
        sums, rows = rollups_quarter.c, outcomes.c
        summed = select(
            func.coalesce(func.sum(sums.requests), 0),
            func.coalesce(func.sum(sums.cost_nano_usd), 0),
        ).where(*range_conditions(rollups_quarter, query))
        counted = (
            select(func.count(), func.coalesce(func.sum(rows.cost_nano_usd), 0))
            .select_from(joined())
            .where(rows.started_at >= query.start, rows.started_at < query.end)
            .where(*among(query.where.items()))
        )
        # One transaction sees both as of one moment.
        with self._database.read() as connection:
            rollup, ledger = connection.execute(summed).one(), connection.execute(counted).one()
        return Reconciliation(*map(int, (*rollup, *ledger)))

    def sum_refusals(self, start: datetime, end: datetime) -> tuple[LimitRefusals, ...]:
        table = rollups_limit.c
        query = (
            select(table.limit_name, table.feature, func.sum(table.refused), func.sum(table.passed))
            .where(table.bucket_start >= start, table.bucket_start < end)
            .group_by(table.limit_name, table.feature)
            .order_by(table.limit_name, table.feature)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return tuple(LimitRefusals(row[0], row[1], int(row[2]), int(row[3])) for row in rows)

    def spend_by_user(self, start: datetime, end: datetime) -> Mapping[str, int]:
        """Cost of applications' requests by user; exact also where a day starts at half past."""
        first = _hour_of(start + _HOUR - timedelta(microseconds=1))
        last = max(_hour_of(end), first)
        spend: dict[str, int] = {}
        with self._database.read() as connection:
            for query in (
                _edge_spend(start, min(first, end)),
                _hourly_spend(first, last),
                _edge_spend(max(last, start), end),
            ):
                for user, cost in connection.execute(query):
                    spend[user] = spend.get(user, 0) + int(cost)
        return spend

    def ingested_at(self) -> datetime | None:
        with self._database.read() as connection:
            latest: datetime | None = connection.execute(
                select(func.max(ingests.c.ingested_at))
            ).scalar()
        return latest


def _list_attempts(connection: Connection, request_id: str) -> tuple[Attempt, ...]:
    query = select(attempts).where(attempts.c.request_id == request_id)
    rows = connection.execute(query.order_by(attempts.c.number)).mappings()
    return tuple(attempt_of(row) for row in rows)


def _hour_of(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _hourly_spend(start: datetime, end: datetime) -> Select[Any]:
    sums = rollups_user_hour.c
    query = select(sums.user, func.sum(sums.cost_nano_usd)).group_by(sums.user)
    return query.where(
        sums.bucket_start >= start,
        sums.bucket_start < end,
        sums.source == Source.APPLICATION.value,
    )


def _edge_spend(start: datetime, end: datetime) -> Select[Any]:
    """Spend within part of an hour, from the requests themselves."""
    query = select(requests.c.user, func.sum(outcomes.c.cost_nano_usd)).select_from(joined())
    return query.group_by(requests.c.user).where(
        outcomes.c.started_at >= start,
        outcomes.c.started_at < end,
        requests.c.source == Source.APPLICATION.value,
        requests.c.user.is_not(None),
    )
