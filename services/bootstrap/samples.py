"""A gateway of its own for sample traffic: it shares nothing with the real one but the ledger."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from pathlib import Path

from services.adapters.clock import uuid7
from services.adapters.journal import SegmentJournal
from services.adapters.journal_shipper import JournalShipper
from services.adapters.live import FixedControl
from services.adapters.memory.breakers import MemoryBreakers
from services.adapters.memory.counters import MemoryCounters
from services.adapters.memory.evidence import MemoryEvidence
from services.adapters.simulated_time import SimulatedClock, run_simulated
from services.bootstrap.sample_world import (
    APPLICATIONS,
    build_sample_providers,
    build_sample_snapshot,
)
from services.domain.audit import AuditEvent
from services.domain.breakers import BreakerRule
from services.domain.calls import Timeouts
from services.domain.ports import (
    Clock,
    Ids,
    Journal,
    LedgerStore,
    LiveControl,
    PriceBook,
    Provider,
    TokenCounter,
)
from services.domain.retries import RetryRule
from services.domain.samples import SampleOrder
from services.gateway.dispatch import Dispatcher
from services.gateway.lease import Lease
from services.gateway.observers import Observers
from services.gateway.pipeline import Pipeline
from services.gateway.recorder import Recorder, Recording
from services.gateway.running import RunningCalls
from services.gateway.sample_plan import plan_samples
from services.gateway.samples import send_samples
from services.gateway.times import Times

_ENDS_BEFORE_NOW = timedelta(minutes=3)
_CACHE_TTL_S = 6 * 3600.0


@dataclass(frozen=True, slots=True)
class GatewaySampleSender:
    """The SampleSender that runs the real pipeline in simulated time.

    Args:
        clock, ids: the real ones; `ids` makes the samples' keys.
        user_key: turns users into hashes.
    """

    store: LedgerStore
    tokens: TokenCounter
    prices: PriceBook
    clock: Clock
    ids: Ids
    zone: tzinfo
    user_key: bytes

    def send(self, order: SampleOrder, event: AuditEvent) -> int:
        # The folder goes when the block ends: what SQL has not taken by then is not missed.
        with tempfile.TemporaryDirectory(prefix="sluice-samples-") as folder:
            journal = SegmentJournal(Path(folder), "sample")
            try:
                journal.write_audit(event)
                self._play(order, journal)
                journal.rotate()
                JournalShipper(journal, self.store, self.clock).ship_once()
            finally:
                journal.close()
        return order.requests

    def _play(self, order: SampleOrder, journal: Journal) -> None:
        # Choices of samples guard nothing.
        rng = random.Random(order.seed)  # noqa: S311
        end = self.clock.now() - _ENDS_BEFORE_NOW
        start = end - timedelta(days=order.days)
        clock = SimulatedClock(start)
        keys = {name: self.ids.token() for name in APPLICATIONS}
        providers = build_sample_providers(clock, self.tokens, rng, start, end)
        infos = {name: provider.info for name, provider in providers.items()}
        snapshot = build_sample_snapshot(infos, self.prices, keys, self.zone, self.clock.now())
        ids = _SimulatedIds(clock, rng)
        pipeline = self._build_pipeline(providers, FixedControl(snapshot), journal, clock, ids)
        plan = plan_samples(order.requests, start, end, self.zone, keys, rng)
        run_simulated(clock, send_samples(pipeline, plan, clock))

    def _build_pipeline(
        self,
        providers: Mapping[str, Provider],
        live: LiveControl,
        journal: Journal,
        clock: Clock,
        ids: Ids,
    ) -> Pipeline:
        """The pipeline with counters, breakers and evidence that nobody else sees."""
        counters = MemoryCounters(clock)
        observer = Observers()
        dispatcher = Dispatcher(
            providers=providers,
            live=live,
            breakers=MemoryBreakers(BreakerRule(), clock, lambda candidate, view: None),
            counters=counters,
            tokens=self.tokens,
            observer=observer,
            retry=RetryRule(),
            timeouts=Timeouts(),
            clock=clock,
            ids=ids,
        )
        return Pipeline(
            live=live,
            lease=Lease(clock, None),
            dispatcher=dispatcher,
            counters=counters,
            recorder=Recorder(
                journal=journal,
                counters=counters,
                evidence=MemoryEvidence(clock, "samples"),
                observer=observer,
                recording=Recording(requests=True, responses=True, user_key=self.user_key),
                clock=clock,
            ),
            tokens=self.tokens,
            running=RunningCalls(),
            times=Times(Timeouts(), _CACHE_TTL_S),
            clock=clock,
            ids=ids,
        )


class _SimulatedIds:
    """Ids of the simulated time, so that samples stand among other requests by time."""

    def __init__(self, clock: Clock, rng: random.Random) -> None:
        self._clock = clock
        self._rng = rng

    def request_id(self) -> str:
        return uuid7(int(self._clock.now().timestamp() * 1000))

    def token(self) -> str:
        raise NotImplementedError("Samples make no secrets.")

    def jitter(self) -> float:
        return self._rng.random()
