"""See, reset, force and disable circuit breakers."""

from __future__ import annotations

from datetime import timedelta

from services.domain.audit import AuditFilter, AuditRow
from services.domain.breakers import BreakerOrder, BreakerState, BreakerView
from services.domain.calls import Candidate
from services.domain.errors import NotFound, Unprocessable
from services.domain.identity import Actor, Permission, require
from services.domain.ports import AuditStore, BreakerStore, Call, Clock, ControlStore, LiveControl
from services.domain.readings import Reading, take_reading
from services.operations.events import EventWriter

NEVER_CALLED = "never called since this instance started"
_SETTABLE = (BreakerState.CLOSED, BreakerState.FORCED_OPEN, BreakerState.DISABLED)


class Breakers:
    """The operations on breakers."""

    def __init__(
        self,
        *,
        breakers: BreakerStore,
        store: ControlStore,
        audit: AuditStore,
        live: LiveControl,
        clock: Clock,
        events: EventWriter,
        call: Call,
    ) -> None:
        self._breakers = breakers
        self._store = store
        self._audit = audit
        self._live = live
        self._clock = clock
        self._events = events
        self._call = call

    def list_views(self) -> tuple[BreakerView, ...]:
        """The breaker of every model there is, as this instance sees it; routed ones first."""
        called = {Candidate(v.provider, v.model): v for v in self._breakers.list_views()}
        snapshot = self._live.snapshot
        every = (Candidate(p.name, m) for p in snapshot.providers.values() for m in p.models)
        known = dict.fromkeys([*snapshot.candidates, *called, *every])
        return tuple(called.get(c) or _never_called(c) for c in known)

    def list_changes(self, span: timedelta, limit: int = 20) -> Reading[tuple[AuditRow, ...]]:
        """What breakers were and became in the last hours or days, by rules and by operators,
        newest first; a change shows once it has got to SQL, within a second."""
        now = self._clock.now()
        where = AuditFilter(start=now - span, action_prefixes=("breaker.",))
        return take_reading(
            "audit",
            now,
            lambda: self._list_events(where, limit),
            lambda rows: not rows,
        )

    def _list_events(self, where: AuditFilter, limit: int) -> tuple[AuditRow, ...]:
        rows = self._audit.list_events(where, None, limit).rows
        return tuple(sorted(rows, key=lambda row: row.at, reverse=True))

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
