"""Pull and release the kill switch, and keep its places in agreement."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, replace

from services.domain.errors import SourceDown
from services.domain.identity import Actor, Permission, require
from services.domain.kill import (
    KillEntry,
    KillRegister,
    KnownNames,
    doubt_of_name,
    next_epoch,
    not_stopped,
    parse_scope,
)
from services.domain.kill_proofs import KillProof
from services.domain.ports import Clock, FleetStore, Journal, KillPlace, LiveControl
from services.domain.snapshot import require_reason
from services.operations.events import EventWriter
from services.operations.kill_places import KillPlaces, PlaceResult
from services.operations.kill_proofs import KillProofs

OWN_PLACE = "file"
"""The place that other machines do not see."""


@dataclass(frozen=True, slots=True)
class KillResult:
    """What a pull or release did.

    Args:
        entry: what was written; None after a release of what was not stopped, which writes nothing
            and leaves nothing in the audit.
        was_active: whether any place, or this instance, held the scope as stopped before.
        still_stopped: the scopes that are stopped after a release.
        warning: why it did not do what its caller may believe.
    """

    scope: str
    entry: KillEntry | None
    places: tuple[PlaceResult, ...]
    proof: KillProof
    was_active: bool
    still_stopped: tuple[str, ...] = ()
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class KillState:
    """The register as this instance sees it, each active entry with its proof."""

    active: tuple[tuple[KillEntry, KillProof], ...]
    released: tuple[KillEntry, ...]
    places: tuple[PlaceResult, ...]


class KillSwitch:
    """The operations on the kill register.

    Args:
        live: this process's register; None in a command that runs outside the server.
        note: called whenever this instance has applied entries, and returns at once; whether there
            is something that it has not told the fleet.
        acknowledge: tells the fleet, on a thread beside: SQL may keep it waiting.
        known_names: what there is of a kind of scope, asked once a stop is written.
        pause: sleeps, while the proof is waited for.
    """

    def __init__(
        self,
        *,
        live: LiveControl | None,
        places: tuple[KillPlace, ...],
        journal: Journal,
        fleet: FleetStore,
        events: EventWriter,
        clock: Clock,
        note: Callable[[KillRegister], bool] = lambda register: False,
        acknowledge: Callable[[], None] = lambda: None,
        known_names: Callable[[str], KnownNames] = lambda kind: KnownNames(),
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._live = live
        self._places = KillPlaces(places)
        self._journal = journal
        self._events = events
        self._clock = clock
        self._note = note
        self._acknowledge = acknowledge
        self._acknowledging: Future[None] | None = None
        self._known_names = known_names
        self._proofs = KillProofs(fleet, clock, pause)

    def pull(self, actor: Actor, scope: str, reason: str) -> KillResult:
        """Stop AI for a scope now; succeeds if one place, or this instance itself, took it.

        A name that is not known, or cannot be looked up, is stopped too, with a warning: the list
        may be what is wrong.

        Raises:
            Forbidden, Unprocessable: not allowed, no reason, or not a scope.
            SourceDown: no place could be written.
        """
        require(actor, Permission.KILL)
        known, _ = self._read_places()
        result = self._change(actor, parse_scope(scope), reason, known, active=True)
        kind = result.scope.partition(":")[0]
        return replace(result, warning=doubt_of_name(result.scope, self._known_names(kind)))

    def release(self, actor: Actor, scope: str, reason: str) -> KillResult:
        """Let AI run again for a scope; needs every place, because the union of them rules.

        A scope counts as stopped while any place says so; of one that is not, nothing is written.

        Raises:
            Forbidden, Unprocessable: not allowed, no reason, or not a scope.
            SourceDown: a place could not be written; the scope stays stopped.
        """
        require(actor, Permission.RELEASE_KILL)
        scope = parse_scope(scope)
        require_reason(reason)
        held = self._require_places()
        stopped = self._stopped(held)
        if scope not in stopped:
            warning = not_stopped(scope, stopped)
            return KillResult(scope, None, (), KillProof(0, 0, None), False, stopped, warning)
        result = self._change(actor, scope, reason, held, active=False)
        return replace(result, still_stopped=tuple(s for s in stopped if s != scope))

    def get_state(self) -> KillState:
        """What is stopped now and which instances have applied it."""
        entries, places = self._read_places()
        register = self._register().merge(entries)
        active = tuple((entry, self._proofs.get(entry)) for entry in register.active)
        released = tuple(
            sorted(
                (e for e in register.entries.values() if not e.is_active),
                key=lambda e: e.epoch,
                reverse=True,
            )
        )
        return KillState(active, released, places)

    def get_proof(self, entry: KillEntry) -> KillProof:
        """Which instances have acknowledged an entry."""
        return self._proofs.get(entry)

    def synchronise(self) -> bool:
        """Apply what any place holds to this instance, and repeat it to places that lag; whether a
        place that instances share could be read."""
        reads = []
        for read in self._places.read_each():
            self._apply(read.entries)
            reads.append(read)
        self._places.repeat(self._register(), reads)
        return any(r.problem is None for r in reads if r.place.name != OWN_PLACE)

    def close(self) -> None:
        """Stop waiting for places."""
        self._places.close()

    def _change(
        self, actor: Actor, scope: str, reason: str, held: Iterable[KillEntry], *, active: bool
    ) -> KillResult:
        held = tuple(held)
        known = self._register().merge(held).entries.get(scope)
        was_active = scope in self._stopped(held)
        now = self._clock.now()
        action = "kill.activate" if active else "kill.release"
        event = self._events.event(
            actor,
            action,
            scope,
            reason,
            before={"active": was_active},
            after={"active": active},
        )
        entry = KillEntry(scope, active, next_epoch(known, now), actor.name, event.reason, now)
        if active:
            self._apply((entry,))
        places, has_event = self._places.write(entry, event)
        if not has_event:
            self._journal.write_audit(event)
        if not any(p.has_answered for p in places) and (self._live is None or not active):
            problems = "; ".join(f"{p.place}: {p.problem}" for p in places)
            raise SourceDown(f"The kill switch was not written anywhere ({problems}). Try again.")
        self._apply((entry,))
        return KillResult(scope, entry, places, self._proofs.wait_for(entry), was_active)

    def _stopped(self, held: Iterable[KillEntry]) -> tuple[str, ...]:
        """The scopes that a place or this instance holds as stopped, whatever the others say."""
        active = {entry.scope: None for entry in self._register().active}
        return tuple(active | {entry.scope: None for entry in held if entry.is_active})

    def _read_places(self) -> tuple[tuple[KillEntry, ...], tuple[PlaceResult, ...]]:
        reads = list(self._places.read_each())
        entries = tuple(entry for read in reads for entry in read.entries)
        return entries, tuple(read.result for read in reads)

    def _require_places(self) -> tuple[KillEntry, ...]:
        entries, places = self._read_places()
        down = [place for place in places if not place.has_answered]
        if down:
            names = "; ".join(f"{place.place}: {place.problem}" for place in down)
            raise SourceDown(
                f"Releasing the kill switch needs every place that holds it, and one does not "
                f"answer ({names}). AI stays stopped. Bring it back and release again."
            )
        return entries

    def _register(self) -> KillRegister:
        return self._live.register if self._live is not None else KillRegister()

    def _apply(self, entries: tuple[KillEntry, ...]) -> None:
        """Obey here, and have the fleet told; nothing obeys where no server runs."""
        if self._live is None:
            return
        register = self._live.apply_kills(entries)
        busy = self._acknowledging is not None and not self._acknowledging.done()
        if self._note(register) and not busy:
            self._acknowledging = self._places.run_beside(self._acknowledge)
