"""Counters and histograms of series that change with every request, kept as plain numbers.

The Prometheus library's own take a lock and several checks at each step, a dozen times a request;
these are added to on one thread, and become the library's families when somebody scrapes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.utils import floatToGoString


class Tally:
    """Numbers by labels: what a counter or a gauge counts.

    Args:
        labels: their names, in the order in which `add` takes their values.
    """

    def __init__(self, name: str, text: str, *labels: str) -> None:
        self._name = name
        self._text = text
        self._labels = labels
        self._values: dict[tuple[str, ...], float] = {}

    def add(self, amount: float, *labels: str) -> None:
        self._values[labels] = self._values.get(labels, 0.0) + amount

    def counter(self) -> CounterMetricFamily:
        """The numbers so far."""
        family = CounterMetricFamily(self._name, self._text, labels=self._labels)
        for labels, value in list(self._values.items()):
            family.add_metric(labels, value)
        return family

    def gauge(self) -> GaugeMetricFamily:
        """The numbers as they are now, which may fall again."""
        family = GaugeMetricFamily(self._name, self._text, labels=self._labels)
        for labels, value in list(self._values.items()):
            family.add_metric(labels, value)
        return family


@dataclass(slots=True)
class _Row:
    counts: list[int]
    total: float = 0.0


class Distribution:
    """How values are distributed, by labels: what a histogram counts.

    Args:
        bounds: the buckets' upper bounds, ascending; what is above falls into one more.
    """

    def __init__(self, name: str, text: str, *labels: str, bounds: Sequence[float]) -> None:
        self._name = name
        self._text = text
        self._labels = labels
        self._bounds = tuple(bounds)
        self._names = (*map(floatToGoString, self._bounds), "+Inf")
        self._rows: dict[tuple[str, ...], _Row] = {}
        if not labels:
            self._row(())

    def observe(self, value: float, *labels: str) -> None:
        row = self._rows.get(labels) or self._row(labels)
        row.counts[bisect_left(self._bounds, value)] += 1
        row.total += value

    def histogram(self) -> HistogramMetricFamily:
        """The values so far."""
        family = HistogramMetricFamily(self._name, self._text, labels=self._labels)
        for labels, row in list(self._rows.items()):
            so_far = zip(self._names, accumulate(row.counts), strict=True)
            family.add_metric(labels, list(so_far), sum_value=row.total)
        return family

    def _row(self, labels: tuple[str, ...]) -> _Row:
        row = self._rows[labels] = _Row([0] * len(self._names))
        return row
