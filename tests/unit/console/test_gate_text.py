"""How a gate stands is told with its requests, and with how many more it needs."""

from datetime import UTC, datetime

import pytest

from console.gate_text import gate_lines
from services.domain.evidence import Tally
from services.domain.gates import GateResult, evaluate_gate
from services.domain.readings import Reading, ReadingState
from services.domain.rollout import Stage

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def told(stage: Stage, tally: Tally, *, is_mock: bool = False) -> str:
    gate = evaluate_gate(stage, tally, is_mock=is_mock)
    reading = Reading(ReadingState.VALUE, gate, AT, "counters")
    return "\n".join(gate_lines(stage, reading)).replace("\\", "")


@pytest.mark.parametrize(
    ("stage", "tally", "words"),
    [
        (
            Stage.CANARY,
            Tally(12),
            "The gate of canary is not passed yet: raising it is",
        ),
        (
            *(Stage.CANARY, Tally(12)),
            "error rate < 1%: not yet, 0 of 12 requests against it; 363 more without one",
        ),
        (Stage.CANARY, Tally(400), ":material/check: The gate of canary has passed."),
        (Stage.CANARY, Tally(400), "passed, 0 of 400 requests against it"),
        (Stage.CANARY, Tally(400, bad=20), "The gate of canary **fails**: raising it"),
        (Stage.CANARY, Tally(400, bad=20), "failed, 20 of 400 requests against it"),
        (Stage.BETA, Tally(400), "user feedback good: for people to judge"),
    ],
)
def test_each_outcome_has_its_words(stage: Stage, tally: Tally, words: str) -> None:
    assert words in told(stage, tally)


def test_invented_answers_are_told() -> None:
    assert "by invented answers: a real provider starts anew" in told(
        Stage.CANARY, Tally(400), is_mock=True
    )


def test_a_gate_that_nobody_can_see_is_an_override_too() -> None:
    down: Reading[GateResult] = Reading(ReadingState.DOWN, None, None, "counters", "Redis is gone.")
    (line,) = gate_lines(Stage.CANARY, down)
    assert "The gate of canary is not known now: Redis is gone. Raising it is an override" in line
