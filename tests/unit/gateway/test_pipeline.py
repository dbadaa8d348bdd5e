"""A kill that arrives while the counters are asked, where nobody can tell the call of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from services.adapters.clock import SystemIds
from services.adapters.journal import SegmentJournal
from services.adapters.memory.counters import MemoryCounters
from services.adapters.memory.evidence import MemoryEvidence
from services.adapters.simulated_time import run_simulated
from services.adapters.tokens import QuickTokenCounter
from services.domain.calls import Endpoint, Timeouts
from services.domain.identity import ApiKey, Scope
from services.domain.kill import KillEntry
from services.domain.limits import Admission, Demand
from services.domain.messages import Answer, Incoming
from services.domain.rollout import FULL_BP, Rollout, Stage
from services.gateway.lease import Lease
from services.gateway.observers import Observers
from services.gateway.pipeline import Pipeline, Times
from services.gateway.recorder import Recorder, Recording
from services.gateway.running import RunningCalls
from tests.unit.gateway.test_provider_gate import START, Gateway

TOKEN = "the-only-key"
BODY = {"messages": [{"role": "user", "content": "2 + 2?"}], "temperature": 0}
KILLS = tuple(
    KillEntry(scope, True, 1, "a", "b", START)
    for scope in ("all", "feature:hint", "provider:one", "model:one/m")
)


class InterruptedCounters(MemoryCounters):
    """Counters while which something happens, right after they have decided."""

    interrupt: Callable[[], None] = staticmethod(lambda: None)
    interrupt_late: Callable[[], None] = staticmethod(lambda: None)

    async def admit(self, demand: Demand, cache_key: str | None) -> Admission:
        admission = await super().admit(demand, cache_key)
        self.interrupt()
        return admission

    async def store_answer(self, key: str, value: bytes, ttl_s: float) -> None:
        await super().store_answer(key, value, ttl_s)
        self.interrupt_late()


class World:
    """A pipeline over two providers, for one application."""

    def __init__(self, folder: Path) -> None:
        self.gateway = gateway = Gateway()
        self.counters = InterruptedCounters(gateway.clock)
        self.journal = SegmentJournal(folder, "test")
        self.running = RunningCalls()
        self._admit()
        self._pipeline = Pipeline(
            live=gateway.live,
            lease=Lease(gateway.clock, None),
            dispatcher=gateway.dispatcher,
            counters=self.counters,
            recorder=Recorder(
                journal=self.journal,
                counters=self.counters,
                evidence=MemoryEvidence(gateway.clock, "i"),
                observer=Observers(),
                recording=Recording(requests=False, responses=False, user_key=b""),
                clock=gateway.clock,
            ),
            tokens=QuickTokenCounter(),
            running=self.running,
            times=Times(Timeouts()),
            clock=gateway.clock,
            ids=SystemIds(),
        )

    def _admit(self) -> None:
        """Let the application call its feature."""
        control = self.gateway.snapshot.control
        hashed = hashlib.sha256(TOKEN.encode()).hexdigest()
        key = ApiKey("k", "app", hashed, frozenset({Scope.GENERATE}), START, "t", feature="hint")
        feature = Rollout("hint", Stage.GENERAL, FULL_BP, START)
        snapshot = replace(
            self.gateway.snapshot,
            control=replace(control, features={"hint": feature}, keys={hashed: key}),
        )
        self.gateway.live._snapshot = snapshot

    def kill(self, entry: KillEntry) -> None:
        """Stop something, and tell the calls that run."""
        self.gateway.kill(entry)
        self.running.cut(self.gateway.live.register)

    def call(self) -> Answer:
        headers = {"authorization": f"Bearer {TOKEN}", "x-ai-user": "ayse"}

        async def main() -> Answer:
            incoming = Incoming(Endpoint.CHAT, headers, orjson.dumps(BODY), "10.0.0.1")
            return await self._pipeline.answer(self._pipeline.begin(incoming))

        return run_simulated(self.gateway.clock, main())

    @property
    def calls_of(self) -> dict[str, int]:
        gateway = self.gateway
        return {p.name: len(p.called_at_s) for p in (gateway.one, gateway.two)}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.journal.start()
    yield world
    world.journal.close()


def code_of(answer: Answer) -> str:
    body = orjson.loads(answer.body)
    return str(body["error"]["code"]) if "error" in body else "answered"


@pytest.mark.parametrize("kill", KILLS, ids=lambda kill: kill.scope)
def test_a_kill_while_the_cache_is_looked_up_beats_the_cached_answer(
    world: World, kill: KillEntry
) -> None:
    assert code_of(world.call()) == "answered"
    assert dict(world.call().headers)[b"x-ai-cache"] == b"hit"
    world.counters.interrupt = lambda: world.gateway.kill(kill)
    assert code_of(world.call()) == "kill_switch_active"
    assert world.calls_of == {"one": 1, "two": 0}


@pytest.mark.parametrize("kill", KILLS, ids=lambda kill: kill.scope)
def test_a_kill_while_a_call_is_admitted_is_met_before_its_provider(
    world: World, kill: KillEntry
) -> None:
    world.counters.interrupt = lambda: world.gateway.kill(kill)
    is_over = kill in KILLS[:2]
    assert code_of(world.call()) == ("kill_switch_active" if is_over else "answered")
    assert world.calls_of == {"one": 0, "two": 0 if is_over else 1}


@pytest.mark.parametrize("kill", KILLS, ids=lambda kill: kill.scope)
def test_a_kill_after_the_providers_answer_keeps_it_from_the_caller(
    world: World, kill: KillEntry
) -> None:
    world.counters.interrupt_late = lambda: world.kill(kill)
    assert code_of(world.call()) == "kill_switch_active"
    assert world.calls_of == {"one": 1, "two": 0}
    assert len(world.running) == 0
