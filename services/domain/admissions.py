"""Admissions: all that one request wants to take from the counters, and their answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from services.domain.blocks import AbuseRule
from services.domain.budgets import BudgetWindow
from services.domain.quotas import Quota
from services.domain.rate_limits import BucketLimit, RateLimit

HELD_RETRY_S = 1.0
"""Money that running calls hold comes free within seconds; the lapse is only the latest time."""


@dataclass(frozen=True, slots=True)
class Demand:
    """All that one request wants to take, checked and taken together or not at all.

    Args:
        abuse_key: the user or application whose violations count; None for none.
        hold_nano_usd: the most the request can cost, held in every budget.
        hold_s: seconds after which an unsettled hold lapses.
        tokens: the estimate taken from token quotas, corrected at settlement.
        shadow: names of limits that are counted but refuse nobody.
    """

    request_id: str
    rates: tuple[RateLimit, ...] = ()
    buckets: tuple[BucketLimit, ...] = ()
    quotas: tuple[Quota, ...] = ()
    budgets: tuple[BudgetWindow, ...] = ()
    abuse_key: str | None = None
    abuse: AbuseRule = field(default_factory=AbuseRule)
    hold_nano_usd: int = 0
    hold_s: float = 150.0
    tokens: int = 0
    shadow: frozenset[str] = frozenset()


class Denial(StrEnum):
    """Which kind of limit refused a demand."""

    BLOCKED = "blocked"
    COOLDOWN = "cooldown"
    RATE = "rate"
    BUCKET = "bucket"
    QUOTA = "quota"
    BUDGET_SPENT = "budget_spent"
    BUDGET_HELD = "budget_held"


@dataclass(frozen=True, slots=True)
class Admission:
    """The counters' answer: admitted, or the first limit that refused and when to come back.

    Args:
        limit: the refusing limit's name, "" when admitted.
        remaining: (limit, left, seconds until the window is free again) of each rate limit by
            name, after this request.
        cached: the stored answer, when the request's cache key had one; nothing is held then.
        shadow: the limits in shadow that would have refused an admitted request.
    """

    denial: Denial | None = None
    limit: str = ""
    allowance: int = 0
    retry_after_s: float | None = None
    remaining: Mapping[str, tuple[int, int, float]] = field(default_factory=dict)
    cached: bytes | None = None
    shadow: tuple[str, ...] = ()


GONE = Admission(Denial.BUDGET_HELD, retry_after_s=HELD_RETRY_S)
"""What a request that the counters do not know (any more) is told when it wants to take more."""
