"""The histogram that rollups keep of latencies, and the percentiles that are read from it."""

from __future__ import annotations

LATENCY_BOUNDS_MS = (
    50, 100, 200, 300, 500, 750, 1000, 1500, 2000, 3000, 5000, 7500, 10000, 20000, 60000,
)  # fmt: skip
"""Upper bounds of the histogram's buckets; one more lies above the last."""

BUCKETS = len(LATENCY_BOUNDS_MS) + 1


def latency_bucket(duration_ms: float) -> int:
    """Index of the histogram bucket a duration falls into."""
    for index, bound in enumerate(LATENCY_BOUNDS_MS):
        if duration_ms <= bound:
            return index
    return len(LATENCY_BOUNDS_MS)


def count_slower(counts: tuple[int, ...], bound_ms: int) -> int:
    """Calls slower than one of LATENCY_BOUNDS_MS, by the histogram's counts."""
    return sum(counts[LATENCY_BOUNDS_MS.index(bound_ms) + 1 :])


def percentile_ms(counts: tuple[int, ...], share: float) -> float | None:
    """A percentile read from the histogram, interpolated within its bucket; None without calls.

    Args:
        counts: calls by bucket, one more than the bounds.
        share: 0.95 for P95.
    """
    total = sum(counts)
    if not total:
        return None
    rank = share * total
    below = 0
    for index, count in enumerate(counts):
        if below + count >= rank and count:
            low = LATENCY_BOUNDS_MS[index - 1] if index else 0
            high = LATENCY_BOUNDS_MS[min(index, len(LATENCY_BOUNDS_MS) - 1)]
            return low + (high - low) * (rank - below) / count
        below += count
    return float(LATENCY_BOUNDS_MS[-1])
