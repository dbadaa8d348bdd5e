"""Which callers of one process are near a limit of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from services.adapters.memory.expiring import ExpiringMap
from services.adapters.memory.quotas import QuotaBook
from services.adapters.memory.rate_limits import RateLog
from services.domain.admissions import Demand
from services.domain.limit_keys import is_own_key
from services.domain.near_callers import (
    MOST_NEAR,
    CallerUse,
    OwnLimits,
    is_near,
    use_of_quota,
    use_of_rate,
)
from services.domain.ports import Clock
from services.domain.quotas import Quota
from services.domain.rate_limits import RateLimit

Own = RateLimit | Quota


class NearBook:
    """Callers by limit, each with the limit as its last call had it."""

    def __init__(self, rates: RateLog, quotas: QuotaBook, clock: Clock) -> None:
        self._rates = rates
        self._quotas = quotas
        self._clock = clock
        self._callers: dict[str, ExpiringMap[str, list[Own]]] = {}

    def __len__(self) -> int:
        return sum(len(callers) for callers in self._callers.values())

    def note(
        self, demand: Demand, remaining: Mapping[str, tuple[int, int, float]], now_s: float
    ) -> None:
        """Remember whoever is near a limit after this demand, admitted or not.

        Args:
            remaining: of its rates, as far as it was asked already.
        """
        for rate in demand.rates:
            left = remaining.get(rate.name)
            used = self._rates.used(rate, now_s) if left is None else rate.requests - left[1]
            if is_near(used, rate.requests) and is_own_key(rate.key):
                self._remember(rate, now_s + rate.window_s)
        for quota in demand.quotas:
            if is_own_key(quota.key) and self._quotas.is_near(quota):
                left_s = (quota.window.ends_at - self._clock.now()).total_seconds()
                self._remember(quota, now_s + left_s)

    def list_near(self, asked: OwnLimits, now_s: float) -> Iterator[CallerUse]:
        """What they have used now, of as many as are looked at."""
        now = self._clock.now()
        for name in asked.names:
            callers = self._callers.get(name)
            if callers is None:
                continue
            for _, (limit,) in islice(callers.items(), MOST_NEAR):
                # The clock of calendar windows can be set.
                if isinstance(limit, RateLimit) or now < limit.window.ends_at:
                    yield self._use_of(limit, now_s)

    def forget(self, now_s: float) -> None:
        for callers in self._callers.values():
            callers.forget(now_s)

    def _remember(self, limit: Own, ends_s: float) -> None:
        callers = self._callers.setdefault(limit.name, ExpiringMap())
        callers.get_or_add(limit.key, lambda: [limit], ends_s)[0] = limit

    def _use_of(self, limit: Own, now_s: float) -> CallerUse:
        if isinstance(limit, RateLimit):
            return use_of_rate(limit, self._rates.used(limit, now_s))
        state = self._quotas.state(limit)
        return use_of_quota(limit, state.requests, state.tokens)
