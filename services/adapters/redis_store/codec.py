"""Demands as the scripts read them, and their replies as the domain's values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from services.adapters.memory.counters import HELD_RETRY_S
from services.domain.budgets import BudgetState, Period
from services.domain.limits import (
    ABUSE,
    PROVIDER_RPM,
    PROVIDER_TPM,
    PROVIDER_WINDOW_S,
    Admission,
    BudgetWindow,
    Demand,
    Denial,
    ProviderDemand,
    ProviderRoom,
    Quota,
    QuotaState,
    RateLimit,
    Settlement,
)

MAX_EXACT = 2**53 - 1
"""Scripts count exactly up to here: 9 million dollars in one window."""

MICRO = 1_000_000
MOST_KNOWN = 10_000
"""Of so many callers the encoded limits are remembered, about 2 kB each."""

_PERIOD_NAMES = {Period.DAY: "daily", Period.MONTH: "monthly"}
_NO_LIMIT = -1


@dataclass(frozen=True, slots=True)
class DemandArgs:
    """A demand as JSON, in the three parts that scripts take."""

    demand: bytes
    budgets: bytes
    quotas: bytes


def micros(seconds: float) -> int:
    """Seconds as whole microseconds."""
    return round(seconds * MICRO)


def micros_at(at: datetime) -> int:
    """An instant as whole microseconds since 1970."""
    return round(at.timestamp() * MICRO)


def budget_key(budget: BudgetWindow) -> str:
    """The key of a budget's window."""
    return f"ai:budget:{budget.budget.scope}:{budget.budget.period.value}:{budget.window.key}"


def quota_key(quota: Quota) -> str:
    """The key of a quota; the window is a field."""
    return f"ai:quota:{quota.key}:{_PERIOD_NAMES[quota.window.period]}"


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
        "rates": _rate_rows(demand.rates, shadow),
        "buckets": [
            [
                f"ai:bucket:{b.key}",
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
        orjson.dumps(body),
        orjson.dumps([_budget_row(b, shadow) for b in demand.budgets]),
        orjson.dumps([_quota_row(q, shadow) for q in demand.quotas]),
    )


def decode_admission(demand: Demand, reply: Sequence[Any]) -> Admission:
    """What admit.lua decided; `reply` is not the one of a total loss."""
    kind, index, allowance, wait_us, cached, left, passed = reply
    remaining = {
        rate.name: (rate.requests, int(left[2 * i]), left[2 * i + 1] / MICRO)
        for i, rate in enumerate(demand.rates)
        if rate.name not in demand.shadow
    }
    if not kind:
        names = tuple(
            _passed_name(demand, Denial(passed[i].decode()), passed[i + 1])
            for i in range(0, len(passed), 2)
        )
        return Admission(remaining=remaining, cached=cached, shadow=names)
    denial = Denial(kind.decode())
    wait_s = HELD_RETRY_S if denial is Denial.BUDGET_HELD else wait_us / MICRO
    return Admission(denial, _limit_name(demand, denial, index), int(allowance), wait_s, remaining)


def provider_args(demand: ProviderDemand) -> tuple[str | int, ...]:
    """What take_provider.lua is told, after the time."""
    limit, shadow = demand.limit, demand.shadow
    return (
        demand.provider,
        demand.attempt,
        PROVIDER_WINDOW_S * MICRO,
        _NO_LIMIT if limit.requests is None else limit.requests,
        int(PROVIDER_RPM in shadow),
        _NO_LIMIT if limit.tokens is None else limit.tokens,
        int(PROVIDER_TPM in shadow),
        demand.tokens,
    )


def decode_room(demand: ProviderDemand, reply: Sequence[int]) -> ProviderRoom:
    """What take_provider.lua decided."""
    refusing, wait_us, *passed = reply
    names = (PROVIDER_RPM, PROVIDER_TPM)
    if not refusing:
        return ProviderRoom(
            shadow=tuple(name for name, flag in zip(names, passed, strict=True) if flag)
        )
    allowance = (demand.limit.requests, demand.limit.tokens)[refusing - 1]
    return ProviderRoom(names[refusing - 1], allowance or 0, wait_us / MICRO)


def encode_settlements(settlements: Sequence[Settlement]) -> bytes:
    """Settlements as rows of restore.lua."""
    return orjson.dumps([[s.attempt, s.cost_nano_usd, s.tokens, s.is_final] for s in settlements])


def encode_spent(spent: Sequence[tuple[BudgetWindow, int]]) -> bytes:
    """Spend by window as rows of seed.lua."""
    return orjson.dumps(
        [
            [budget_key(b), micros_at(b.window.starts_at), micros_at(b.window.ends_at), amount]
            for b, amount in spent
        ]
    )


def decode_budgets(budgets: Sequence[BudgetWindow], reply: Sequence[int]) -> list[BudgetState]:
    """What budgets.lua read, without its first value."""
    return [
        BudgetState(b.budget, b.window, reply[2 * i], reply[2 * i + 1])
        for i, b in enumerate(budgets)
    ]


def decode_quotas(quotas: Sequence[Quota], reply: Sequence[int]) -> tuple[QuotaState, ...]:
    """What quotas.lua read."""
    return tuple(QuotaState(q, reply[2 * i], reply[2 * i + 1]) for i, q in enumerate(quotas))


def decode_blocked(reply: Sequence[bytes]) -> tuple[tuple[str, datetime], ...]:
    """What blocked.lua read."""
    return tuple(
        (reply[i].decode(), datetime.fromtimestamp(float(reply[i + 1]) / MICRO, UTC))
        for i in range(0, len(reply), 2)
    )


def _limit_name(demand: Demand, denial: Denial, index: int) -> str:
    match denial:
        case Denial.RATE:
            return demand.rates[index - 1].name
        case Denial.BUCKET:
            return demand.buckets[index - 1].name
        case Denial.QUOTA:
            return demand.quotas[index - 1].name
        case Denial.BUDGET_SPENT | Denial.BUDGET_HELD:
            return demand.budgets[index - 1].budget.name
        case _:
            return denial.value


def _passed_name(demand: Demand, kind: Denial, index: int) -> str:
    return ABUSE if kind is Denial.BLOCKED else _limit_name(demand, kind, index)


def _rate_rows(rates: Sequence[RateLimit], shadow: frozenset[str]) -> list[list[Any]]:
    """Rates as rows; those of one key share a sorted set, one in shadow has its own."""
    keys = [
        f"ai:rate:{r.key}:shadow:{r.name}" if r.name in shadow else f"ai:rate:{r.key}"
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
        ]
        for key, rate in zip(keys, rates, strict=True)
    ]


def _budget_row(budget: BudgetWindow, shadow: frozenset[str]) -> list[Any]:
    limit = min(budget.budget.limit_nano_usd, MAX_EXACT)
    is_shadow = bool(shadow) and budget.budget.name in shadow
    return [budget_key(budget), limit, micros_at(budget.window.ends_at), is_shadow]


def _quota_row(quota: Quota, shadow: frozenset[str]) -> list[Any]:
    requests = _NO_LIMIT if quota.requests is None else quota.requests
    tokens = _NO_LIMIT if quota.tokens is None else quota.tokens
    ends_us = micros_at(quota.window.ends_at)
    is_shadow = quota.name in shadow
    return [quota_key(quota), quota.window.key, ends_us, requests, tokens, is_shadow]
