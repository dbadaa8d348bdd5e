"""Quotas of one process, kept by calendar window: asked first, then taken together."""

from __future__ import annotations

from dataclasses import dataclass

from services.adapters.memory.expiring import ExpiringMap
from services.domain.near_callers import is_near
from services.domain.periods import Window
from services.domain.ports import Clock
from services.domain.quotas import Quota, QuotaState

WINDOW_GRACE_S = 7200.0
"""A calendar window is remembered so long after its end, for calls that ran across it."""


def forget_at_s(window: Window, clock: Clock) -> float:
    """When, on the clock that never jumps, a calendar window's figures may be forgotten."""
    left = (window.ends_at - clock.now()).total_seconds()
    return clock.monotonic_s() + left + WINDOW_GRACE_S


@dataclass(slots=True)
class _Use:
    """What one calendar window has taken of one quota."""

    requests: int = 0
    tokens: int = 0
    is_seeded: bool = False


class QuotaBook:
    """Requests and tokens taken in calendar windows."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._uses: ExpiringMap[tuple[str, str, str], _Use] = ExpiringMap()

    def __len__(self) -> int:
        return len(self._uses)

    def exceeded(self, quota: Quota, tokens: int) -> int | None:
        """The allowance that one more request with so many tokens would exceed."""
        use = self._uses.get(_quota_key(quota)) or _Use()
        if quota.requests is not None and use.requests + 1 > quota.requests:
            return quota.requests
        return quota.tokens if self.lacks_tokens(quota, tokens) else None

    def lacks_tokens(self, quota: Quota, tokens: int) -> bool:
        """Whether so many more tokens would exceed the allowance."""
        use = self._uses.get(_quota_key(quota)) or _Use()
        return quota.tokens is not None and tokens > 0 and use.tokens + tokens > quota.tokens

    def state(self, quota: Quota) -> QuotaState:
        use = self._uses.get(_quota_key(quota)) or _Use()
        return QuotaState(quota, use.requests, use.tokens)

    def is_near(self, quota: Quota) -> bool:
        """Whether what is taken of requests or tokens is near what is allowed."""
        use = self._uses.get(_quota_key(quota))
        if use is None:
            return False
        return is_near(use.requests, quota.requests or 0) or is_near(use.tokens, quota.tokens or 0)

    def take(self, quota: Quota, tokens: int) -> None:
        use = self._use(quota)
        use.requests += 1
        use.tokens += tokens

    def seed(self, state: QuotaState) -> None:
        """Add what was taken before this process, once a window."""
        use = self._use(state.quota)
        if not use.is_seeded:
            use.requests += state.requests
            use.tokens += state.tokens
            use.is_seeded = True

    def correct(self, quota: Quota, tokens: int) -> None:
        """Add tokens, or take back what an estimate took too many."""
        use = self._uses.get(_quota_key(quota))
        if use is not None:
            use.tokens = max(use.tokens + tokens, 0)

    def forget(self, now_s: float) -> None:
        self._uses.forget(now_s)

    def _use(self, quota: Quota) -> _Use:
        key = _quota_key(quota)
        use = self._uses.get(key)
        if use is None:
            use = self._uses.get_or_add(key, _Use, forget_at_s(quota.window, self._clock))
        return use


def _quota_key(quota: Quota) -> tuple[str, str, str]:
    return quota.name, quota.key, quota.window.key
