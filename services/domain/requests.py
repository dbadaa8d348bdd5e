"""Single requests as the ledger is asked for them: which ones, page by page, and one in full."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.domain.ledger import Attempt, Outcome
from services.domain.rollups import Dimension


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """Which single requests to list; empty fields do not restrict.

    Args:
        among: only requests whose dimension has one of these values, as in a RollupQuery's `where`.
    """

    start: datetime | None = None
    end: datetime | None = None
    feature: str | None = None
    provider: str | None = None
    application: str | None = None
    status: str | None = None
    source: str | None = None
    user: str | None = None
    slower_than_ms: float | None = None
    request_id: str | None = None
    among: tuple[tuple[Dimension, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class RequestPage:
    """One page of requests, newest first; `next_cursor` continues, None at the end."""

    rows: tuple[Outcome, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class RequestDetail:
    """A request with everything stored of it; `outcome` is None while it runs."""

    outcome: Outcome
    attempts: tuple[Attempt, ...]
    request_text: str | None
    response_text: str | None
