"""The records of a request: intent before the call, attempts and outcome after it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.domain.calls import Endpoint, Usage
from services.domain.money import CostBasis


class Source(StrEnum):
    """Where a request came from; only `application` counts in totals, gates and rules."""

    APPLICATION = "application"
    PLAYGROUND = "playground"
    SAMPLE = "sample"


class Status(StrEnum):
    """How a request ended."""

    SUCCESS = "success"
    ERROR = "error"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step of a request's way: what came of it and how long it took."""

    step: str
    outcome: str
    decision: str
    started_at: datetime
    duration_ms: float


@dataclass(frozen=True, slots=True)
class Intent:
    """Written before any provider is called.

    Args:
        user: keyed hash of the user, None when the call named nobody.
        held_nano_usd: what the budgets hold for it.
        revision: revision of the control state it was decided under.
    """

    request_id: str
    started_at: datetime
    source: Source
    endpoint: Endpoint
    application: str
    feature: str
    user: str | None
    requested_model: str
    is_streamed: bool
    held_nano_usd: int
    revision: int
    prompt: str | None = None
    prompt_version: str | None = None
    payload: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call of a provider within a request, numbered from 1."""

    request_id: str
    number: int
    provider: str
    model: str
    status: Status
    decision: str
    started_at: datetime
    duration_ms: float
    usage: Usage
    cost_nano_usd: int
    cost_basis: CostBasis
    is_mock: bool
    first_token_ms: float | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the request ended, with all its attempts and steps.

    Args:
        intent: repeated in full for requests refused before an intent was written.
        provider, model: of the attempt that answered, else of the last one; None without any.
        overhead_ms: the request's time less the providers' time.
        cost_nano_usd: sum over the attempts.
        is_admitted: no limit refused it: it took a request from each of its quotas.
        is_mock_primary: inventing answers was what was configured; None where nobody knows.
        is_cached: answered without a call of its own, from the cache or with an equal call
            (decision `shared`).
        saved_nano_usd: what an answer that was not called for would have cost.
        limit: the limit, quota or budget that refused it, "" when none did.
        passed_limits: those in shadow that would have refused it.
    """

    intent: Intent
    status: Status
    decision: str
    http_status: int
    finished_at: datetime
    duration_ms: float
    overhead_ms: float
    steps: tuple[StepRecord, ...]
    attempts: tuple[Attempt, ...] = ()
    provider: str | None = None
    model: str | None = None
    is_mock: bool = False
    is_degraded: bool = False
    is_cached: bool = False
    is_admitted: bool = False
    is_mock_primary: bool | None = None
    finish_reason: str | None = None
    usage: Usage = field(default_factory=Usage)
    cost_nano_usd: int = 0
    cost_basis: CostBasis = CostBasis.FREE
    saved_nano_usd: int = 0
    first_token_ms: float | None = None
    message: str | None = None
    response: str | None = None
    limit: str = ""
    passed_limits: tuple[str, ...] = ()
