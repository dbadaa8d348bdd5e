"""What pages read of the ledger: sums by time and dimension, and single requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.domain.ledger import LATENCY_BOUNDS_MS, Attempt, Outcome, Source

BUCKETS = len(LATENCY_BOUNDS_MS) + 1


class Dimension(StrEnum):
    """What rollups can be grouped and filtered by."""

    FEATURE = "feature"
    PROVIDER = "provider"
    MODEL = "model"
    STATUS = "status"
    DECISION = "decision"
    PROMPT_VERSION = "prompt_version"
    APPLICATION = "application"
    SOURCE = "source"
    IS_MOCK = "is_mock"


class Grain(StrEnum):
    """Width of a time bucket: minutes are kept 48 h, quarter-hours for good."""

    MINUTE = "minute"
    QUARTER = "quarter"


@dataclass(frozen=True, slots=True)
class RollupQuery:
    """Sums over [start, end), by the dimensions named.

    Args:
        by_time: one row a bucket of `grain`, else one row for the whole range.
        where: only rows whose dimension has one of these values.
    """

    start: datetime
    end: datetime
    group_by: tuple[Dimension, ...] = ()
    by_time: bool = False
    grain: Grain = Grain.QUARTER
    where: Mapping[Dimension, tuple[str, ...]] = field(
        default_factory=lambda: {Dimension.SOURCE: (Source.APPLICATION.value,)}
    )


@dataclass(frozen=True, slots=True)
class Rollup:
    """One row of sums. `values` holds the grouped dimensions; `at` is None without `by_time`.

    Args:
        latency_counts, first_token_counts: requests by latency bucket of the ledger's bounds.
        unpriced_requests: requests whose cost is unknown, and which cost_nano_usd leaves out.
    """

    at: datetime | None
    values: Mapping[Dimension, str]
    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int = 0
    cost_nano_usd: int = 0
    retry_cost_nano_usd: int = 0
    fallback_cost_nano_usd: int = 0
    saved_nano_usd: int = 0
    degraded_requests: int = 0
    cached_requests: int = 0
    unpriced_requests: int = 0
    latency_counts: tuple[int, ...] = (0,) * BUCKETS
    first_token_counts: tuple[int, ...] = (0,) * BUCKETS


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """Which single requests to list; empty fields do not restrict."""

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


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One event of the audit chain as read back."""

    sequence: int
    id: str
    at: datetime
    actor: str
    action: str
    target: str
    reason: str
    before: Mapping[str, object] | None
    after: Mapping[str, object] | None
    cause: str | None
    revision: int | None


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which audit events to list; empty fields do not restrict."""

    start: datetime | None = None
    end: datetime | None = None
    actor: str | None = None
    action: str | None = None
    target: str | None = None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """One page of events, newest first."""

    rows: tuple[AuditRow, ...]
    next_cursor: int | None


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """The audit chain's verification: how many events hold, and the first that does not."""

    events: int
    is_intact: bool
    first_bad_sequence: int | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Instance:
    """A running process as its heartbeat tells."""

    id: str
    kind: str
    version: str
    started_at: datetime
    heartbeat_at: datetime
    revision: int
    running_calls: int
    journal_backlog: int


@dataclass(frozen=True, slots=True)
class KillAck:
    """An instance's word that it has applied a kill entry and told calls in scope to stop."""

    instance_id: str
    scope: str
    epoch: int
    applied_at: datetime
