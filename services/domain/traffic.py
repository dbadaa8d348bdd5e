"""Traffic: how the requests of a range went, when they came and what they cost. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.domain.reliability import Quality, measure_by_time, measure_quality
from services.domain.rollups import Rollup, sum_rollups


@dataclass(frozen=True, slots=True)
class Traffic:
    """The requests of a range.

    Args:
        cached: those answered without a call of their own.
        series: (start of a time bucket, requests, failed ones), oldest first.
    """

    quality: Quality
    cost_nano_usd: int
    cached: int
    series: tuple[tuple[datetime, int, int], ...]


def sum_traffic(rows: Iterable[Rollup]) -> Traffic:
    """The traffic of what was read.

    Args:
        rows: sums by time and status.
    """
    every = tuple(rows)
    total = sum_rollups(every)
    steps = measure_by_time("", every)
    return Traffic(
        quality=measure_quality("", every),
        cost_nano_usd=total.cost_nano_usd,
        cached=total.cached_requests,
        series=tuple((at, step.requests, step.failed) for at, step in steps),
    )
