"""How well requests went over a range: errors, latency and first tokens, by a dimension. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.domain.audit import AuditRow
from services.domain.latency import percentile_ms
from services.domain.ledger import Status
from services.domain.rollups import Dimension, Grain, Rollup, sum_rollups

FAILED = (Status.ERROR, Status.LOST)
_ANSWERED = (Status.SUCCESS, Status.CANCELLED)
_TIMED = (Status.SUCCESS.value, Status.ERROR.value)
"""Refusals take no time worth knowing, and a cancelled request's time is its client's choice."""

_STEPS = (
    (timedelta(hours=1), timedelta(minutes=1), Grain.MINUTE),
    (timedelta(hours=6), timedelta(minutes=5), Grain.MINUTE),
    (timedelta(hours=24), timedelta(minutes=15), Grain.QUARTER),
    (timedelta(days=7), timedelta(hours=2), Grain.QUARTER),
    (timedelta(days=30), timedelta(hours=6), Grain.QUARTER),
)


@dataclass(frozen=True, slots=True)
class Quality:
    """How a set of requests went; refusals are outside the error rate, as everywhere."""

    name: str
    requests: int
    answered: int
    failed: int
    refused: int
    degraded: int
    latency_counts: tuple[int, ...]
    first_token_counts: tuple[int, ...]

    @property
    def counted(self) -> int:
        """The requests that the error rate is a share of."""
        return self.answered + self.failed

    @property
    def error_rate(self) -> float | None:
        """Failures as a share of answered and failed requests; None without any."""
        return self.failed / self.counted if self.counted else None

    def latency_ms(self, share: float) -> float | None:
        """A percentile of the time to the whole answer."""
        return percentile_ms(self.latency_counts, share)

    def first_token_ms(self, share: float) -> float | None:
        """A percentile of the time to the first token, of streams."""
        return percentile_ms(self.first_token_counts, share)


@dataclass(frozen=True, slots=True)
class Frame:
    """A range cut into even steps.

    Args:
        edges: from the range's start to its end, which lies just after now.
    """

    edges: tuple[datetime, ...]
    step: timedelta
    grain: Grain


@dataclass(frozen=True, slots=True)
class ReliabilityView:
    """A range's requests in all, by value of a dimension, and both over time.

    Args:
        rows: most requests first.
        series: by value, one entry a step that had requests.
        changes: what people and rules changed in the range, oldest first.
    """

    frame: Frame
    dimension: Dimension
    total: Quality
    rows: tuple[Quality, ...]
    series: Mapping[str, tuple[tuple[datetime, Quality], ...]]
    changes: tuple[AuditRow, ...]


def frame_of(now: datetime, span: timedelta) -> Frame:
    """The steps of the last hours or days: at most 121, the last one still running."""
    step, grain = next(((s, g) for longest, s, g in _STEPS if span <= longest), _STEPS[-1][1:])
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    last = epoch + ((now - epoch) // step + 1) * step
    count = -(-span // step) + 1
    return Frame(tuple(last - (count - n) * step for n in range(count + 1)), step, grain)


def assess_range(
    frame: Frame, dimension: Dimension, rows: Iterable[Rollup], changes: Iterable[AuditRow]
) -> ReliabilityView:
    """The view of what was read.

    Args:
        rows: sums by step, dimension and status.
    """
    parts: dict[str, list[Rollup]] = {}
    for row in rows:
        parts.setdefault(row.values[dimension], []).append(row)
    every = [row for part in parts.values() for row in part]
    found = [measure_quality(name, part) for name, part in parts.items()]
    return ReliabilityView(
        frame,
        dimension,
        measure_quality("", every),
        tuple(sorted(found, key=lambda q: (-q.requests, q.name))),
        {name: measure_by_time(name, part) for name, part in parts.items()},
        tuple(sorted(changes, key=lambda change: change.at)),
    )


def measure_quality(name: str, rows: Iterable[Rollup]) -> Quality:
    """How the requests of these sums went.

    Args:
        rows: sums by status, and by whatever else.
    """
    by_status = [(row.values[Dimension.STATUS], row) for row in rows]

    def count(statuses: tuple[Status, ...]) -> int:
        return sum(row.requests for status, row in by_status if status in statuses)

    timed = sum_rollups(row for status, row in by_status if status in _TIMED)
    return Quality(
        name,
        sum(row.requests for _, row in by_status),
        count(_ANSWERED),
        count(FAILED),
        count((Status.REFUSED,)),
        sum(row.degraded_requests for _, row in by_status),
        timed.latency_counts,
        timed.first_token_counts,
    )


def measure_by_time(name: str, rows: Iterable[Rollup]) -> tuple[tuple[datetime, Quality], ...]:
    """The same for each time bucket that had requests, oldest first."""
    steps: dict[datetime, list[Rollup]] = {}
    for row in rows:
        if row.at is not None:
            steps.setdefault(row.at, []).append(row)
    return tuple((at, measure_quality(name, part)) for at, part in sorted(steps.items()))
