"""Which callers are near a limit that each has for itself: an address, a user, an application.

There are as many counts as callers, so only those near their limit are told apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from services.domain.limit_keys import ADDRESS_KEY, name_subject
from services.domain.limits import (
    CALENDAR_LIMITS,
    LimitSettings,
    address_rate,
    user_quotas,
    user_rates,
)
from services.domain.periods import Window
from services.domain.quotas import Quota
from services.domain.rate_limits import RateLimit

NEAR_PERCENT = 80
"""Whoever has used so much of a limit is near it."""

MOST_NEAR = 200
"""So many callers near one limit are looked at, so that looking costs the same in any attack."""


@dataclass(frozen=True, slots=True)
class OwnLimits:
    """The limits that each caller has for itself, with nobody's key.

    Args:
        shadow: names of limits that are counted but refuse nobody.
    """

    rates: tuple[RateLimit, ...] = ()
    quotas: tuple[Quota, ...] = ()
    shadow: frozenset[str] = field(default_factory=frozenset)

    @property
    def names(self) -> tuple[str, ...]:
        return (*(rate.name for rate in self.rates), *(quota.name for quota in self.quotas))


@dataclass(frozen=True, slots=True)
class CallerUse:
    """What one caller has used of one limit.

    Args:
        key: whose it is, as the key of the limit, or as it is shown.
        requests: those of the window that ends now, or of the calendar window; so are tokens.
        allowed, allowed_tokens: by the role of the caller's last call; None for no limit.
    """

    limit: str
    key: str
    requests: int
    allowed: int | None
    tokens: int = 0
    allowed_tokens: int | None = None

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """(used, allowed) of requests and of tokens, as far as there is a limit."""
        both = ((self.requests, self.allowed), (self.tokens, self.allowed_tokens))
        return tuple((used, most) for used, most in both if most is not None)

    @property
    def share(self) -> float:
        """How much of it is used: of requests or tokens the greater share."""
        return max((used / max(most, 1) for used, most in self.pairs), default=0.0)

    @property
    def is_near(self) -> bool:
        return any(is_near(used, most) for used, most in self.pairs)

    def is_full(self, call_tokens: int) -> bool:
        """Whether it has no room for one more call of so many tokens."""
        if self.allowed is not None and self.requests + 1 > self.allowed:
            return True
        return self.allowed_tokens is not None and self.tokens + call_tokens > self.allowed_tokens


@dataclass(frozen=True, slots=True)
class NearCallers:
    """How near callers are to one limit.

    Args:
        near: those near it now; `full` of them have no room for a usual call.
        fullest: who has used most; None when nobody is near.
        is_cut: there may be more than were looked at.
    """

    limit: str
    near: int
    full: int
    fullest: CallerUse | None
    is_cut: bool


def is_near(used: int, allowed: int) -> bool:
    """Whether so much used of a limit is near it."""
    return used * 100 >= NEAR_PERCENT * allowed > 0


def own_limits(settings: LimitSettings, windows: tuple[Window, Window]) -> OwnLimits:
    """All limits that each caller has for itself, in the present day and month."""
    rates = (address_rate("", settings), *user_rates("", None, settings))
    return OwnLimits(rates, user_quotas("", None, settings, windows), settings.shadow)


def use_of_rate(rate: RateLimit, requests: int) -> CallerUse:
    """What a caller has used of a rate limit of its own."""
    return CallerUse(rate.name, rate.key, requests, rate.requests)


def use_of_quota(quota: Quota, requests: int, tokens: int) -> CallerUse:
    """What a caller has used of a quota of its own."""
    return CallerUse(quota.name, quota.key, requests, quota.requests, tokens, quota.tokens)


def sum_near(
    limits: Iterable[str], uses: Iterable[CallerUse], call_tokens: int
) -> tuple[NearCallers, ...]:
    """Each limit's callers, in the order of the limits.

    Args:
        uses: of callers that were near when they called last, at most MOST_NEAR a limit.
        call_tokens: what a usual call takes.
    """
    by_limit: dict[str, list[CallerUse]] = {name: [] for name in limits}
    for use in uses:
        by_limit[use.limit].append(use)
    return tuple(_sum(name, found, call_tokens) for name, found in by_limit.items())


def name_fullest(near: NearCallers, name_user: Callable[[str], str]) -> NearCallers:
    """With the fullest caller as records name it, an address by such a hash too.

    Args:
        name_user: what stands for a user in records.
    """
    if near.fullest is None:
        return near
    kind, _, who = near.fullest.key.partition(":")
    if f"{kind}:" == ADDRESS_KEY:
        who = name_user(who)
    elif near.limit not in CALENDAR_LIMITS:  # the keys of quotas are named so already
        who = name_subject(who, name_user)
    return replace(near, fullest=replace(near.fullest, key=who))


def _sum(limit: str, found: list[CallerUse], call_tokens: int) -> NearCallers:
    near = [use for use in found if use.is_near]
    fullest = max(near, key=lambda use: use.share, default=None)
    full = sum(use.is_full(call_tokens) for use in near)
    return NearCallers(limit, len(near), full, fullest, is_cut=len(found) >= MOST_NEAR)
