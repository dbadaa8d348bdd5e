"""Rollouts and their changes as the JSON of the admin API and the command line."""

from __future__ import annotations

from typing import Any

from services.bootstrap.json_values import time_text
from services.domain.gates import GateResult, criterion_text
from services.domain.readings import Reading
from services.domain.rollout import Rollout
from services.domain.rollout_changes import RolloutChange
from services.domain.shares import Judgement
from services.operations.events import describe_rollout


def rollout_view(rollout: Rollout) -> dict[str, Any]:
    """A rollout with when its stage began."""
    return describe_rollout(rollout) | {"stage_entered_at": time_text(rollout.stage_entered_at)}


def change_view(change: RolloutChange) -> dict[str, Any]:
    """What a rollout was and is."""
    view = {
        "subject": change.current.subject,
        "previous": rollout_view(change.previous),
        "current": rollout_view(change.current),
        "revision": change.revision,
    }
    if override := _override(change):
        view["override"] = override
    return view | ({"note": change.note} if change.note else {})


def gate_view(gate: Reading[GateResult]) -> dict[str, Any]:
    """A gate as it was judged; `needed` is null where more requests do not help."""
    found = gate.value
    if found is None:
        return {"judgement": None, "problem": gate.problem, "criteria": []}
    return {
        "judgement": found.judgement.value,
        "problem": None,
        "is_mock": found.is_mock,
        "criteria": [
            {
                "criterion": criterion.text,
                "judgement": criterion.judgement.value,
                "requests": criterion.n,
                "against": criterion.bad,
                "needed": criterion.needed,
            }
            for criterion in found.criteria
        ],
    }


def _override(change: RolloutChange) -> dict[str, Any] | None:
    """What a raise has passed over; None for a change that keeps to the stages."""
    gate = change.gate
    if gate is None or (has_passed(gate) and not (change.overridden_stay or change.skipped)):
        return None
    return {
        "stage": change.previous.stage.value,
        "skipped": [stage.value for stage in change.skipped],
        "minimum_stay_left_s": round(change.overridden_stay.total_seconds()),
        "criterion": criterion_text(change.previous.stage),
        "gate": gate_view(gate),
    }


def has_passed(gate: Reading[GateResult]) -> bool:
    """Whether a gate is known to be open."""
    return gate.value is not None and gate.value.judgement is Judgement.PASS
