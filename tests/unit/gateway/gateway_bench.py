"""A dispatcher over two providers in simulated time, to put tests of the gateway on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from services.adapters.clock import SystemIds
from services.adapters.live import FixedControl
from services.adapters.memory.breakers import MemoryBreakers
from services.adapters.memory.counters import MemoryCounters
from services.adapters.simulated_time import SimulatedClock
from services.adapters.tokens import QuickTokenCounter
from services.domain.breakers import BreakerRule
from services.domain.budgets import Budget
from services.domain.calls import (
    Candidate,
    Chunk,
    Completion,
    Endpoint,
    Health,
    ProviderCall,
    ProviderInfo,
    Timeouts,
    Usage,
)
from services.domain.errors import ProviderOverloaded
from services.domain.identity import ApiKey
from services.domain.kill import KillEntry
from services.domain.ledger import Source
from services.domain.limits import LimitSettings
from services.domain.messages import Incoming
from services.domain.periods import Period
from services.domain.provider_limits import ProviderLimit
from services.domain.retries import RetryRule
from services.domain.rollout import CEILING, FULL_BP, Rollout, Stage
from services.domain.rollout_access import Subject
from services.domain.routes import Route
from services.domain.snapshot import ControlState, Snapshot
from services.gateway.dispatch import Dispatcher
from services.gateway.exchange import Caller, Exchange, Prepared
from services.gateway.observers import Observers

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
ONE, TWO = Candidate("one", "m"), Candidate("two", "m")
BUDGET = Budget("global", Period.DAY, 1)
APP_KEY = ApiKey(
    id="k", name="school", hash="h", scopes=frozenset(), created_at=START, created_by="test"
)
CALLER = Caller(APP_KEY, "question_hint", Subject("ayse"), Source.APPLICATION)


@dataclass
class Answering:
    """A provider that answers at once, and remembers when it was called."""

    name: str
    clock: SimulatedClock
    tokens: int = 10
    is_down: bool = False
    called_at_s: list[float] = field(default_factory=list)

    @property
    def info(self) -> ProviderInfo:
        return ProviderInfo(self.name, ("m",))

    async def complete(self, call: ProviderCall) -> Completion:
        self.called_at_s.append(self.clock.monotonic_s())
        if self.is_down:
            raise ProviderOverloaded("down", sent=False)
        choice = {"finish_reason": "stop", "message": {"role": "assistant", "content": "ok"}}
        return Completion({"choices": [choice]}, "ok", "stop", Usage(self.tokens, 0))

    def stream(self, call: ProviderCall) -> AsyncIterator[Chunk]:
        raise NotImplementedError

    async def check_health(self, timeout_s: float) -> Health:
        raise NotImplementedError

    async def reset(self) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError


class Gateway:
    """A dispatcher over two providers."""

    def __init__(
        self,
        *,
        rule: RetryRule | None = None,
        timeouts: Timeouts | None = None,
        **limits: ProviderLimit,
    ) -> None:
        self.clock = SimulatedClock(START)
        self.one, self.two = Answering("one", self.clock), Answering("two", self.clock)
        providers = {"one": self.one, "two": self.two}
        self.snapshot = Snapshot(
            control=ControlState(0, Rollout(CEILING, Stage.GENERAL, FULL_BP, START), {}, {}),
            providers={name: provider.info for name, provider in providers.items()},
            candidates=(ONE, TWO),
            prices={},
            templates={},
            limits=LimitSettings(),
            budgets=(BUDGET,),
            playground_budget=BUDGET,
            zone=UTC,
            provider_limits=limits,
        )
        self.live = FixedControl(self.snapshot)
        self.breakers = MemoryBreakers(BreakerRule(), self.clock, lambda *_: None)
        self.dispatcher = Dispatcher(
            providers=providers,
            live=self.live,
            breakers=self.breakers,
            counters=MemoryCounters(self.clock),
            tokens=QuickTokenCounter(),
            observer=Observers(),
            retry=rule or RetryRule(max_retries=0),
            timeouts=timeouts or Timeouts(),
            clock=self.clock,
            ids=SystemIds(),
        )
        self._count = 0

    def kill(self, entry: KillEntry) -> None:
        self.live._register = self.live.register.merge([entry])

    async def call(self, *candidates: Candidate, output_tokens: int = 10) -> Exchange:
        exchange = self.exchange(*candidates, output_tokens=output_tokens)
        await self.dispatcher.complete(exchange)
        return exchange

    def exchange(self, *candidates: Candidate, output_tokens: int = 10) -> Exchange:
        self._count += 1
        return Exchange(
            incoming=Incoming(Endpoint.CHAT, {}, b"", "127.0.0.1"),
            request_id=f"r-{self._count}",
            started_at=self.clock.now(),
            began_s=self.clock.monotonic_s(),
            clock=self.clock,
            snapshot=self.snapshot,
            prepared=Prepared(Endpoint.CHAT, "auto", {}, (), False, False, output_tokens),
            route=Route(candidates or (ONE, TWO)),
        )
