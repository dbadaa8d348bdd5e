"""Quotas: requests and tokens per calendar period."""

from __future__ import annotations

from dataclasses import dataclass

from services.domain.limit_keys import FEATURE_KEY
from services.domain.periods import Window


@dataclass(frozen=True, slots=True)
class Quota:
    """Requests and tokens allowed in one calendar window, for one key."""

    name: str
    key: str
    window: Window
    requests: int | None
    tokens: int | None

    @property
    def is_cap(self) -> bool:
        """Whether it is a feature's, for all its callers together."""
        return self.key.startswith(FEATURE_KEY)


@dataclass(frozen=True, slots=True)
class QuotaState:
    """A quota with what its window has taken."""

    quota: Quota
    requests: int
    tokens: int


@dataclass(frozen=True, slots=True)
class CapView:
    """A cap of one feature in its present window, with what is taken of it."""

    feature: str
    state: QuotaState
    is_shadow: bool
