"""See, reset, force and disable circuit breakers."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from services.domain.breakers import BreakerOrder, BreakerState, BreakerView
from services.domain.calls import Candidate
from services.domain.errors import NotFound, Unprocessable
from services.domain.identity import Actor, Permission, require
from services.domain.ports import BreakerStore, ControlStore, LiveControl
from services.operations.events import EventWriter

Call = Callable[[Coroutine[Any, Any, Any]], Any]
NEVER_CALLED = "never called since this instance started"
_SETTABLE = (BreakerState.CLOSED, BreakerState.FORCED_OPEN, BreakerState.DISABLED)


class Breakers:
    """The operations on breakers; `call` runs a coroutine on the I/O loop."""

    def __init__(
        self,
        *,
        breakers: BreakerStore,
        store: ControlStore,
        live: LiveControl,
        events: EventWriter,
        call: Call,
    ) -> None:
        self._breakers = breakers
        self._store = store
        self._live = live
        self._events = events
        self._call = call

    def list_views(self) -> tuple[BreakerView, ...]:
        """The breaker of every model there is, as this instance sees it; routed ones first."""
        called = {Candidate(v.provider, v.model): v for v in self._breakers.list_views()}
        snapshot = self._live.snapshot
        every = (Candidate(p.name, m) for p in snapshot.providers.values() for m in p.models)
        known = dict.fromkeys([*snapshot.candidates, *called, *every])
        return tuple(called.get(c) or _never_called(c) for c in known)

    def set_state(
        self, actor: Actor, candidate: Candidate, state: BreakerState, reason: str
    ) -> BreakerView:
        """Reset (`closed`), hold open (`forced_open`) or switch off (`disabled`) a breaker.

        Raises:
            Forbidden, NotFound, Unprocessable: not allowed, no such breaker, not settable.
        """
        require(actor, Permission.CONTROL_BREAKERS)
        if state not in _SETTABLE:
            names = ", ".join(_SETTABLE)
            raise Unprocessable(f"A breaker can be set to {names}, not {state}.", param="state")
        before = self._find(candidate)
        event = self._events.event(
            actor,
            "breaker.set",
            str(candidate),
            reason,
            before={"state": before.state.value},
            after={"state": state.value},
        )
        self._store.save_breaker(candidate, state, event)
        order = BreakerOrder(state, f"set by {actor.name}: {event.reason}", event.at)
        self._call(self._breakers.force(candidate, order))
        return self._find(candidate)

    def _find(self, candidate: Candidate) -> BreakerView:
        for view in self.list_views():
            if (view.provider, view.model) == (candidate.provider, candidate.model):
                return view
        raise NotFound(f"There is no breaker for {candidate}.", param="breaker")


def _never_called(candidate: Candidate) -> BreakerView:
    return BreakerView(
        candidate.provider, candidate.model, BreakerState.CLOSED, NEVER_CALLED, 0.0, None, None, 0
    )
