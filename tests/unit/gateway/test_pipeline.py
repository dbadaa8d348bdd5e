"""A kill that arrives while nobody can tell the call of it; large answers, read in threads."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.adapters.clock import SystemIds
from services.adapters.journal import SegmentJournal
from services.adapters.memory.counters import MemoryCounters
from services.adapters.memory.evidence import MemoryEvidence
from services.adapters.simulated_time import run_simulated
from services.adapters.tokens import QuickTokenCounter
from services.domain.admissions import Admission, Demand
from services.domain.calls import Chunk, Completion, Endpoint, ProviderCall, Timeouts, Usage
from services.domain.identity import ApiKey, Scope
from services.domain.kill import KillEntry
from services.domain.messages import Answer, Incoming
from services.domain.rollout import FULL_BP, Rollout, Stage
from services.gateway import recorder
from services.gateway.answer_screen import AnswerScreen
from services.gateway.billing import Biller
from services.gateway.large_texts import LARGE
from services.gateway.lease import Lease
from services.gateway.observers import Observers
from services.gateway.pipeline import Pipeline
from services.gateway.recorder import Recorder, Recording
from services.gateway.running import RunningCalls
from services.gateway.times import Times
from tests.unit.gateway.gateway_bench import START, Gateway

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

    def __init__(self, folder: Path, *, responses: bool = False) -> None:
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
                recording=Recording(requests=False, responses=responses, user_key=b""),
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

    def change(self, **policy: Any) -> None:
        """Have another policy from now on."""
        live = self.gateway.live
        live._snapshot = replace(live.snapshot, **policy)

    def kill(self, entry: KillEntry) -> None:
        """Stop something, and tell the calls that run."""
        self.gateway.kill(entry)
        self.running.cut(self.gateway.live.register)

    def call(self, **changes: Any) -> Answer:
        headers = {"authorization": f"Bearer {TOKEN}", "x-ai-user": "ayse"}

        async def main() -> Answer:
            incoming = Incoming(Endpoint.CHAT, headers, orjson.dumps(BODY | changes), "10.0.0.1")
            answer = await self._pipeline.answer(self._pipeline.begin(incoming))
            if answer.stream is not None:
                assert [event async for event in answer.stream]
            return answer

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


def let_answer(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    arguments: str,
    usage: Usage | None = Usage(1),  # noqa: B008 - frozen
) -> None:
    """Have the provider answer with this text, and with a tool call."""
    message = {"content": text, "tool_calls": [{"function": {"arguments": arguments}}]}

    async def complete(_: ProviderCall) -> Completion:
        data = {"choices": [{"finish_reason": "stop", "message": message}]}
        return Completion(data, text, "stop", usage)

    async def stream(_: ProviderCall) -> AsyncIterator[Chunk]:
        data = {"choices": [{"index": 0, "finish_reason": "stop", "delta": message}]}
        yield Chunk(data, text, True, "stop", usage)

    monkeypatch.setattr(world.gateway.one, "complete", complete)
    monkeypatch.setattr(world.gateway.one, "stream", stream)


def threads_of(monkeypatch: pytest.MonkeyPatch, owner: object, name: str) -> list[threading.Thread]:
    """The threads in which a function is called from now on."""
    threads: list[threading.Thread] = []
    original = getattr(owner, name)

    def noting(*args: Any) -> Any:
        threads.append(threading.current_thread())
        return original(*args)

    monkeypatch.setattr(owner, name, noting)
    return threads


@pytest.mark.parametrize(("size", "is_aside"), [(100, False), (LARGE, True)])
def test_an_answer_with_a_large_tool_call_is_screened_in_a_thread(
    world: World, monkeypatch: pytest.MonkeyPatch, size: int, is_aside: bool
) -> None:
    let_answer(world, monkeypatch, "", "x" * size)
    called_in = threads_of(monkeypatch, AnswerScreen, "check")
    assert code_of(world.call()) == "answered"
    (thread,) = called_in
    assert (thread is not threading.current_thread()) is is_aside


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize(("size", "is_aside"), [(100, False), (LARGE + 1, True)])
def test_a_large_answer_is_masked_for_the_record_in_a_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, is_aside: bool, is_streamed: bool
) -> None:
    world = World(tmp_path, responses=True)
    world.journal.start()
    let_answer(world, monkeypatch, "x" * size, "")
    called_in = threads_of(monkeypatch, recorder, "mask_text")
    assert world.call(stream=is_streamed).status == 200
    world.journal.close()
    (thread,) = called_in
    assert (thread is not threading.current_thread()) is is_aside


@pytest.mark.parametrize(
    ("text", "arguments", "is_aside"),
    [("x" * 100, "", False), ("x" * LARGE, "", True), ("", "x" * LARGE, True)],
)
def test_a_large_event_of_a_stream_is_masked_in_a_thread(
    world: World, monkeypatch: pytest.MonkeyPatch, text: str, arguments: str, is_aside: bool
) -> None:
    world.change(masks_answers=True)
    let_answer(world, monkeypatch, text, arguments)
    called_in = threads_of(monkeypatch, AnswerScreen, "feed")
    assert world.call(stream=True).status == 200
    (thread,) = called_in
    assert (thread is not threading.current_thread()) is is_aside


@pytest.mark.parametrize("is_masked", [False, True])
def test_an_event_goes_out_as_its_provider_wrote_it_where_nothing_is_masked(
    world: World, monkeypatch: pytest.MonkeyPatch, is_masked: bool
) -> None:
    world.change(masks_answers=is_masked)
    raw = b'{ "choices": [{"delta": {"content": "0532 123 45 67 "}}] }'

    async def stream(_: ProviderCall) -> AsyncIterator[Chunk]:
        yield Chunk(orjson.loads(raw), "0532 123 45 67 ", True, raw=raw)
        yield Chunk({"choices": [{"delta": {}, "finish_reason": "stop"}]}, finish_reason="stop")

    monkeypatch.setattr(world.gateway.one, "stream", stream)
    first = world.call(stream=True).body
    assert (first == b"data: " + raw + b"\n\n") is not is_masked
    assert (b"0532" in first) is not is_masked


def test_large_arguments_in_small_events_are_masked_in_a_thread_at_their_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.change(masks_answers=True)

    async def stream(_: ProviderCall) -> AsyncIterator[Chunk]:
        for _number in range(20):
            call = {"index": 0, "function": {"arguments": "x" * (LARGE // 20)}}
            yield Chunk({"choices": [{"delta": {"tool_calls": [call]}}]}, has_content=True)
        yield Chunk({"choices": [{"delta": {}, "finish_reason": "stop"}]}, finish_reason="stop")

    monkeypatch.setattr(world.gateway.one, "stream", stream)
    called_in = threads_of(monkeypatch, AnswerScreen, "feed")
    assert world.call(stream=True).status == 200
    *small, last = [thread is not threading.current_thread() for thread in called_in]
    assert (any(small), len(small), last) == (False, 20, True)


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize(("size", "is_aside"), [(LARGE, False), (LARGE + 1, True)])
def test_a_large_answer_without_usage_is_counted_in_a_thread(
    world: World, monkeypatch: pytest.MonkeyPatch, size: int, is_aside: bool, is_streamed: bool
) -> None:
    let_answer(world, monkeypatch, "x" * size, "", usage=None)
    called_in = threads_of(monkeypatch, Biller, "_counted_output")
    assert world.call(stream=is_streamed).status == 200
    (thread,) = called_in
    assert (thread is not threading.current_thread()) is is_aside


def test_an_answer_that_a_kill_overtook_is_not_kept(world: World) -> None:
    gateway, kill = world.gateway, KILLS[0]
    record_success = gateway.breakers.record_success

    async def overtake(*args: Any) -> None:
        world.kill(kill)
        await record_success(*args)

    gateway.breakers.record_success = overtake  # type: ignore[method-assign]
    assert code_of(world.call()) == "kill_switch_active"
    world.kill(replace(kill, is_active=False, epoch=2))
    gateway.breakers.record_success = record_success  # type: ignore[method-assign]
    assert code_of(world.call()) == "answered"
    assert world.calls_of == {"one": 2, "two": 0}
