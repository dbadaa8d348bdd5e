"""Rate limits: requests per moving window, and token buckets."""

from __future__ import annotations

import math
from dataclasses import dataclass

from services.domain.limit_keys import USER_KEY

_TINY = 1e-4
"""Of a token: clocks count microseconds."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `requests` in any `window_s` seconds, for one key ("address:…", "global", …)."""

    name: str
    key: str
    requests: int
    window_s: int

    @property
    def starts_cool_down(self) -> bool:
        """Whether the caller that it refuses has to cool down: it is the caller's own."""
        return self.key.startswith(USER_KEY)


@dataclass(frozen=True, slots=True)
class BucketLimit:
    """A token bucket: `per_minute` refilled evenly, at most `burst` saved up."""

    name: str
    key: str
    per_minute: int
    burst: int

    def taken(self, full_in_s: float) -> int:
        """How many of the burst are gone now, by the seconds until all of them are back."""
        return min(math.ceil(full_in_s * self.per_minute / 60 - _TINY), self.burst)
