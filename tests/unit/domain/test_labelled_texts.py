"""Screening and masking on the labelled texts: what was reached once must not silently sink."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from stdnum import iban, luhn
from stdnum.tr import tckimlik

from bench.guardrails.figures import (
    ALL,
    Score,
    count_harmless,
    measure_masking,
    measure_screening,
    planted_values,
)

ROOT = Path(__file__).parents[3]
RESULTS = ROOT / "bench" / "results" / "guardrails.txt"


@pytest.mark.parametrize(
    ("name", "recall", "precision"), [("held_out", 0.68, 1.0), ("development", 0.99, 0.995)]
)
def test_screening_stays_as_good_as_published(name: str, recall: float, precision: float) -> None:
    scores = measure_screening(name)
    assert scores[ALL].recall >= recall, scores[ALL].misses
    assert scores[ALL].precision >= precision, scores[ALL].alarms
    assert all(score.found for score in scores.values() if score.total), "some of every category"


def test_the_sets_are_large_enough_to_mean_something() -> None:
    names = ("held_out", "development")
    assert sum(measure_screening(name)[ALL].total for name in names) >= 150
    assert sum(map(count_harmless, names)) >= 250


@pytest.mark.parametrize(
    ("kind", "recall", "precision"),
    [
        ("email", 0.8, 1.0),
        ("phone", 0.77, 0.89),
        ("credit_card", 0.8, 1.0),
        ("iban", 0.8, 1.0),
        ("national_id", 0.8, 1.0),
        ("ssn", 0.75, 1.0),
        (ALL, 0.8, 0.97),
    ],
)
def test_masking_stays_as_good_as_published(kind: str, recall: float, precision: float) -> None:
    score = measure_masking()[kind]
    assert score.recall >= recall, score.misses
    assert score.precision >= precision, score.alarms


def test_planted_numbers_have_valid_check_digits() -> None:
    valid = {"credit_card": luhn.is_valid, "national_id": tckimlik.is_valid, "iban": iban.is_valid}
    checked = 0
    for kind, value in planted_values():
        bare = "".join(c for c in value if c.isalnum())
        if kind in valid:
            assert valid[kind](bare), value
            checked += 1
    assert checked > 30


def test_scores_count_what_they_say() -> None:
    score = Score(found=3, misses=["a"], alarms=["b", "c"])
    assert (score.total, score.recall, score.precision) == (4, 0.75, 0.6)
    assert (Score().recall, Score().precision) == (1.0, 1.0)


def test_the_published_figures_are_those_of_today() -> None:
    run = [sys.executable, "-m", "bench.guardrails"]
    printed = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert printed == RESULTS.read_text("utf-8"), "run: python -m bench.guardrails > " + str(
        RESULTS
    )
