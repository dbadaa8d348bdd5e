from __future__ import annotations

from services.adapters.memory.breakers import MemoryBreakers
from services.domain.breakers import BreakerRule, BreakerState
from services.domain.calls import Candidate
from tests.clock import FakeClock

OPENAI = Candidate("openai", "gpt-4o-mini")
OLLAMA = Candidate("ollama", "llama3")


class Bench:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.seen: list[tuple[str, BreakerState]] = []
        self.breakers = MemoryBreakers(
            BreakerRule(),
            self.clock,
            lambda candidate, view: self.seen.append((candidate.provider, view.state)),
        )

    async def fail(self, times: int, candidate: Candidate = OPENAI) -> None:
        for _ in range(times):
            permit = await self.breakers.ask(candidate)
            await self.breakers.record_failure(candidate, permit, "provider_timeout")


async def test_every_transition_is_told_once() -> None:
    bench = Bench()
    await bench.fail(5)
    assert (await bench.breakers.ask(OPENAI)).is_allowed is False
    bench.clock.advance(60)
    for _ in range(3):
        permit = await bench.breakers.ask(OPENAI)
        assert permit.is_probe is True
        await bench.breakers.record_success(OPENAI, permit)
    assert bench.seen == [
        ("openai", BreakerState.OPEN),
        ("openai", BreakerState.HALF_OPEN),
        ("openai", BreakerState.CLOSED),
    ]


async def test_each_candidate_has_its_own_breaker() -> None:
    bench = Bench()
    await bench.fail(5)
    assert (await bench.breakers.ask(OLLAMA)).is_allowed is True
    views = {v.provider: v.state for v in bench.breakers.list_views()}
    assert views == {"openai": BreakerState.OPEN, "ollama": BreakerState.CLOSED}


async def test_view_has_times_from_now() -> None:
    bench = Bench()
    await bench.fail(5)
    bench.clock.advance(20)
    (view,) = bench.breakers.list_views()
    assert (view.for_s, view.not_closed_for_s, view.next_probe_in_s) == (20, 20, 40)


async def test_late_answer_of_an_old_probe_neither_counts_nor_frees_the_new_one() -> None:
    bench = Bench()
    await bench.fail(5)
    bench.clock.advance(60)
    old = await bench.breakers.ask(OPENAI)
    bench.clock.advance(60)
    new = await bench.breakers.ask(OPENAI)
    assert new.is_probe is True
    await bench.breakers.record_failure(OPENAI, old, "provider_timeout")
    await bench.breakers.release(OPENAI, old)
    assert (await bench.breakers.ask(OPENAI)).is_allowed is False
    await bench.breakers.record_success(OPENAI, new)
    assert (await bench.breakers.ask(OPENAI)).is_probe is True


async def test_released_probe_lets_the_next_one_through() -> None:
    bench = Bench()
    await bench.fail(5)
    bench.clock.advance(60)
    permit = await bench.breakers.ask(OPENAI)
    await bench.breakers.release(OPENAI, permit)
    assert (await bench.breakers.ask(OPENAI)).is_probe is True


async def test_operator_forces_and_resets() -> None:
    bench = Bench()
    await bench.breakers.force(OPENAI, BreakerState.FORCED_OPEN, "maintenance")
    assert (await bench.breakers.ask(OPENAI)).is_allowed is False
    assert bench.breakers.list_views()[0].reason == "maintenance"
    await bench.breakers.force(OPENAI, BreakerState.CLOSED, "done")
    assert (await bench.breakers.ask(OPENAI)).is_allowed is True
    assert [state for _, state in bench.seen] == [BreakerState.FORCED_OPEN, BreakerState.CLOSED]
