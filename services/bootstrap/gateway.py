"""The parts on the way of a request, joined to a pipeline."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass

from services.adapters.live import SwappedControl
from services.adapters.metrics import PrometheusMetrics
from services.adapters.prices import GenaiPriceBook
from services.adapters.request_log import RequestLog
from services.adapters.secrets import derive_key
from services.adapters.tokens import QuickTokenCounter
from services.bootstrap.base import Base
from services.bootstrap.policy import PolicyBuilder
from services.bootstrap.providers import connect_providers, open_price_book
from services.domain.calls import Timeouts
from services.domain.policy import LEASE_S
from services.domain.ports import (
    BreakerStore,
    Clock,
    Counters,
    Provider,
)
from services.domain.retries import RetryRule
from services.domain.rollout import Rollout
from services.gateway.dispatch import Dispatcher
from services.gateway.lease import Lease
from services.gateway.observers import Observers
from services.gateway.pipeline import Pipeline
from services.gateway.recorder import Recorder, Recording
from services.gateway.running import RunningCalls
from services.gateway.times import Times
from services.settings import Settings


@dataclass(frozen=True)
class Gateway:
    """The parts on the way of a request."""

    live: SwappedControl
    lease: Lease
    policy: PolicyBuilder
    providers: Mapping[str, Provider]
    tokens: QuickTokenCounter
    counters: Counters
    breakers: BreakerStore
    metrics: PrometheusMetrics
    observer: Observers
    running: RunningCalls
    prices: GenaiPriceBook


def build_gateway(base: Base) -> Gateway:
    """Connect providers, policy, counters and observers."""
    settings, clock = base.settings, base.clock
    running = RunningCalls()
    tokens = QuickTokenCounter()
    providers = connect_providers(settings, clock, tokens)
    infos = {name: provider.info for name, provider in providers.items()}
    tokens.warm(info.models[0] for info in infos.values())
    prices = open_price_book(settings)
    policy = PolicyBuilder(settings, infos, prices, clock, base.ids.token(), base.signed.read)
    live = SwappedControl(base.store, policy.build, running.cut, policy.is_outdated)
    metrics = PrometheusMetrics()
    breakers = base.shared.breakers
    metrics.watch_control(breakers.list_views, lambda: _rollouts(live))
    return Gateway(
        live=live,
        lease=Lease(clock, LEASE_S if settings.redis_url else None),
        policy=policy,
        providers=providers,
        tokens=tokens,
        counters=base.shared.counters,
        breakers=breakers,
        metrics=metrics,
        observer=Observers(metrics, _request_log(settings, clock)),
        running=running,
        prices=prices,
    )


def build_pipeline(base: Base, gateway: Gateway) -> Pipeline:
    """The way of a request over these parts."""
    settings = base.settings
    timeouts = Timeouts(
        settings.ai_connect_timeout,
        settings.ai_read_timeout,
        settings.ai_total_timeout,
        settings.ai_stream_timeout,
    )
    return Pipeline(
        live=gateway.live,
        lease=gateway.lease,
        dispatcher=_build_dispatcher(base, gateway, timeouts),
        counters=gateway.counters,
        recorder=_build_recorder(base, gateway),
        tokens=gateway.tokens,
        running=gateway.running,
        times=Times(timeouts, settings.ai_cache_ttl),
        clock=base.clock,
        ids=base.ids,
    )


def _build_dispatcher(base: Base, gateway: Gateway, timeouts: Timeouts) -> Dispatcher:
    settings = base.settings
    return Dispatcher(
        providers=gateway.providers,
        live=gateway.live,
        breakers=gateway.breakers,
        counters=gateway.counters,
        tokens=gateway.tokens,
        observer=gateway.observer,
        retry=RetryRule(
            settings.ai_max_retries, settings.ai_retry_initial_delay, settings.ai_retry_max_delay
        ),
        timeouts=timeouts,
        clock=base.clock,
        ids=base.ids,
    )


def _build_recorder(base: Base, gateway: Gateway) -> Recorder:
    settings = base.settings
    return Recorder(
        journal=base.journal,
        counters=gateway.counters,
        evidence=base.shared.evidence,
        observer=gateway.observer,
        recording=Recording(
            requests=settings.ai_log_requests,
            responses=settings.ai_log_responses,
            user_key=derive_key(base.secret, "users"),
        ),
        clock=base.clock,
    )


def _request_log(settings: Settings, clock: Clock) -> RequestLog:
    return RequestLog(
        sys.stderr.buffer,
        settings.log_level,
        clock,
        shows_tokens=settings.ai_log_tokens,
        shows_costs=settings.ai_log_costs,
    )


def _rollouts(live: SwappedControl) -> tuple[Rollout, ...]:
    control = live.snapshot.control
    return (control.ceiling, *control.features.values())
