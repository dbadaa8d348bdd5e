from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.domain.budgets import Budget, BudgetState, find_short_budget, forecast_nano_usd
from services.domain.periods import Period, window_of


def state(limit: int, spent: int, held: int) -> BudgetState:
    window = window_of(datetime(2026, 11, 21, tzinfo=UTC), Period.DAY, UTC)
    return BudgetState(Budget("global", Period.DAY, limit), window, spent, held)


def test_short_budget_is_the_one_with_least_left_among_those_without_room() -> None:
    roomy, short, shorter = state(100, 0, 0), state(100, 80, 15), state(100, 99, 0)
    assert find_short_budget([roomy, short, shorter], 6) == shorter
    assert find_short_budget([roomy, short], 6) == short
    assert find_short_budget([roomy, short], 5) is None
    assert find_short_budget([], 5) is None


def test_forecast_goes_on_at_the_rate_so_far() -> None:
    window = window_of(datetime(2026, 11, 21, tzinfo=UTC), Period.DAY, UTC)
    assert forecast_nano_usd(10, window, window.starts_at + timedelta(hours=6)) == 40
    assert forecast_nano_usd(10, window, window.starts_at) == 10
    assert forecast_nano_usd(10, window, window.ends_at + timedelta(hours=1)) == 10


@given(spent=st.integers(0, 10**15), elapsed_us=st.integers(1, 86_400_000_000))
def test_forecast_is_exact_and_never_below_what_is_spent(spent: int, elapsed_us: int) -> None:
    window = window_of(datetime(2026, 11, 21, tzinfo=UTC), Period.DAY, UTC)
    found = forecast_nano_usd(spent, window, window.starts_at + timedelta(microseconds=elapsed_us))
    assert found == spent * 86_400_000_000 // elapsed_us
    assert found >= spent
