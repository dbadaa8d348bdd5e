"""Adds outcomes to the rollups: summed in memory first, then one upsert a bucket and dimension."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, Table

from services.adapters.sql.dialect import upsert
from services.adapters.sql.schema import (
    FIRST_TOKEN_COLUMNS,
    LATENCY_COLUMNS,
    QUOTA_MEASURES,
    ROLLUP_DIMENSIONS,
    ROLLUP_MEASURES,
    USER_MEASURES,
    rollups_limit,
    rollups_minute,
    rollups_quarter,
    rollups_quota,
    rollups_user_hour,
)
from services.domain.ledger import Outcome, Source, Status, latency_bucket
from services.domain.money import CostBasis
from services.domain.quota_uses import use_of

_KEY = ("bucket_start", *ROLLUP_DIMENSIONS, "is_mock")
_USER_KEY = ("bucket_start", "source", "user", "feature")
_LIMIT_KEY = ("bucket_start", "limit_name", "feature")
_LIMIT_MEASURES = ("refused", "passed")
_QUOTA_KEY = ("bucket_start", "subject", "feature")
_Sums = dict[tuple[Any, ...], Counter[str]]


def add_to_rollups(connection: Connection, outcomes: Iterable[Outcome]) -> None:
    """Add outcomes that are new to the ledger to all rollups."""
    minutes: _Sums = {}
    quarters: _Sums = {}
    users: _Sums = {}
    limits: _Sums = {}
    quotas: _Sums = {}
    for outcome in outcomes:
        intent, measures = outcome.intent, _measures(outcome)
        minute = intent.started_at.astimezone(UTC).replace(second=0, microsecond=0)
        _add(minutes, (minute, *_dimensions(outcome)), measures)
        for name, measure in _limits(outcome):
            _add(limits, (minute, name, intent.feature), {measure: 1})
        if intent.user is not None:
            hour = minute.replace(minute=0)
            user = (hour, intent.source.value, intent.user, intent.feature)
            _add(users, user, {name: measures[name] for name in USER_MEASURES})
        use = use_of(outcome)
        if use is not None:
            subject = (quarter_of(minute), use.subject, use.feature)
            _add(quotas, subject, {"requests": use.requests, "tokens": use.tokens})
    for (minute, *dimensions), sums in minutes.items():
        _add(quarters, (quarter_of(minute), *dimensions), sums)
    _store(connection, rollups_minute, _KEY, ROLLUP_MEASURES, minutes)
    _store(connection, rollups_quarter, _KEY, ROLLUP_MEASURES, quarters)
    _store(connection, rollups_user_hour, _USER_KEY, USER_MEASURES, users)
    _store(connection, rollups_limit, _LIMIT_KEY, _LIMIT_MEASURES, limits)
    _store(connection, rollups_quota, _QUOTA_KEY, QUOTA_MEASURES, quotas)


def quarter_of(at: datetime) -> datetime:
    """The start of the quarter-hour."""
    return at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0)


def _dimensions(outcome: Outcome) -> tuple[Any, ...]:
    intent = outcome.intent
    return (
        intent.source.value,
        intent.feature,
        outcome.provider or "",
        outcome.model or "",
        outcome.status.value,
        outcome.decision,
        intent.prompt_version or "",
        intent.application,
        outcome.is_mock,
    )


def _measures(outcome: Outcome) -> dict[str, int]:
    retry, fallback = _split_cost(outcome)
    measures = {
        "requests": 1,
        "input_tokens": outcome.usage.input_tokens,
        "output_tokens": outcome.usage.output_tokens,
        "cached_input_tokens": outcome.usage.cached_input_tokens,
        "cost_nano_usd": outcome.cost_nano_usd,
        "retry_cost_nano_usd": retry,
        "fallback_cost_nano_usd": fallback,
        "saved_nano_usd": outcome.saved_nano_usd,
        "degraded_requests": int(outcome.is_degraded),
        "cached_requests": int(outcome.is_cached),
        "unpriced_requests": int(outcome.cost_basis is CostBasis.UNPRICED),
    }
    if outcome.status is not Status.LOST:  # how long a lost request took is not known
        measures[LATENCY_COLUMNS[latency_bucket(outcome.duration_ms)]] = 1
    if outcome.first_token_ms is not None:
        measures[FIRST_TOKEN_COLUMNS[latency_bucket(outcome.first_token_ms)]] = 1
    return measures


def _limits(outcome: Outcome) -> list[tuple[str, str]]:
    """(limit, measure) of each that refused the request, or let it pass in shadow."""
    if outcome.intent.source is Source.SAMPLE:
        return []
    passed = [(name, "passed") for name in outcome.passed_limits]
    return [(outcome.limit, "refused"), *passed] if outcome.limit else passed


def _split_cost(outcome: Outcome) -> tuple[int, int]:
    """Cost of repeating a candidate already tried, and of first going to another one."""
    retry = fallback = 0
    tried: set[tuple[str, str]] = set()
    for attempt in outcome.attempts:
        candidate = (attempt.provider, attempt.model)
        if candidate in tried:
            retry += attempt.cost_nano_usd
        elif tried:
            fallback += attempt.cost_nano_usd
        tried.add(candidate)
    return retry, fallback


def _add(sums: _Sums, key: tuple[Any, ...], measures: Mapping[str, int]) -> None:
    counter = sums.get(key)
    if counter is None:
        counter = sums[key] = Counter()
    for name, value in measures.items():
        counter[name] += value


def _store(
    connection: Connection,
    table: Table,
    key: tuple[str, ...],
    measures: tuple[str, ...],
    sums: _Sums,
) -> None:
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
