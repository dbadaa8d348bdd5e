"""Prometheus metrics under the names that dashboards and alerts depend on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import ClassVar

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.adapters.tallies import Distribution, Tally
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


class PrometheusMetrics:
    """The RequestObserver behind /metrics, in a registry of its own.

    A request whose client went away counts as a success: it was served until then.
    """

    CONTENT_TYPE: ClassVar[str] = "text/plain; version=0.0.4; charset=utf-8"

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(_TallyCollector(self))
        self.requests = Tally("ai_requests", "Requests", "feature", "status", "is_mock")
        self.latency = Distribution(
            "ai_request_latency_seconds", "Whole request", "feature", bounds=_SECONDS
        )
        self.overhead = Distribution(
            "ai_gateway_overhead_seconds",
            "Request less the providers' time",
            bounds=_OVERHEAD_SECONDS,
        )
        self.http = Distribution(
            "ai_request_duration_seconds", "HTTP requests", "method", "endpoint", bounds=_SECONDS
        )
        self.shadow = Tally(
            "ai_limit_shadow_refusals", "Calls that a limit in shadow let pass", "limit"
        )
        self.tokens = Tally("ai_tokens_used", "Tokens", "model", "type")
        self.cost = Tally("ai_cost_usd", "Cost in US dollars", "model")
        self.api_requests = Tally("ai_api_requests", "Calls of providers", "provider", "status")
        self.api_duration = Distribution(
            "ai_api_request_duration_seconds", "Calls of providers", "provider", bounds=_SECONDS
        )
        self.api_tokens = Tally("ai_api_tokens", "Tokens", "provider")
        self.api_cost = Tally("ai_api_cost", "Cost in US dollars", "provider")
        self.api_active = Tally("ai_api_active_requests", "Calls running now", "provider")

    def request_ended(self, outcome: Outcome) -> None:
        feature = outcome.intent.feature
        if outcome.intent.source is Source.SAMPLE:
            return
        is_mock = "true" if outcome.is_mock else "false"
        self.requests.add(1, feature, _STATUS[outcome.status], is_mock)
        self.latency.observe(outcome.duration_ms / 1000, feature)
        self.overhead.observe(outcome.overhead_ms / 1000)
        for limit in outcome.passed_limits:
            self.shadow.add(1, limit)

    def stranger_refused(self, request_id: str, decision: str) -> None:
        self.requests.add(1, "unknown", "refused", "false")

    def count_http(self, method: str, endpoint: str, seconds: float) -> None:
        """An HTTP request has been answered."""
        self.http.observe(seconds, method, endpoint)

    def attempt_started(self, provider: str) -> None:
        self.api_active.add(1, provider)

    def attempt_ended(self, attempt: Attempt) -> None:
        provider, usage = attempt.provider, attempt.usage
        model, dollars = f"{provider}/{attempt.model}", attempt.cost_nano_usd / NANO
        status = "error" if attempt.status is Status.ERROR else "success"
        self.api_active.add(-1, provider)
        self.api_requests.add(1, provider, status)
        self.api_duration.observe(attempt.duration_ms / 1000, provider)
        self.api_tokens.add(usage.total_tokens, provider)
        self.api_cost.add(dollars, provider)
        self.tokens.add(usage.input_tokens, model, "input")
        self.tokens.add(usage.output_tokens, model, "output")
        self.cost.add(dollars, model)

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


class _TallyCollector(Collector):
    def __init__(self, metrics: PrometheusMetrics) -> None:
        self._metrics = metrics

    def describe(self) -> Iterator[Metric]:
        """Nothing: what it would collect now is not all that it ever will."""
        yield from ()

    def collect(self) -> Iterator[Metric]:
        of = self._metrics
        for tally in (of.requests, of.shadow, of.tokens, of.cost):
            yield tally.counter()
        for tally in (of.api_requests, of.api_tokens, of.api_cost):
            yield tally.counter()
        for distribution in (of.latency, of.overhead, of.http, of.api_duration):
            yield distribution.histogram()
        yield of.api_active.gauge()


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
