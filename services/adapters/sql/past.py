"""Reads what counters and evidence are rebuilt from."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Connection, func, literal_column, select, type_coerce

from services.adapters.sql.engine import Database
from services.adapters.sql.request_filter import joined
from services.adapters.sql.schema import (
    EVIDENCE_MEASURES,
    outcomes,
    requests,
    rollups_evidence,
    rollups_quota,
)
from services.domain.calls import Endpoint
from services.domain.evidence import (
    SECONDS_KEPT_S,
    TOTALS_KEPT_S,
    EvidenceSum,
    Mark,
    PastEvidence,
    Tally,
    judge_outcome,
)
from services.domain.ledger import Intent, Outcome, Source, Status
from services.domain.periods import Window
from services.domain.quota_uses import QuotaUse

_LONGEST_CALL = timedelta(hours=1)
_HOUR, _MINUTE = timedelta(hours=1), timedelta(minutes=1)
_MICROSECOND = timedelta(microseconds=1)
_JUDGED = (
    *(requests.c[name] for name in ("request_id", "user", "source", "feature")),
    *(outcomes.c[name] for name in ("status", "finished_at", "duration_ms", "provider")),
    *(outcomes.c[n] for n in ("is_mock", "is_degraded", "is_cached", "is_mock_primary")),
)


class SqlPast:
    """PastReader over SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list_quota_uses(self, window: Window) -> tuple[QuotaUse, ...]:
        """What each subject took from quotas, by feature."""
        sums = rollups_quota.c
        names = (sums.subject, sums.feature)
        query = select(*names, func.sum(sums.requests), func.sum(sums.tokens)).group_by(*names)
        query = query.where(
            sums.bucket_start >= window.starts_at, sums.bucket_start < window.ends_at
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return tuple(QuotaUse(row[0], row[1], int(row[2]), int(row[3])) for row in rows)

    def read_evidence(self, now: datetime, windows: Iterable[datetime]) -> PastEvidence:
        """All that is kept of it, as of one moment; minutes of the hours of the windows' starts."""
        oldest = now - timedelta(seconds=TOTALS_KEPT_S)
        hours = sorted({max(w, oldest).replace(minute=0, second=0, microsecond=0) for w in windows})
        with self._database.read() as connection:
            return PastEvidence(
                _list_sums(connection, oldest, now + _HOUR, _HOUR),
                tuple(s for h in hours for s in _list_sums(connection, h, h + _HOUR, _MINUTE)),
                _list_marks(connection, now - timedelta(seconds=SECONDS_KEPT_S)),
                _last_unmarked(connection, oldest),
            )


def _list_sums(
    connection: Connection, start: datetime, end: datetime, width: timedelta
) -> tuple[EvidenceSum, ...]:
    rollup = rollups_evidence.c
    at = (type_coerce(rollup.bucket_start, BigInteger) // (width // _MICROSECOND)).label("at")
    sums = [func.sum(rollup[name]) for name in EVIDENCE_MEASURES]
    query = select(rollup.feature, rollup.is_mock, at, *sums)
    query = query.where(rollup.bucket_start >= start, rollup.bucket_start < end)
    query = query.group_by(literal_column("at"), rollup.feature, rollup.is_mock)
    found = []
    for feature, is_mock, number, *counts in connection.execute(query.order_by("at")):
        n, bad, *slow = map(int, counts)
        found.append(EvidenceSum(feature, is_mock, int(number), Tally(n, bad, tuple(slow))))
    return tuple(found)


def _list_marks(connection: Connection, since: datetime) -> tuple[tuple[Mark, datetime], ...]:
    ended = outcomes.c.finished_at
    query = select(*_JUDGED).select_from(joined())
    # There is an index by the start only.
    query = query.where(ended >= since, outcomes.c.started_at >= since - _LONGEST_CALL)
    found = [_judged(*row) for row in connection.execute(query.order_by(ended))]
    marks = ((judge_outcome(outcome), outcome.finished_at) for outcome in found)
    return tuple((mark, at) for mark, at in marks if mark is not None)


def _judged(
    request_id: str,
    user: str | None,
    source: str,
    feature: str,
    status: str,
    finished_at: datetime,
    duration_ms: float,
    provider: str | None,
    *flags: bool | None,
) -> Outcome:
    """An outcome with nothing but what it is judged by: a busy quarter of an hour has very many."""
    is_mock, is_degraded, is_cached, is_mock_primary = flags
    intent = Intent(
        request_id, finished_at, Source(source), Endpoint.CHAT, "", feature, user, "", False, 0, 0
    )
    return Outcome(
        intent,
        Status(status),
        "",
        0,
        finished_at,
        duration_ms,
        0.0,
        (),
        provider=provider,
        is_mock=bool(is_mock),
        is_degraded=bool(is_degraded),
        is_cached=bool(is_cached),
        is_mock_primary=is_mock_primary,
    )


def _last_unmarked(connection: Connection, since: datetime) -> datetime | None:
    """When the last request ended that may have been evidence: one of an older version."""
    ended = outcomes.c.finished_at
    query = select(ended).where(outcomes.c.is_mock_primary.is_(None), ended >= since)
    query = query.where(outcomes.c.status != Status.LOST.value).order_by(ended.desc()).limit(1)
    found: datetime | None = connection.execute(query).scalar()
    return found
