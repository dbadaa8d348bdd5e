"""Demands as admit.lua reads them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from services.adapters.redis_store.keys import (
    MAX_EXACT,
    MICRO,
    NO_LIMIT,
    budget_key,
    micros,
    micros_at,
    quota_key,
)
from services.domain.admissions import Demand
from services.domain.blocks import ABUSE
from services.domain.budgets import BudgetWindow
from services.domain.limit_keys import is_own_key
from services.domain.near_callers import NEAR_PERCENT
from services.domain.quotas import Quota
from services.domain.rate_limits import BucketLimit, RateLimit

MOST_KNOWN = 10_000
"""Of so many callers the encoded limits are remembered, about 2 kB each."""

RATE_KEY = "ai:rate:"
"""Begins the key of a rate limit."""


@dataclass(frozen=True, slots=True)
class DemandArgs:
    """A demand as JSON, in the three parts that scripts take."""

    demand: bytes
    budgets: bytes
    quotas: bytes


class DemandEncoder:
    """Encodes demands. What a caller's demands have in common is encoded once: the gateway gives
    the same tuples of limits again."""

    def __init__(self) -> None:
        self._known: dict[int, _Encoded] = {}

    def encode(self, demand: Demand, cache_key: str | None) -> DemandArgs:
        """What admit.lua is told of a demand."""
        known = self._known.get(id(demand.rates))
        if known is None or not known.is_of(demand):
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            known = self._known[id(demand.rates)] = _encode_limits(demand)
        own = {
            "id": demand.request_id,
            "hold": demand.hold_nano_usd,
            "hold_us": micros(demand.hold_s),
            "tokens": demand.tokens,
        }
        if cache_key is not None:
            own["cache"] = cache_key
        # Two JSON objects as one.
        body = known.limits[:-1] + b"," + orjson.dumps(own)[1:]
        return DemandArgs(body, known.budgets, known.quotas)


@dataclass(frozen=True, slots=True)
class _Encoded:
    """The part that demands of one caller have in common; `like` keeps its tuples alive, so that
    no others can have their ids."""

    like: Demand
    limits: bytes
    budgets: bytes
    quotas: bytes

    def is_of(self, demand: Demand) -> bool:
        like = self.like
        return (
            demand.rates is like.rates
            and demand.buckets is like.buckets
            and demand.quotas is like.quotas
            and demand.budgets is like.budgets
            and demand.shadow is like.shadow
            and demand.abuse is like.abuse
            and demand.abuse_key == like.abuse_key
        )


def _encode_limits(demand: Demand) -> _Encoded:
    shadow = demand.shadow
    body: dict[str, Any] = {
        "near": NEAR_PERCENT,
        "rates": rate_rows(demand.rates, shadow),
        "buckets": [
            [
                bucket_key(b),
                math.ceil(60 * MICRO / b.per_minute) if b.per_minute > 0 else 0,
                b.burst,
                b.per_minute,
                b.name in shadow,
            ]
            for b in demand.buckets
        ],
    }
    if demand.abuse_key is not None:
        body["abuse"] = {
            "id": demand.abuse_key,
            "key": f"ai:abuse:user:{demand.abuse_key}",
            "cooldown": micros(demand.abuse.cooldown_s),
            "violations": demand.abuse.violations,
            "within": micros(demand.abuse.within_s),
            "block": micros(demand.abuse.block_s),
            "shadow": ABUSE in shadow,
        }
    return _Encoded(
        demand,
        _to_keep(body),
        _to_keep([_budget_row(b, shadow) for b in demand.budgets]),
        _to_keep([_quota_row(q, shadow) for q in demand.quotas]),
    )


def _to_keep(content: object) -> bytes:
    """JSON in no more memory than its length: what orjson returns keeps the 4 kB it wrote into."""
    return bytes(memoryview(orjson.dumps(content)))


def bucket_key(bucket: BucketLimit) -> str:
    """The key of a token bucket."""
    return f"ai:bucket:{bucket.key}"


def rate_rows(rates: Sequence[RateLimit], shadow: frozenset[str]) -> list[list[Any]]:
    """Rates as rows; those of one key share a sorted set, one in shadow has its own."""
    keys = [
        f"{RATE_KEY}{r.key}:shadow:{r.name}" if r.name in shadow else RATE_KEY + r.key
        for r in rates
    ]
    longest: dict[str, RateLimit] = {}
    for key, rate in zip(keys, rates, strict=True):
        if key not in longest or rate.window_s > longest[key].window_s:
            longest[key] = rate
    return [
        [
            key,
            rate.requests,
            rate.window_s * MICRO,
            rate.starts_cool_down,
            rate.name in shadow,
            longest[key] is rate,
            is_own_key(rate.key) and rate.name,
        ]
        for key, rate in zip(keys, rates, strict=True)
    ]


def _budget_row(budget: BudgetWindow, shadow: frozenset[str]) -> list[Any]:
    limit = min(budget.budget.limit_nano_usd, MAX_EXACT)
    is_shadow = bool(shadow) and budget.budget.name in shadow
    return [budget_key(budget), limit, micros_at(budget.window.ends_at), is_shadow]


def _quota_row(quota: Quota, shadow: frozenset[str]) -> list[Any]:
    requests = NO_LIMIT if quota.requests is None else quota.requests
    tokens = NO_LIMIT if quota.tokens is None else quota.tokens
    ends_us = micros_at(quota.window.ends_at)
    is_shadow = quota.name in shadow
    own = is_own_key(quota.key) and quota.name
    return [quota_key(quota), quota.window.key, ends_us, requests, tokens, is_shadow, own]
