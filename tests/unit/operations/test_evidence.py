"""Since when the evidence of a stage is counted."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from services.adapters.memory.evidence import MemoryEvidence
from services.domain.readings import ReadingState
from services.operations.evidence import Evidence
from tests.unit.gateway.gateway_bench import Gateway


def test_a_stage_older_than_the_memory_of_it_is_counted_from_there() -> None:
    gateway = Gateway()
    clock, ceiling = gateway.clock, gateway.snapshot.control.ceiling
    entered_before = replace(ceiling, stage_entered_at=clock.now() - timedelta(days=2))
    log = MemoryEvidence(clock, "i")
    entered_now = replace(ceiling, stage_entered_at=clock.now())
    evidence = Evidence(live=gateway.live, log=log, clock=clock, call=asyncio.run)
    for rollout, is_cut in ((entered_before, True), (entered_now, False)):
        reading = evidence.get_stage_evidence(rollout)
        assert reading.state is ReadingState.ZERO
        assert reading.value is not None
        assert (reading.value.since, reading.value.is_cut) == (log.kept_since, is_cut)
