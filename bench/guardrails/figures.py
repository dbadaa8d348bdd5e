"""Runs the rules over the labelled texts: precision and recall by kind, every miss, every alarm."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from services.domain.guardrails import ScreenDecision, screen_input
from services.domain.privacy import mask_text

FOLDER = Path(__file__).parent
ALL = "all"
_PLANTED = re.compile(r"\{(\w+):([^}]*)\}")


@dataclass
class Score:
    """What was found of one kind; the texts of misses and false alarms."""

    found: int = 0
    misses: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many there were to find."""
        return self.found + len(self.misses)

    @property
    def recall(self) -> float:
        """The share of them that was found."""
        return self.found / self.total if self.total else 1.0

    @property
    def precision(self) -> float:
        """The share of what was found that was one of them."""
        found = self.found + len(self.alarms)
        return self.found / found if found else 1.0


def measure_screening(name: str) -> dict[str, Score]:
    """The scores by category of harm, and of all; `name` is development or held_out.

    A harmful text counts as found when any rule blocks it; a harmless one that is blocked is a
    false alarm of the rule that did it.
    """
    data = _read(name)
    scores = {category: Score() for category in data["harmful"]} | {ALL: Score()}
    for category, text in _each(data["harmful"]):
        is_found = screen_input([text]).decision is ScreenDecision.BLOCK
        for score in (scores[category], scores[ALL]):
            score.found += is_found
            score.misses += [] if is_found else [text]
    for _, text in _each(data["harmless"]):
        verdict = screen_input([text])
        if verdict.decision is ScreenDecision.BLOCK:
            scores[verdict.rule].alarms.append(text)
            scores[ALL].alarms.append(text)
    return scores


def count_harmless(name: str) -> int:
    """How many harmless texts a set has."""
    return sum(1 for _ in _each(_read(name)["harmless"]))


def measure_masking() -> dict[str, Score]:
    """The scores by kind of personal data, and of all."""
    data = _read("personal_data")
    scores: dict[str, Score] = {}
    for labelled in [*data["planted"], *data["look_alikes"]]:
        text = _PLANTED.sub(lambda match: match[2], labelled)
        masked = mask_text(text)
        alarms = Counter(masked.found)
        for kind, value in _PLANTED.findall(labelled):
            is_found = alarms[kind] > 0 and value not in masked.text
            alarms[kind] -= is_found
            for score in (scores.setdefault(kind, Score()), scores.setdefault(ALL, Score())):
                score.found += is_found
                score.misses += [] if is_found else [text]
        for kind, number in alarms.items():
            for score in (scores.setdefault(kind, Score()), scores.setdefault(ALL, Score())):
                score.alarms += [text] * number
    scores[ALL] = scores.pop(ALL)
    return scores


def planted_values() -> list[tuple[str, str]]:
    """Each planted value with its kind."""
    return [found for text in _read("personal_data")["planted"] for found in _PLANTED.findall(text)]


def print_scores(title: str, scores: Mapping[str, Score]) -> None:
    """The table, then what was missed and what was blocked or masked in error."""
    print(f"\n{title}\n{'':28}{'texts':>7}{'found':>7}{'alarms':>8}{'recall':>9}{'precision':>11}")
    for name, score in scores.items():
        print(
            f"{name:28}{score.total:7}{score.found:7}{len(score.alarms):8}"
            f"{score.recall:9.3f}{score.precision:11.3f}"
        )
    kinds = [(name, score) for name, score in scores.items() if name != ALL]
    for heading, texts in (
        ("missed", [(n, t) for n, score in kinds for t in score.misses]),
        ("false alarms", [(n, t) for n, score in kinds for t in score.alarms]),
    ):
        print(f"  {heading}: {len(texts) or 'none'}")
        for name, text in texts:
            print(f"    {name}: {text!r}")


def _read(name: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))
    return data


def _each(texts: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, str]]:
    return ((category, text) for category, many in texts.items() for text in many)
