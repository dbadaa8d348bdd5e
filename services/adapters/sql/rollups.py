"""Adds outcomes to the rollups that pages read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection

from services.adapters.sql.rollup_sums import Sums, add, minute_of, quarter_of, store
from services.adapters.sql.schema import (
    FIRST_TOKEN_COLUMNS,
    LATENCY_COLUMNS,
    ROLLUP_DIMENSIONS,
    ROLLUP_MEASURES,
    USER_MEASURES,
    rollups_limit,
    rollups_minute,
    rollups_quarter,
    rollups_user_hour,
)
from services.domain.latency import latency_bucket
from services.domain.ledger import Outcome, Source, Status
from services.domain.money import CostBasis

_KEY = ("bucket_start", *ROLLUP_DIMENSIONS, "is_mock")
_USER_KEY = ("bucket_start", "source", "user", "feature")
_LIMIT_KEY = ("bucket_start", "limit_name", "feature")
_LIMIT_MEASURES = ("refused", "passed")


def add_to_rollups(connection: Connection, outcomes: Iterable[Outcome]) -> None:
    """Add outcomes that are new to the ledger."""
    minutes: Sums = {}
    quarters: Sums = {}
    users: Sums = {}
    limits: Sums = {}
    for outcome in outcomes:
        intent, measures = outcome.intent, _measures(outcome)
        minute = minute_of(intent.started_at)
        add(minutes, (minute, *_dimensions(outcome)), measures)
        for name, measure in _limits(outcome):
            add(limits, (minute, name, intent.feature), {measure: 1})
        if intent.user is not None:
            hour = minute.replace(minute=0)
            user = (hour, intent.source.value, intent.user, intent.feature)
            add(users, user, {name: measures[name] for name in USER_MEASURES})
    for (minute, *dimensions), sums in minutes.items():
        add(quarters, (quarter_of(minute), *dimensions), sums)
    store(connection, rollups_minute, _KEY, ROLLUP_MEASURES, minutes)
    store(connection, rollups_quarter, _KEY, ROLLUP_MEASURES, quarters)
    store(connection, rollups_user_hour, _USER_KEY, USER_MEASURES, users)
    store(connection, rollups_limit, _LIMIT_KEY, _LIMIT_MEASURES, limits)


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
