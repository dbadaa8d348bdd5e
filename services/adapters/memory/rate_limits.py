"""Rate limits and token buckets of one process: asked first, then taken together."""

from __future__ import annotations

from array import array

from services.adapters.memory.expiring import ExpiringMap
from services.domain.rate_limits import BucketLimit, RateLimit

TICK_S = 1e-6
"""Times closer than this are one: whoever waits exactly as long as told must get in."""


class _Times:
    """Points in time in their order, at eight bytes each: a user's hour may have thousands."""

    __slots__ = ("_first", "_times")

    def __init__(self) -> None:
        self._times = array("d")
        self._first = 0

    def __len__(self) -> int:
        return len(self._times) - self._first

    def append(self, at_s: float) -> None:
        self._times.append(at_s)

    def last(self, count: int) -> float:
        """The earliest of the last so many."""
        return self._times[-count]

    def drop_until(self, at_s: float) -> None:
        """Drop those up to this time."""
        times, first = self._times, self._first
        if first == len(times) or times[first] > at_s:
            return
        while first < len(times) and times[first] <= at_s:
            first += 1
        if first > len(times) - first:
            del times[:first]
            first = 0
        self._first = first


class RateLog:
    """When each request of a moving window was admitted."""

    def __init__(self) -> None:
        self._logs: ExpiringMap[tuple[str, str], _Times] = ExpiringMap()

    def __len__(self) -> int:
        return len(self._logs)

    def wait_s(self, rate: RateLimit, now_s: float) -> float:
        """Seconds until the limit has room for one more; 0 when it has."""
        if rate.requests <= 0:
            return float(rate.window_s)
        log = self._log(rate, now_s)
        if len(log) < rate.requests:
            return 0.0
        return log.last(rate.requests) + rate.window_s - now_s

    def take(self, rate: RateLimit, now_s: float) -> None:
        key = (rate.name, rate.key)
        self._logs.get_or_add(key, _Times, now_s + rate.window_s).append(now_s)

    def used(self, rate: RateLimit, now_s: float) -> int:
        """Requests of the window that ends now."""
        return len(self._log(rate, now_s))

    def remaining(self, rate: RateLimit, now_s: float) -> tuple[int, int, float]:
        """(limit, left, seconds until the window is empty)."""
        log = self._log(rate, now_s)
        free_in = log.last(1) + rate.window_s - now_s if log else 0.0
        return rate.requests, max(rate.requests - len(log), 0), free_in

    def forget(self, now_s: float) -> None:
        self._logs.forget(now_s)

    def _log(self, rate: RateLimit, now_s: float) -> _Times:
        log = self._logs.get((rate.name, rate.key))
        if log is None:
            return _Times()
        log.drop_until(now_s + TICK_S - rate.window_s)
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

    def used(self, bucket: BucketLimit, now_s: float) -> int:
        """Tokens that are gone now."""
        full_at = self._full_at.get((bucket.name, bucket.key))
        return 0 if full_at is None else bucket.taken(max(full_at[0] - now_s, 0.0))

    def take(self, bucket: BucketLimit, now_s: float) -> None:
        key = (bucket.name, bucket.key)
        known = self._full_at.get(key)
        full_at = max(known[0] if known else now_s, now_s) + 60 / bucket.per_minute
        self._full_at.get_or_add(key, lambda: [full_at], full_at)[0] = full_at

    def forget(self, now_s: float) -> None:
        self._full_at.forget(now_s)
