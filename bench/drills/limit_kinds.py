"""Kinds of limits as the drill asks for them, each with the rule that it should keep."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bench.drills.limit_rules import (
    ABUSE,
    BURST,
    MICRO,
    PROVIDER_TOKENS,
    PROVIDER_WINDOW_S,
    REFILL_US,
    USER_PER_S,
    Bucket,
    Count,
    Rule,
    Tokens,
    Users,
    Windows,
)
from services.adapters.redis_store.admissions import decode_admission
from services.adapters.redis_store.demands import DemandEncoder
from services.adapters.redis_store.provider_limits import decode_room, provider_args
from services.domain.admissions import Demand
from services.domain.periods import Window
from services.domain.provider_limits import ProviderDemand, ProviderLimit
from services.domain.quotas import Quota
from services.domain.rate_limits import BucketLimit, RateLimit

PER_S, PER_5S = 40, 60
QUOTA_REQUESTS, QUOTA_TOKENS = 300, 3_000
PROVIDER_REQUESTS = 60
Args = tuple[str | bytes | int, ...]
Call = tuple[str, Args]


@dataclass(frozen=True)
class Ask:
    """One call: its id, whose limit it takes from, and how many tokens."""

    id: str
    key: str
    amount: int


@dataclass(frozen=True)
class Kind:
    """One kind of limit.

    Args:
        keys: how many have a limit of their own.
        rule: makes the rule of one key for a calendar day.
        call: the script and its arguments, without the time.
        read: the refusing limit and the wait in microseconds, of a reply.
        is_calendar: it has room again in the next calendar period only.
    """

    name: str
    keys: int
    rule: Callable[[Window], Rule]
    call: Callable[[Ask, Window], Call]
    read: Callable[[Ask, Window, Sequence[Any]], tuple[str, int]]
    is_calendar: bool = False


def _demand_kind(
    name: str,
    keys: int,
    rule: Callable[[Window], Rule],
    demand: Callable[[Ask, Window], Demand],
    **changes: Any,
) -> Kind:
    def call(ask: Ask, day: Window) -> Call:
        args = DemandEncoder().encode(demand(ask, day), None)
        return "admit", (args.demand, args.budgets, args.quotas)

    def read(ask: Ask, day: Window, reply: Sequence[Any]) -> tuple[str, int]:
        admission = decode_admission(demand(ask, day), reply)
        return admission.limit, round((admission.retry_after_s or 0) * MICRO)

    return Kind(name, keys, rule, call, read, **changes)


def _provider_kind(name: str, limit: ProviderLimit, rule: Callable[[Window], Rule]) -> Kind:
    def demand(ask: Ask) -> ProviderDemand:
        return ProviderDemand(ask.id, ask.key, limit, ask.amount)

    def call(ask: Ask, _: Window) -> Call:
        provider, attempt, _minute, *rest = provider_args(demand(ask))
        # A shorter minute, that many of them pass.
        return "take_provider", (provider, attempt, PROVIDER_WINDOW_S * MICRO, *rest)

    def read(ask: Ask, _: Window, reply: Sequence[Any]) -> tuple[str, int]:
        room = decode_room(demand(ask), reply)
        return room.limit, round(room.wait_s * MICRO)

    return Kind(name, 1, rule, call, read)


def _rates(ask: Ask, *rates: tuple[str, int, int]) -> tuple[RateLimit, ...]:
    return tuple(RateLimit(name, ask.key, number, seconds) for name, number, seconds in rates)


GLOBAL = (("global_rpm", PER_S, 1), ("global_rph", PER_5S, 5))

KINDS = (
    _demand_kind(
        "address", 4, lambda _: Windows((("address", PER_S, 1),)),
        lambda ask, _: Demand(ask.id, rates=_rates(ask, ("address", PER_S, 1))),
    ),
    _demand_kind(
        "global, two windows", 1, lambda _: Windows(GLOBAL),
        lambda ask, _: Demand(ask.id, rates=_rates(ask, *GLOBAL)),
    ),
    _demand_kind(
        "user, cool-down, block", 6, lambda _: Users(),
        lambda ask, _: Demand(
            ask.id,
            rates=(RateLimit("user_rpm", f"user:{ask.key}", USER_PER_S, 1),),
            abuse_key=ask.key,
            abuse=ABUSE,
        ),
    ),
    _demand_kind(
        "feature bucket", 2, lambda _: Bucket(),
        lambda ask, _: Demand(
            ask.id, buckets=(BucketLimit("feature", ask.key, 60 * MICRO // REFILL_US, BURST),)
        ),
    ),
    _demand_kind(
        "quota of requests", 2, lambda day: Count(QUOTA_REQUESTS, _ends_us(day), False),
        lambda ask, day: Demand(
            ask.id, quotas=(Quota("user_daily", ask.key, day, QUOTA_REQUESTS, None),)
        ),
        is_calendar=True,
    ),
    _demand_kind(
        "quota of tokens", 2, lambda day: Count(QUOTA_TOKENS, _ends_us(day), True),
        lambda ask, day: Demand(
            ask.id, quotas=(Quota("user_daily", ask.key, day, None, QUOTA_TOKENS),),
            tokens=ask.amount,
        ),
        is_calendar=True,
    ),
    _provider_kind(
        "provider, requests", ProviderLimit(PROVIDER_REQUESTS),
        lambda _: Windows((("provider_rpm", PROVIDER_REQUESTS, PROVIDER_WINDOW_S),)),
    ),
    _provider_kind(
        "provider, tokens", ProviderLimit(None, PROVIDER_TOKENS), lambda _: Tokens()
    ),
)  # fmt: skip


def draw_amount(rng: random.Random) -> int:
    """Tokens of a call: often one, so that a limit can be used up to its last."""
    return rng.choice((1, rng.randint(1, 60)))


def _ends_us(day: Window) -> int:
    return round(day.ends_at.timestamp() * MICRO)
