from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from services.adapters.tallies import Distribution, Tally

BOUNDS = (0.1, 0.5, 2)
VALUES = (0.05, 0.1, 0.10001, 0.5, 1.9, 2, 7)


class Collected(Collector):
    def __init__(self, *families: Metric) -> None:
        self.families = families

    def collect(self) -> Iterator[Metric]:
        yield from self.families


def exposed(registry: CollectorRegistry) -> list[str]:
    """The lines that a scrape gets, without the library's creation times, which we do not tell."""
    text = generate_latest(registry).decode()
    return [line for line in text.splitlines() if "_created" not in line]


def ours(*families: Metric) -> list[str]:
    registry = CollectorRegistry()
    registry.register(Collected(*families))
    return exposed(registry)


def test_counts_read_as_the_librarys_own() -> None:
    registry = CollectorRegistry()
    counter = Counter("ai_x", "Text", ["a", "b"], registry=registry)
    tally = Tally("ai_x", "Text", "a", "b")
    for amount, labels in ((1, ("1", "2")), (2.5, ("1", '"')), (4, ("1", "2"))):
        counter.labels(*labels).inc(amount)
        tally.add(amount, *labels)
    assert ours(tally.counter()) == exposed(registry)


def test_gauge_reads_as_the_librarys_own() -> None:
    registry = CollectorRegistry()
    gauge = Gauge("ai_x", "Text", ["a"], registry=registry)
    tally = Tally("ai_x", "Text", "a")
    gauge.labels("1").inc(3)
    gauge.labels("1").dec()
    tally.add(3, "1")
    tally.add(-1, "1")
    assert ours(tally.gauge()) == exposed(registry)


def test_histogram_reads_as_the_librarys_own() -> None:
    registry = CollectorRegistry()
    histogram = Histogram("ai_x", "Text", ["a"], buckets=BOUNDS, registry=registry)
    distribution = Distribution("ai_x", "Text", "a", bounds=BOUNDS)
    for value in VALUES:
        histogram.labels("1").observe(value)
        distribution.observe(value, "1")
    assert ours(distribution.histogram()) == exposed(registry)


def test_histogram_without_labels_is_there_from_the_start() -> None:
    registry = CollectorRegistry()
    Histogram("ai_x", "Text", buckets=BOUNDS, registry=registry)
    assert ours(Distribution("ai_x", "Text", bounds=BOUNDS).histogram()) == exposed(registry)
