"""The proof that every instance of the fleet obeyed the kill switch."""

from __future__ import annotations

from collections.abc import Callable

from services.domain.errors import SourceDown
from services.domain.kill import KillEntry
from services.domain.kill_proofs import KillProof, assess_proof
from services.domain.ports import Clock, FleetStore

PROOF_WAIT_S = 1.0
PROOF_PAUSE_S = 0.05


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
            instances = self._fleet.list_instances()
            acks = self._fleet.list_acks(entry.scope, entry.epoch)
        except SourceDown as error:
            return KillProof(0, 0, None, problem=error.message)
        return assess_proof(entry, instances, acks, self._clock.now())

    def wait_for(self, entry: KillEntry) -> KillProof:
        """The proof once every instance that lives has acknowledged, or after a second."""
        deadline = self._clock.monotonic_s() + PROOF_WAIT_S
        while True:
            proof = self.get(entry)
            if not proof.stragglers or self._clock.monotonic_s() >= deadline:
                return proof
            self._pause(PROOF_PAUSE_S)
