"""Prometheus metrics under the names that dashboards and alerts depend on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from services.domain.breakers import GAUGE, BreakerView
from services.domain.ledger import Attempt, Outcome, Source, Status
from services.domain.money import NANO
from services.domain.rollout import CEILING, Rollout

_SECONDS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10, 20, 60)
_OVERHEAD_SECONDS = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.5)
_STATUS = {
    Status.SUCCESS: "success",
    Status.CANCELLED: "success",
    Status.REFUSED: "refused",
    Status.ERROR: "error",
    Status.LOST: "error",
}


@dataclass(frozen=True, slots=True)
class _ProviderSeries:
    """What one provider and model count in."""

    active: Gauge
    failed: Counter
    succeeded: Counter
    duration: Histogram
    input_tokens: Counter
    output_tokens: Counter
    tokens: Counter
    model_cost: Counter
    cost: Counter


class PrometheusMetrics:
    """The RequestObserver behind /metrics, in a registry of its own.

    A request whose client went away counts as a success: it was served until then.
    """

    CONTENT_TYPE: ClassVar[str] = "text/plain; version=0.0.4; charset=utf-8"

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        reg = self.registry
        self._requests = Counter(
            "ai_requests", "Requests", ["feature", "status", "is_mock"], registry=reg
        )
        self._latency = Histogram(
            "ai_request_latency_seconds", "Whole request", ["feature"],
            buckets=_SECONDS, registry=reg,
        )  # fmt: skip
        self._overhead = Histogram(
            "ai_gateway_overhead_seconds", "Request less the providers' time",
            buckets=_OVERHEAD_SECONDS, registry=reg,
        )  # fmt: skip
        self._http = Histogram(
            "ai_request_duration_seconds", "HTTP requests", ["method", "endpoint"],
            buckets=_SECONDS, registry=reg,
        )  # fmt: skip
        self._shadow = Counter(
            "ai_limit_shadow_refusals", "Calls that a limit in shadow let pass", ["limit"],
            registry=reg,
        )  # fmt: skip
        self._tokens = Counter("ai_tokens_used", "Tokens", ["model", "type"], registry=reg)
        self._cost = Counter("ai_cost_usd", "Cost in US dollars", ["model"], registry=reg)
        self._api_requests = Counter(
            "ai_api_requests", "Calls of providers", ["provider", "status"], registry=reg
        )
        self._api_duration = Histogram(
            "ai_api_request_duration_seconds", "Calls of providers", ["provider"],
            buckets=_SECONDS, registry=reg,
        )  # fmt: skip
        self._api_tokens = Counter("ai_api_tokens", "Tokens", ["provider"], registry=reg)
        self._api_cost = Counter("ai_api_cost", "Cost in US dollars", ["provider"], registry=reg)
        self._api_active = Gauge(
            "ai_api_active_requests", "Calls running now", ["provider"], registry=reg
        )

        # The library looks a series up under a lock each time; ours are few and stay.
        self._request_series = cache(self._requests.labels)
        self._latency_series = cache(self._latency.labels)
        self._http_series = cache(self._http.labels)
        self._provider_series = cache(self._series_of)

    def request_ended(self, outcome: Outcome) -> None:
        feature = outcome.intent.feature
        if outcome.intent.source is Source.SAMPLE:
            return
        is_mock = "true" if outcome.is_mock else "false"
        self._request_series(feature, _STATUS[outcome.status], is_mock).inc()
        self._latency_series(feature).observe(outcome.duration_ms / 1000)
        self._overhead.observe(outcome.overhead_ms / 1000)

    def shadow_refused(self, limit: str) -> None:
        self._shadow.labels(limit).inc()

    def stranger_refused(self, request_id: str, decision: str) -> None:
        self._requests.labels("unknown", "refused", "false").inc()

    def count_http(self, method: str, endpoint: str, seconds: float) -> None:
        """An HTTP request has been answered."""
        self._http_series(method, endpoint).observe(seconds)

    def attempt_started(self, provider: str) -> None:
        self._api_active.labels(provider).inc()

    def attempt_ended(self, attempt: Attempt) -> None:
        series = self._provider_series(attempt.provider, attempt.model)
        dollars = attempt.cost_nano_usd / NANO
        series.active.dec()
        (series.failed if attempt.status is Status.ERROR else series.succeeded).inc()
        series.duration.observe(attempt.duration_ms / 1000)
        series.input_tokens.inc(attempt.usage.input_tokens)
        series.output_tokens.inc(attempt.usage.output_tokens)
        series.tokens.inc(attempt.usage.total_tokens)
        series.model_cost.inc(dollars)
        series.cost.inc(dollars)

    def _series_of(self, provider: str, model: str) -> _ProviderSeries:
        name = f"{provider}/{model}"
        return _ProviderSeries(
            active=self._api_active.labels(provider),
            failed=self._api_requests.labels(provider, "error"),
            succeeded=self._api_requests.labels(provider, "success"),
            duration=self._api_duration.labels(provider),
            input_tokens=self._tokens.labels(name, "input"),
            output_tokens=self._tokens.labels(name, "output"),
            tokens=self._api_tokens.labels(provider),
            model_cost=self._cost.labels(name),
            cost=self._api_cost.labels(provider),
        )

    def watch_control(
        self,
        breakers: Callable[[], Iterable[BreakerView]],
        rollouts: Callable[[], Iterable[Rollout]],
    ) -> None:
        """Export breakers and rollouts as they are at each scrape."""
        self.registry.register(_ControlCollector(breakers, rollouts))

    def render(self) -> bytes:
        """The text of /metrics."""
        return generate_latest(self.registry)


class _ControlCollector(Collector):
    def __init__(
        self,
        breakers: Callable[[], Iterable[BreakerView]],
        rollouts: Callable[[], Iterable[Rollout]],
    ) -> None:
        self._breakers = breakers
        self._rollouts = rollouts

    def collect(self) -> Iterator[GaugeMetricFamily]:
        state = GaugeMetricFamily(
            "ai_circuit_breaker_state",
            "0 closed, 1 half-open, 2 open",
            labels=["provider", "model"],
        )
        for view in self._breakers():
            state.add_metric([view.provider, view.model], GAUGE[view.state])
        yield state
        share = GaugeMetricFamily(
            "ai_rollout_percentage", "Users let in; no feature: the ceiling", labels=["feature"]
        )
        for rollout in self._rollouts():
            name = "" if rollout.subject == CEILING else rollout.subject
            share.add_metric([name], rollout.percentage if rollout.is_enabled else 0)
        yield share
