"""What scripts count by: keys of windows, whole microseconds, and numbers that Lua has exactly."""

from __future__ import annotations

from datetime import datetime

from services.domain.budgets import BudgetWindow
from services.domain.periods import Period
from services.domain.quotas import Quota

MAX_EXACT = 2**53 - 1
"""Scripts count exactly up to here: 9 million dollars in one window."""

MICRO = 1_000_000
NO_LIMIT = -1
QUOTA_KEY = "ai:quota:"
"""Begins the key of a quota."""

_PERIOD_NAMES = {Period.DAY: "daily", Period.MONTH: "monthly"}


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
    return f"{QUOTA_KEY}{quota.key}:{_PERIOD_NAMES[quota.window.period]}"
