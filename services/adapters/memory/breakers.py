"""The BreakerStore port in one process, around the pure state machine."""

from __future__ import annotations

from collections.abc import Callable

from services.domain.breaker_counts import SuccessTally
from services.domain.breaker_rules import (
    ask_breaker,
    follow_order,
    force_breaker,
    is_uneventful,
    record_failure,
    record_success,
    release_probe,
    with_counts,
)
from services.domain.breakers import (
    Breaker,
    BreakerOrder,
    BreakerRule,
    BreakerView,
    OnTransition,
    Permit,
    view_breaker,
)
from services.domain.calls import Candidate
from services.domain.ports import Clock

Change = Callable[[Breaker, float], Breaker]


class MemoryBreakers:
    """The breakers of every candidate that was ever asked for or forced.

    Args:
        on_transition: called with the new state whenever a breaker's state changes.
    """

    def __init__(
        self,
        rule: BreakerRule,
        clock: Clock,
        on_transition: OnTransition,
    ) -> None:
        self._rule = rule
        self._clock = clock
        self._on_transition = on_transition
        self._breakers: dict[Candidate, Breaker] = {}
        self._tallies: dict[Candidate, SuccessTally] = {}

    async def ask(self, candidate: Candidate, request_id: str) -> Permit:
        now_s = self._clock.monotonic_s()
        known = self._get(candidate, now_s)
        breaker, permit = ask_breaker(known, self._rule, now_s, request_id)
        if breaker is not known:
            self._put(candidate, known, breaker)
        return permit

    async def record_success(self, candidate: Candidate, permit: Permit) -> None:
        now_s = self._clock.monotonic_s()
        if is_uneventful(self._get(candidate, now_s), permit):
            self._tallies[candidate].add(now_s)
            return
        self._change(candidate, lambda b, at_s: record_success(b, self._rule, at_s, permit))

    async def record_failure(self, candidate: Candidate, permit: Permit, cause: str) -> None:
        self._change(candidate, lambda b, at_s: record_failure(b, self._rule, at_s, permit, cause))

    async def release(self, candidate: Candidate, permit: Permit) -> None:
        if permit.is_probe:
            self._change(candidate, lambda breaker, _: release_probe(breaker, permit))

    async def force(self, candidate: Candidate, order: BreakerOrder) -> None:
        self._change(candidate, lambda breaker, at_s: force_breaker(breaker, order, at_s))

    async def follow(self, candidate: Candidate, order: BreakerOrder) -> None:
        self._change(candidate, lambda breaker, at_s: follow_order(breaker, order, at_s))

    def list_views(self) -> tuple[BreakerView, ...]:
        return tuple(self._view(c, b) for c, b in list(self._breakers.items()))

    def _change(self, candidate: Candidate, change: Change) -> None:
        now_s = self._clock.monotonic_s()
        known = self._get(candidate, now_s)
        counted = with_counts(known, self._tallies[candidate].take())
        self._put(candidate, known, change(counted, now_s))

    def _get(self, candidate: Candidate, now_s: float) -> Breaker:
        breaker = self._breakers.get(candidate)
        if breaker is None:
            breaker = self._breakers[candidate] = Breaker(since_s=now_s)
            self._tallies[candidate] = SuccessTally(self._rule.window_s)
        return breaker

    def _put(self, candidate: Candidate, known: Breaker, breaker: Breaker) -> None:
        self._breakers[candidate] = breaker
        if breaker.state is not known.state:
            self._on_transition(candidate, self._view(candidate, breaker))

    def _view(self, candidate: Candidate, breaker: Breaker) -> BreakerView:
        now_s = self._clock.monotonic_s()
        return view_breaker(candidate.provider, candidate.model, breaker, self._rule, now_s)
