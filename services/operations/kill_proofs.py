"""The proof that every instance of the fleet obeyed the kill switch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.domain.errors import SourceDown
from services.domain.kill import KillEntry
from services.domain.ports import Clock, FleetStore

PROOF_WAIT_S = 1.0
PROOF_PAUSE_S = 0.05


@dataclass(frozen=True, slots=True)
class KillProof:
    """Which instances have applied an entry.

    Args:
        seconds: from the pull to the last acknowledgement; None while nobody has acknowledged.
        stragglers: alive but without an acknowledgement.
        off_by_lease: without a heartbeat for so long that they refuse on their own.
        problem: why the acknowledgements cannot be read.
    """

    applied: int
    instances: int
    seconds: float | None
    stragglers: tuple[str, ...] = ()
    off_by_lease: tuple[str, ...] = ()
    problem: str | None = None

    @property
    def is_complete(self) -> bool:
        return self.problem is None and self.instances > 0 and not self.stragglers


class KillProofs:
    """Reads what the instances have acknowledged.

    Args:
        pause: sleeps, while a proof is waited for.
    """

    def __init__(self, fleet: FleetStore, clock: Clock, pause: Callable[[float], None]) -> None:
        self._fleet = fleet
        self._clock = clock
        self._pause = pause

    def get(self, entry: KillEntry) -> KillProof:
        """Which instances have acknowledged an entry."""
        try:
            instances = [i for i in self._fleet.list_instances() if i.answers_calls]
            acks = {a.instance_id: a for a in self._fleet.list_acks(entry.scope, entry.epoch)}
        except SourceDown as error:
            return KillProof(0, 0, None, problem=error.message)
        now = self._clock.now()
        off = [i for i in instances if i.is_off_by_lease(now)]
        alive = [i for i in instances if i not in off]
        stragglers = tuple(i.id for i in alive if i.id not in acks)
        times = [acks[i.id].applied_at for i in alive if i.id in acks]
        seconds = (max(times) - entry.at).total_seconds() if times else None
        return KillProof(
            applied=len(times),
            instances=len(alive),
            seconds=None if seconds is None else max(seconds, 0.0),
            stragglers=stragglers,
            off_by_lease=tuple(i.id for i in off),
        )

    def wait_for(self, entry: KillEntry) -> KillProof:
        """The proof once every instance that lives has acknowledged, or after a second."""
        deadline = self._clock.monotonic_s() + PROOF_WAIT_S
        while True:
            proof = self.get(entry)
            if not proof.stragglers or self._clock.monotonic_s() >= deadline:
                return proof
            self._pause(PROOF_PAUSE_S)
