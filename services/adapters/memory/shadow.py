"""Limits in shadow: they are asked as all others are, and let everybody pass."""

from __future__ import annotations

from collections.abc import Sequence

from services.domain.admissions import Demand
from services.domain.budgets import BudgetWindow


class Shadow:
    """Which limits are in shadow, and which of them would have refused this demand.

    Args:
        names: of the limits in shadow.
    """

    __slots__ = ("_names", "passed")

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names
        self.passed: list[str] = []

    def lets_pass(self, name: str) -> bool:
        """Whether the limit that has no room is in shadow; remembered if so."""
        if name not in self._names:
            return False
        self.passed.append(name)
        return True


def split_shadow(demand: Demand) -> tuple[Sequence[BudgetWindow], Sequence[BudgetWindow]]:
    """A demand's budgets that refuse, and those in shadow."""
    if not demand.shadow:
        return demand.budgets, ()
    enforced = [b for b in demand.budgets if b.budget.name not in demand.shadow]
    return enforced, [b for b in demand.budgets if b.budget.name in demand.shadow]
