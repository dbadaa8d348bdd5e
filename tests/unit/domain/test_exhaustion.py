"""What is used up: at the limit, not before it."""

from datetime import UTC, datetime

import pytest

from services.domain.budgets import Budget, BudgetState, Period, window_of
from services.domain.exhaustion import Exhausted, Measure, exhausted_budgets, exhausted_caps
from services.domain.quotas import CapView, Quota, QuotaState

DAY = window_of(datetime(2026, 11, 21, 12, tzinfo=UTC), Period.DAY, UTC)


def cap(
    requests: tuple[int, int | None], tokens: tuple[int, int | None], *, is_shadow: bool = False
) -> CapView:
    quota = Quota("feature_daily", "feature:hint", DAY, requests[1], tokens[1])
    return CapView("hint", QuotaState(quota, requests[0], tokens[0]), is_shadow)


def used_up(measure: Measure, used: int, allowed: int, *, is_shadow: bool = False) -> Exhausted:
    return Exhausted(
        "feature_daily", "feature:hint", measure, used, allowed, DAY.ends_at, is_shadow
    )


@pytest.mark.parametrize(
    ("view", "found"),
    [
        (cap((5, 6), (99, 100)), ()),
        (cap((900, None), (900, None)), ()),
        (cap((6, 6), (99, None)), (used_up(Measure.REQUESTS, 6, 6),)),
        (cap((1, 6), (130, 100)), (used_up(Measure.TOKENS, 130, 100),)),
        (cap((0, 0), (0, None)), (used_up(Measure.REQUESTS, 0, 0),)),
        (
            cap((6, 6), (0, None), is_shadow=True),
            (used_up(Measure.REQUESTS, 6, 6, is_shadow=True),),
        ),
    ],
)
def test_cap_is_used_up_at_its_limit(view: CapView, found: tuple[Exhausted, ...]) -> None:
    assert exhausted_caps([view]) == found


@pytest.mark.parametrize(("spent", "count"), [(99, 0), (100, 1), (101, 1)])
def test_budget_is_used_up_when_all_of_it_is_spent(spent: int, count: int) -> None:
    budget = Budget("playground", Period.DAY, 100)
    found = exhausted_budgets([BudgetState(budget, DAY, spent, 50)], frozenset())
    assert len(found) == count
    shadow = exhausted_budgets([BudgetState(budget, DAY, spent, 50)], frozenset({budget.name}))
    assert [each.is_shadow for each in shadow] == [True] * count
