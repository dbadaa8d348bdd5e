"""When calls begin to count as evidence of a stage."""

from __future__ import annotations

from datetime import timedelta

from services.bootstrap import Sluice
from tests.servers import eventually


def wait_for_evidence_of_stage(sluice: Sluice) -> None:
    """Until the ceiling's stage has begun its first whole second: the broken one before belongs
    to the stage before too, and is left out."""
    entered_at = sluice.live.snapshot.control.ceiling.stage_entered_at
    counts_from = (entered_at + timedelta(seconds=1)).replace(microsecond=0)
    eventually(lambda: sluice.clock.now() >= counts_from)
