"""What one request asks of the counters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from services.domain.admissions import Demand
from services.domain.budgets import BudgetWindow
from services.domain.ledger import Source
from services.domain.limit_keys import name_subject
from services.domain.limits import (
    address_rate,
    everyones_rates,
    feature_bucket,
    feature_caps,
    user_quotas,
    user_rates,
)
from services.domain.money import price_estimate
from services.domain.periods import Period, Window, windows_at
from services.domain.quotas import Quota
from services.domain.rate_limits import BucketLimit, RateLimit
from services.domain.snapshot import Snapshot
from services.domain.surcharges import dearest_prices
from services.gateway.exchange import Caller, Exchange

NameUser = Callable[[str], str]

MOST_CALLERS = 10_000
"""Whose limits are remembered: 20 MB at the most."""


@dataclass(frozen=True, slots=True)
class CallerLimits:
    """Every limit, quota and budget that a caller takes from, in its calendar windows."""

    rates: tuple[RateLimit, ...]
    buckets: tuple[BucketLimit, ...]
    quotas: tuple[Quota, ...]
    budgets: tuple[BudgetWindow, ...]


def list_limits(
    snapshot: Snapshot,
    caller: Caller,
    address: str,
    windows: tuple[Window, Window],
    name_user: NameUser,
) -> CallerLimits:
    """What the caller takes from in one calendar day and month."""
    limits, role = snapshot.limits, caller.subject.role
    day, month = windows
    subject = name_subject(caller.limit_key, name_user)
    budgets = snapshot.budgets
    if caller.source is Source.PLAYGROUND:
        budgets = (snapshot.playground_budget,)
    by_period = {Period.DAY: day, Period.MONTH: month}
    return CallerLimits(
        rates=(
            address_rate(address, limits),
            *everyones_rates(limits),
            *user_rates(caller.limit_key, role, limits),
        ),
        buckets=(feature_bucket(caller.feature, limits),),
        quotas=(
            *user_quotas(subject, role, limits, windows),
            *feature_caps(caller.feature, limits, windows),
        ),
        budgets=tuple(BudgetWindow(b, by_period[b.period]) for b in budgets),
    )


class LimitBook:
    """Remembers the limits of callers as long as policy and calendar day are the same.

    Args:
        name_user: what stands for a user in records, and in the keys of quotas.
    """

    def __init__(self, name_user: NameUser) -> None:
        self._name_user = name_user
        self._snapshot: Snapshot | None = None
        self._day: Window | None = None
        self._month: Window | None = None
        self._known: dict[tuple[str, str | None, str, str, Source], CallerLimits] = {}

    def find(self, snapshot: Snapshot, caller: Caller, address: str, at: datetime) -> CallerLimits:
        """The caller's limits at an instant."""
        day, month = self._day, self._month
        is_new_day = day is None or not day.starts_at <= at < day.ends_at
        if day is None or month is None or is_new_day or snapshot is not self._snapshot:
            self._day, self._month = day, month = windows_at(at, snapshot.zone)
            self._snapshot = snapshot
            self._known.clear()
        key = (caller.limit_key, caller.subject.role, caller.feature, address, caller.source)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= MOST_CALLERS:
                self._known.clear()
            found = self._known[key] = list_limits(
                snapshot, caller, address, (day, month), self._name_user
            )
        return found


def demand_of(exchange: Exchange, caller: Caller, limits: CallerLimits, hold_s: float) -> Demand:
    """What the request takes; one that waits for an equal call's answer, no tokens and no money."""
    policy, follows = exchange.snapshot.limits, exchange.follows
    return Demand(
        exchange.request_id,
        limits.rates,
        limits.buckets,
        limits.quotas,
        limits.budgets,
        abuse_key=caller.limit_key,
        abuse=policy.abuse,
        hold_nano_usd=0 if follows else dearest_nano_usd(exchange),
        hold_s=hold_s,
        tokens=0 if follows else estimated_tokens(exchange),
        shadow=policy.shadow,
    )


def estimated_tokens(exchange: Exchange) -> int:
    """What the request takes from token quotas, until its end tells what it took."""
    return exchange.input_tokens + exchange.call.reserved_tokens


def dearest_nano_usd(exchange: Exchange) -> int:
    """What the dearest candidate can cost at most; the unpriced hold nothing."""
    prices, output_tokens = exchange.snapshot.prices, exchange.call.reserved_tokens
    return max(
        (
            price_estimate(exchange.input_tokens, output_tokens, price)
            for c in exchange.route.candidates
            if c in prices
            for price in dearest_prices(exchange.call.body, prices[c])
        ),
        default=0,
    )
