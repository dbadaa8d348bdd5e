"""What the Rollout page says of the outcomes of a stage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from console.components.rollout_tables import evidence_text
from services.domain.evidence import Tally
from services.domain.readings import Reading, ReadingState

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
CUT = ". An older version recorded what ended until 3 min ago: that is not counted"


@pytest.mark.parametrize(
    ("n", "is_cut", "begins", "ends"),
    [
        (0, False, "none yet", "has ended since it began"),
        (0, True, "none yet", f"has ended{CUT}"),
        (4, False, "4 requests that count, 1 bad (25%)", "slower than 10 s (0%)"),
        (4, True, "4 requests that count, 1 bad (25%)", f"slower than 10 s (0%){CUT}"),
    ],
)
def test_it_is_told_since_when_outcomes_are_known(
    n: int, is_cut: bool, begins: str, ends: str
) -> None:
    found: Any = SimpleNamespace(
        tally=Tally(n, n // 4), is_mock=False, is_cut=is_cut, since=NOW - timedelta(minutes=3)
    )
    text = evidence_text(Reading(ReadingState.VALUE, found, NOW, "counters"), NOW)
    assert text.startswith(begins)
    assert text.endswith(ends)


def test_counters_that_do_not_answer_are_told() -> None:
    reading: Reading[Any] = Reading(ReadingState.DOWN, None, None, "counters", "Redis is away.")
    assert evidence_text(reading, NOW) == "Redis is away."
