"""Rollups: what pages read of the ledger as sums by time and dimension."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.domain.latency import BUCKETS
from services.domain.ledger import Source


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
        edges: ascending, from `start` to `end`; one row an interval between two neighbours instead
            of one a bucket. Days are such intervals: they last 23 to 25 hours.
        with_latency: read the histograms too; without them a long range is summed faster.
        where: only rows whose dimension has one of these values.
    """

    start: datetime
    end: datetime
    group_by: tuple[Dimension, ...] = ()
    by_time: bool = False
    edges: tuple[datetime, ...] = ()
    grain: Grain = Grain.QUARTER
    with_latency: bool = True
    where: Mapping[Dimension, tuple[str, ...]] = field(
        default_factory=lambda: {Dimension.SOURCE: (Source.APPLICATION.value,)}
    )


@dataclass(frozen=True, slots=True)
class Rollup:
    """One row of sums. `values` holds the grouped dimensions.

    Args:
        at: start of the bucket or interval; None when the sums are not by time.
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


SUMS = (
    "requests", "input_tokens", "output_tokens", "cached_input_tokens", "cost_nano_usd",
    "retry_cost_nano_usd", "fallback_cost_nano_usd", "saved_nano_usd", "degraded_requests",
    "cached_requests", "unpriced_requests",
)  # fmt: skip
"""The fields of a Rollup that are added up, as its tables name them."""


def sum_rollups(rows: Iterable[Rollup], values: Mapping[Dimension, str] | None = None) -> Rollup:
    """All rows as one, without a time; `values` are what they have in common."""
    every = tuple(rows)
    return Rollup(
        None,
        values or {},
        **{name: sum(getattr(row, name) for row in every) for name in SUMS},
        latency_counts=_sum_counts(row.latency_counts for row in every),
        first_token_counts=_sum_counts(row.first_token_counts for row in every),
    )


def fold_rollups(rows: Iterable[Rollup], dimension: Dimension) -> tuple[Rollup, ...]:
    """One row a value of a dimension that all rows hold, dearest first."""
    parts: dict[str, list[Rollup]] = {}
    for row in rows:
        parts.setdefault(row.values[dimension], []).append(row)
    folded = (sum_rollups(part, {dimension: name}) for name, part in parts.items())
    return tuple(sorted(folded, key=lambda r: (-r.cost_nano_usd, -r.requests, r.values[dimension])))


def _sum_counts(counts: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*counts, strict=True))) or (0,) * BUCKETS


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The proof that figures equal the ledger: rollups against the sum over rows, one moment."""

    rollup_requests: int
    rollup_nano_usd: int
    ledger_requests: int
    ledger_nano_usd: int

    @property
    def difference_nano_usd(self) -> int:
        return self.rollup_nano_usd - self.ledger_nano_usd

    @property
    def is_equal(self) -> bool:
        return not self.difference_nano_usd and self.rollup_requests == self.ledger_requests
