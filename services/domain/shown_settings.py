"""A setting as people are shown it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShownSetting:
    """One setting in force.

    Args:
        name: as in the environment.
        value: as text; of a secret only whether it is set.
        unit: what a number counts, "" where the value is none.
        description: what it is, in a sentence.
    """

    name: str
    value: str
    unit: str
    description: str
