"""Rate limits, token buckets and quotas of one process: asked first, then taken together."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from services.adapters.memory.expiring import ExpiringMap
from services.domain.budgets import Window
from services.domain.limits import BucketLimit, Quota, QuotaState, RateLimit
from services.domain.ports import Clock

TICK_S = 1e-6
"""Times closer than this are one: whoever waits exactly as long as told must get in."""

WINDOW_GRACE_S = 7200.0
"""A calendar window is remembered so long after its end, for calls that ran across it."""


def forget_at_s(window: Window, clock: Clock) -> float:
    """When, on the clock that never jumps, a calendar window's figures may be forgotten."""
    left = (window.ends_at - clock.now()).total_seconds()
    return clock.monotonic_s() + left + WINDOW_GRACE_S


class RateLog:
    """When each request of a moving window was admitted."""

    def __init__(self) -> None:
        self._logs: ExpiringMap[tuple[str, str], deque[float]] = ExpiringMap()

    def __len__(self) -> int:
        return len(self._logs)

    def wait_s(self, rate: RateLimit, now_s: float) -> float:
        """Seconds until the limit has room for one more; 0 when it has."""
        if rate.requests <= 0:
            return float(rate.window_s)
        log = self._log(rate, now_s)
        if len(log) < rate.requests:
            return 0.0
        return log[len(log) - rate.requests] + rate.window_s - now_s

    def take(self, rate: RateLimit, now_s: float) -> None:
        key = (rate.name, rate.key)
        self._logs.get_or_add(key, deque, now_s + rate.window_s).append(now_s)

    def remaining(self, rate: RateLimit, now_s: float) -> tuple[int, int, float]:
        """(limit, left, seconds until the window is empty)."""
        log = self._log(rate, now_s)
        free_in = log[-1] + rate.window_s - now_s if log else 0.0
        return rate.requests, max(rate.requests - len(log), 0), free_in

    def forget(self, now_s: float) -> None:
        self._logs.forget(now_s)

    def _log(self, rate: RateLimit, now_s: float) -> deque[float]:
        log = self._logs.get((rate.name, rate.key))
        if log is None:
            return deque()
        while log and log[0] + rate.window_s <= now_s + TICK_S:
            log.popleft()
        return log


class BucketLog:
    """Token buckets, kept as the time at which each is full again.

    Source: GCRA, ITU-T I.371: one number a bucket, and no refill to compute.
    """

    def __init__(self) -> None:
        self._full_at: ExpiringMap[tuple[str, str], list[float]] = ExpiringMap()

    def __len__(self) -> int:
        return len(self._full_at)

    def wait_s(self, bucket: BucketLimit, now_s: float) -> float:
        """Seconds until the bucket holds a token; 0 when it does."""
        if bucket.per_minute <= 0 or bucket.burst <= 0:
            return 60.0
        full_at = self._full_at.get((bucket.name, bucket.key))
        if full_at is None:
            return 0.0
        wait = full_at[0] - (bucket.burst - 1) * 60 / bucket.per_minute - now_s
        return wait if wait > TICK_S else 0.0

    def take(self, bucket: BucketLimit, now_s: float) -> None:
        key = (bucket.name, bucket.key)
        known = self._full_at.get(key)
        full_at = max(known[0] if known else now_s, now_s) + 60 / bucket.per_minute
        self._full_at.get_or_add(key, lambda: [full_at], full_at)[0] = full_at

    def forget(self, now_s: float) -> None:
        self._full_at.forget(now_s)


@dataclass(slots=True)
class QuotaUse:
    """What one calendar window has taken of one quota."""

    requests: int = 0
    tokens: int = 0


class QuotaBook:
    """Requests and tokens taken in calendar windows."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._uses: ExpiringMap[tuple[str, str, str], QuotaUse] = ExpiringMap()

    def __len__(self) -> int:
        return len(self._uses)

    def exceeded(self, quota: Quota, tokens: int) -> int | None:
        """The allowance that one more request with so many tokens would exceed."""
        use = self._uses.get(_quota_key(quota)) or QuotaUse()
        if quota.requests is not None and use.requests + 1 > quota.requests:
            return quota.requests
        return quota.tokens if self.lacks_tokens(quota, tokens) else None

    def lacks_tokens(self, quota: Quota, tokens: int) -> bool:
        """Whether so many more tokens would exceed the allowance."""
        use = self._uses.get(_quota_key(quota)) or QuotaUse()
        return quota.tokens is not None and tokens > 0 and use.tokens + tokens > quota.tokens

    def state(self, quota: Quota) -> QuotaState:
        use = self._uses.get(_quota_key(quota)) or QuotaUse()
        return QuotaState(quota, use.requests, use.tokens)

    def take(self, quota: Quota, tokens: int) -> None:
        key = _quota_key(quota)
        use = self._uses.get(key)
        if use is None:
            use = self._uses.get_or_add(key, QuotaUse, forget_at_s(quota.window, self._clock))
        use.requests += 1
        use.tokens += tokens

    def correct(self, quota: Quota, tokens: int) -> None:
        """Add tokens, or take back what an estimate took too many."""
        use = self._uses.get(_quota_key(quota))
        if use is not None:
            use.tokens = max(use.tokens + tokens, 0)

    def forget(self, now_s: float) -> None:
        self._uses.forget(now_s)


def _quota_key(quota: Quota) -> tuple[str, str, str]:
    return quota.name, quota.key, quota.window.key
