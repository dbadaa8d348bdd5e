"""The BreakerStore port in one process, around the pure state machine."""

from __future__ import annotations

from collections.abc import Callable

from services.domain.breakers import (
    Breaker,
    BreakerRule,
    BreakerState,
    BreakerView,
    Permit,
    ask_breaker,
    force_breaker,
    record_failure,
    record_success,
    release_probe,
    view_breaker,
)
from services.domain.calls import Candidate
from services.domain.ports import Clock


class MemoryBreakers:
    """The breakers of every candidate that was ever asked for or forced.

    Args:
        on_transition: called with the new state whenever a breaker's state changes.
    """

    def __init__(
        self,
        rule: BreakerRule,
        clock: Clock,
        on_transition: Callable[[Candidate, BreakerView], None],
    ) -> None:
        self._rule = rule
        self._clock = clock
        self._on_transition = on_transition
        self._breakers: dict[Candidate, Breaker] = {}
        self._probes: dict[Candidate, Permit] = {}

    async def ask(self, candidate: Candidate) -> Permit:
        breaker, permit = ask_breaker(self._get(candidate), self._rule, self._clock.monotonic_s())
        if permit.is_probe:
            self._probes[candidate] = permit
        self._put(candidate, breaker)
        return permit

    async def record_success(self, candidate: Candidate, permit: Permit) -> None:
        probe = self._end_probe(candidate, permit)
        now_s = self._clock.monotonic_s()
        self._put(candidate, record_success(self._get(candidate), self._rule, now_s, probe=probe))

    async def record_failure(self, candidate: Candidate, permit: Permit, cause: str) -> None:
        probe = self._end_probe(candidate, permit)
        now_s = self._clock.monotonic_s()
        breaker = record_failure(self._get(candidate), self._rule, now_s, probe=probe, cause=cause)
        self._put(candidate, breaker)

    async def release(self, candidate: Candidate, permit: Permit) -> None:
        if self._end_probe(candidate, permit):
            self._put(candidate, release_probe(self._get(candidate)))

    async def force(self, candidate: Candidate, state: BreakerState, reason: str) -> None:
        self._probes.pop(candidate, None)
        now_s = self._clock.monotonic_s()
        self._put(candidate, force_breaker(state, now_s, reason))

    def list_views(self) -> tuple[BreakerView, ...]:
        return tuple(self._view(c, b) for c, b in list(self._breakers.items()))

    def _get(self, candidate: Candidate) -> Breaker:
        breaker = self._breakers.get(candidate)
        return Breaker(since_s=self._clock.monotonic_s()) if breaker is None else breaker

    def _put(self, candidate: Candidate, breaker: Breaker) -> None:
        before = self._get(candidate).state
        self._breakers[candidate] = breaker
        if breaker.state is not before:
            self._on_transition(candidate, self._view(candidate, breaker))

    def _view(self, candidate: Candidate, breaker: Breaker) -> BreakerView:
        now_s = self._clock.monotonic_s()
        return view_breaker(candidate.provider, candidate.model, breaker, self._rule, now_s)

    def _end_probe(self, candidate: Candidate, permit: Permit) -> bool:
        """Whether the permit is the probe that is out now; a late one must not free another's."""
        if self._probes.get(candidate) is not permit:
            return False
        del self._probes[candidate]
        return True
