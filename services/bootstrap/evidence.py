"""What the ledger tells of evidence: to a server when it starts, and to a command each time."""

from __future__ import annotations

from services.adapters.live import SwappedControl
from services.adapters.memory.evidence import MemoryEvidence
from services.bootstrap.base import Base
from services.domain.evidence import PastEvidence
from services.domain.gates import GateResult
from services.domain.ports import Call, Clock, PastReader
from services.domain.readings import take_reading
from services.domain.rollout import Rollout
from services.domain.snapshot import Snapshot
from services.operations.evidence import Evidence
from services.operations.rollouts import JudgeGate


def read_evidence(past: PastReader, snapshot: Snapshot, clock: Clock) -> PastEvidence:
    """What the ledger still knows, as the present stages need it; raises SourceDown."""
    control = snapshot.control
    rollouts = (control.ceiling, *control.features.values())
    return past.read_evidence(clock.now(), (r.stage_entered_at for r in rollouts))


def judge_by_ledger(base: Base, live: SwappedControl, call: Call) -> JudgeGate:
    """Gates as a server without Redis would judge them that starts now."""

    def judge(rollout: Rollout) -> GateResult | None:
        log = MemoryEvidence(base.clock, base.instance_id)
        call(log.restore(read_evidence(base.past, live.snapshot, base.clock)))
        return Evidence(live=live, log=log, clock=base.clock, call=call).judge_gate(rollout).value

    return lambda rollout: take_reading(
        "ledger", base.clock.now(), lambda: judge(rollout), lambda gate: False
    )
