"""What is used up: what has no room for one more usual call, not before."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from services.domain.budgets import Budget, BudgetState
from services.domain.calls import Candidate
from services.domain.exhaustion import (
    Exhausted,
    Measure,
    UsualCall,
    exhausted_budgets,
    exhausted_caps,
    usual_call,
)
from services.domain.money import Price
from services.domain.periods import Period, window_of
from services.domain.quotas import CapView, Quota, QuotaState

DAY = window_of(datetime(2026, 11, 21, 12, tzinfo=UTC), Period.DAY, UTC)
CALL = UsualCall(tokens=10, nano_usd=3)


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
        (cap((5, 6), (90, 100)), ()),
        (cap((5, 6), (91, 100)), (used_up(Measure.TOKENS, 91, 100),)),
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
    assert exhausted_caps([view], CALL) == found


def test_what_is_left_may_be_too_little() -> None:
    assert used_up(Measure.TOKENS, 91, 100).has_rest
    assert not used_up(Measure.TOKENS, 100, 100).has_rest


@pytest.mark.parametrize(
    ("spent", "call", "count"),
    [
        (97, CALL, 0),
        (98, CALL, 1),
        (99, UsualCall(10, 0), 0),
        (100, UsualCall(10, 0), 1),
        (101, CALL, 1),
    ],
)
def test_budget_is_used_up_when_no_call_fits_beside_what_is_spent(
    spent: int, call: UsualCall, count: int
) -> None:
    budget = Budget("playground", Period.DAY, 100)
    found = exhausted_budgets([BudgetState(budget, DAY, spent, 50)], frozenset(), call)
    assert len(found) == count
    shadow = exhausted_budgets(
        [BudgetState(budget, DAY, spent, 50)], frozenset({budget.name}), call
    )
    assert [each.is_shadow for each in shadow] == [True] * count


def price(output_nano_usd: int) -> Price:
    return Price(0, output_nano_usd, 0, 0)


def test_usual_call_may_go_to_the_dearest_model_of_the_route() -> None:
    cheap, dear, unused = Candidate("a", "cheap"), Candidate("a", "dear"), Candidate("a", "unused")
    prices = {cheap: price(1_000), dear: price(5_000), unused: price(9_000)}
    snapshot: Any = SimpleNamespace(candidates=(cheap, dear), prices=prices, max_tokens=500)
    assert usual_call(snapshot) == UsualCall(500, 3)
    snapshot.candidates = (Candidate("mock", "free"),)
    assert usual_call(snapshot) == UsualCall(500, 0)
