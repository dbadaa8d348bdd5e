from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.domain.budgets import (
    Budget,
    BudgetState,
    BudgetView,
    find_short_budget,
    forecast_nano_usd,
    with_today,
)
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


NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def view(scope: str, period: Period, spent: int, now: datetime) -> BudgetView:
    window = window_of(now, period, UTC)
    forecast = forecast_nano_usd(spent, window, now)
    return BudgetView(Budget(scope, period, 1_000), window, spent, 0, forecast, 0.8)


def test_a_month_ends_no_lower_than_today_alone_foretells() -> None:
    day = view("global", Period.DAY, 50, NOON)
    quiet, even = view("global", Period.MONTH, 60, NOON), view("global", Period.MONTH, 900, NOON)
    assert (day.forecast_nano_usd, quiet.forecast_nano_usd) == (100, 65)
    assert [v.forecast_nano_usd for v in with_today((day, quiet), NOON)] == [100, 110]
    assert with_today((day, even), NOON) == (day, even)


def test_neither_the_hours_after_midnight_nor_other_scopes_lift_a_month() -> None:
    early = NOON - timedelta(hours=7)
    day, month = view("global", Period.DAY, 50, early), view("global", Period.MONTH, 60, early)
    assert with_today((day, month), early) == (day, month)
    playground, month = (
        view("playground", Period.DAY, 50, NOON),
        view("global", Period.MONTH, 60, NOON),
    )
    assert with_today((playground, month), NOON) == (playground, month)
