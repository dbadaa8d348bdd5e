"""The proof that every instance obeyed the kill switch, from what the instances have said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.domain.fleet import Instance, KillAck
from services.domain.kill import KillEntry


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


def assess_proof(
    entry: KillEntry, instances: Iterable[Instance], acks: Iterable[KillAck], now: datetime
) -> KillProof:
    """Which of the instances that answer calls have applied an entry.

    Args:
        acks: of this entry.
    """
    servers = [instance for instance in instances if instance.answers_calls]
    off = [i for i in servers if i.is_off_by_lease(now)]
    alive = [i for i in servers if i not in off]
    applied_at = {ack.instance_id: ack.applied_at for ack in acks}
    times = [applied_at[i.id] for i in alive if i.id in applied_at]
    return KillProof(
        applied=len(times),
        instances=len(alive),
        seconds=max((max(times) - entry.at).total_seconds(), 0.0) if times else None,
        stragglers=tuple(i.id for i in alive if i.id not in applied_at),
        off_by_lease=tuple(i.id for i in off),
    )
