"""What the present stage of a rollout has shown so far, for gates, rules and the Rollout page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.domain.evidence import Tally, add_tallies
from services.domain.gates import GateResult, evaluate_gate
from services.domain.ports import Call, Clock, EvidenceLog, LiveControl
from services.domain.readings import Reading, take_reading
from services.domain.rollout import CEILING, Rollout


@dataclass(frozen=True, slots=True)
class StageEvidence:
    """The outcomes since a rollout entered its stage.

    Args:
        since: when that was; or from when on records tell which outcomes count.
        is_cut: it is the latter.
        is_mock: of invented answers: a real provider starts anew.
    """

    subject: str
    since: datetime
    is_cut: bool
    is_mock: bool
    tally: Tally


class Evidence:
    """Reads the evidence of all instances."""

    def __init__(self, *, live: LiveControl, log: EvidenceLog, clock: Clock, call: Call) -> None:
        self._live = live
        self._log = log
        self._clock = clock
        self._call = call

    def get_stage_evidence(self, rollout: Rollout) -> Reading[StageEvidence]:
        """Of a feature, or of all of them for the ceiling; complete up to a second or two ago.

        Counters that do not answer are in the reading.
        """
        return take_reading(
            "counters",
            self._clock.now(),
            lambda: self._read(rollout),
            lambda evidence: evidence.tally.n == 0,
        )

    def judge_gate(self, rollout: Rollout) -> Reading[GateResult]:
        """The gate of the present stage by the evidence so far, as in `get_stage_evidence`."""

        def judge() -> GateResult:
            seen = self._read(rollout)
            return evaluate_gate(rollout.stage, seen.tally, is_mock=seen.is_mock)

        return take_reading("counters", self._clock.now(), judge, lambda gate: False)

    def _read(self, rollout: Rollout) -> StageEvidence:
        snapshot = self._live.snapshot
        is_mock = snapshot.is_mock_primary
        is_all = rollout.subject == CEILING
        features = sorted(snapshot.control.features) if is_all else [rollout.subject]
        since = max(rollout.stage_entered_at, self._log.kept_since or rollout.stage_entered_at)
        tallies = self._call(self._log.sum_since(features, since, is_mock=is_mock))
        tally = add_tallies(tallies.values())
        is_cut = since > rollout.stage_entered_at
        return StageEvidence(rollout.subject, since, is_cut, is_mock, tally)
