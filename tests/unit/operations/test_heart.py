"""An instance's word that it has applied a kill."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.adapters.journal import SegmentJournal
from services.domain.fleet import KillAck
from services.domain.kill import KillEntry, KillRegister
from services.operations.heart import Heart, InstanceCard
from tests.clock import FakeClock

AT = datetime(2026, 5, 1, tzinfo=UTC)
REGISTER = KillRegister().merge([KillEntry("all", True, 7, "ayse", "odd answers", AT)])


class BusyFleet:
    """Keeps acknowledgements; while it takes the first one, another thread's comes through."""

    def __init__(self) -> None:
        self.acks: list[KillAck] = []
        self.meanwhile: Any = None

    def acknowledge(self, ack: KillAck) -> None:
        self.acks.append(ack)
        if len(self.acks) == 1:
            self.meanwhile()


def test_two_threads_may_acknowledge_the_same_kill_at_once(data_dir: Path) -> None:
    fleet: Any = BusyFleet()
    heart = Heart(
        card=InstanceCard("i-1", "gateway", "0.1.0", AT),
        fleet=fleet,
        journal=SegmentJournal(data_dir, "test"),
        clock=FakeClock(),
        running_calls=lambda: 0,
    )
    fleet.meanwhile = heart.acknowledge
    assert heart.note(REGISTER)
    heart.acknowledge()
    assert not heart.note(REGISTER)
    heart.acknowledge()
    assert {(ack.scope, ack.epoch) for ack in fleet.acks} == {("all", 7)}
    assert len(fleet.acks) == 2, "what was said is not said again"
