"""This instance's signs of life: heartbeats, and its word that a kill was applied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from services.domain.errors import SourceDown
from services.domain.fleet import Instance, KillAck
from services.domain.kill import KillRegister
from services.domain.ports import Clock, FleetStore, Journal, LiveControl


@dataclass(frozen=True, slots=True)
class InstanceCard:
    """What never changes of an instance while it runs."""

    id: str
    kind: str
    version: str
    started_at: datetime


class Heart:
    """Beats and acknowledges for one instance.

    Args:
        running_calls: how many calls run now.
    """

    def __init__(
        self,
        *,
        card: InstanceCard,
        fleet: FleetStore,
        journal: Journal,
        clock: Clock,
        running_calls: Callable[[], int],
    ) -> None:
        self._card = card
        self._fleet = fleet
        self._journal = journal
        self._clock = clock
        self._running_calls = running_calls
        self._acknowledged: dict[str, int] = {}
        self._applied: dict[tuple[str, int], datetime] = {}

    def beat(self, live: LiveControl) -> None:
        """Tell the fleet that this instance lives; raises SourceDown."""
        self._fleet.beat(
            Instance(
                id=self._card.id,
                kind=self._card.kind,
                version=self._card.version,
                started_at=self._card.started_at,
                heartbeat_at=self._clock.now(),
                revision=live.snapshot.revision,
                running_calls=self._running_calls(),
                journal_backlog=self._journal.backlog()[0],
            )
        )

    def note(self, register: KillRegister) -> bool:
        """Keep in mind which entries this instance has applied now; whether the fleet has yet to be
        told."""
        now = self._clock.now()
        for entry in register.entries.values():
            if self._acknowledged.get(entry.scope) != entry.epoch:
                self._applied.setdefault((entry.scope, entry.epoch), now)
        return bool(self._applied)

    def acknowledge(self) -> None:
        """Tell the fleet; what SQL cannot take is said later, with the time it was applied."""
        for (scope, epoch), applied_at in list(self._applied.items()):
            try:
                self._fleet.acknowledge(KillAck(self._card.id, scope, epoch, applied_at))
            except SourceDown:
                return
            self._acknowledged[scope] = epoch
            # Pulling and polling meet here: the other one may have said it already.
            self._applied.pop((scope, epoch), None)

    def stop(self) -> None:
        """Leave the fleet; raises SourceDown."""
        self._fleet.forget(self._card.id)
