"""Money of calendar windows: what is spent, and what running calls hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from services.adapters.memory.expiring import ExpiringMap
from services.adapters.memory.quotas import forget_at_s
from services.domain.admissions import Demand
from services.domain.budgets import BudgetState, BudgetWindow, find_short_budget
from services.domain.periods import Period
from services.domain.ports import Clock

UNSETTLED_S = 3600.0
"""A request that was never settled can still be so long after its hold lapsed."""

SETTLED_S = 2.0
"""An attempt that is reported after its request's end is still booked so long: in one process
nothing is sent again, and what a busy second leaves is a megabyte."""


@dataclass(slots=True)
class _Purse:
    spent: int = 0
    held: int = 0
    is_seeded: bool = False


@dataclass(slots=True)
class Reservation:
    """What one admitted request has taken, until it is settled.

    Args:
        estimate: the tokens taken from its quotas, until it is over.
        tokens: what its settled attempts really took.
    """

    demand: Demand
    hold: int
    estimate: int
    tokens: int = 0
    attempts: tuple[int, ...] = ()
    is_over: bool = False


class BudgetBook:
    """Spend and holds of every budget window, and the requests that hold them.

    A reservation is open while it holds money; it is remembered for a while after it lapsed or was
    settled.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._purses: ExpiringMap[tuple[str, Period, str], _Purse] = ExpiringMap()
        self._open: ExpiringMap[str, Reservation] = ExpiringMap()
        self._closed: ExpiringMap[str, Reservation] = ExpiringMap()

    def __len__(self) -> int:
        return len(self._purses) + len(self._open) + len(self._closed)

    def state(self, budget: BudgetWindow) -> BudgetState:
        purse = self._purses.get(_key(budget)) or _Purse()
        return BudgetState(budget.budget, budget.window, purse.spent, purse.held)

    def short_of(
        self, budgets: Sequence[BudgetWindow], amount: int, own: int = 0
    ) -> tuple[BudgetState | None, BudgetState | None]:
        """(the budget whose spend alone, the budget whose holds leave too little).

        Args:
            own: what the request itself holds already, which nobody else gives back.
        """
        states = [self.state(b) for b in budgets]
        spent = find_short_budget((replace(s, held_nano_usd=own) for s in states), amount)
        return spent, find_short_budget(states, amount)

    def hold(self, demand: Demand, now_s: float) -> None:
        """Keep the demand until it is settled, and hold its money."""
        reservation = Reservation(demand, demand.hold_nano_usd, demand.tokens)
        self._open.get_or_add(demand.request_id, lambda: reservation, now_s + demand.hold_s)
        self._add_held(demand.budgets, demand.hold_nano_usd)

    def reservation(self, request_id: str) -> Reservation | None:
        return self._open.get(request_id) or self._closed.get(request_id)

    def top_up(self, reservation: Reservation, amount: int, now_s: float) -> None:
        """Raise a hold; it lapses counted from now, as another attempt begins."""
        demand = reservation.demand
        reservation.hold += amount
        self._add_held(demand.budgets, amount)
        self._closed.pop(demand.request_id)
        self._open.get_or_add(demand.request_id, lambda: reservation, now_s + demand.hold_s)

    def book(self, reservation: Reservation, cost: int) -> None:
        """Turn as much of the hold into spend as the attempt cost; what lies beyond, too."""
        for budget in reservation.demand.budgets:
            self._purse(budget).spent += cost
        self._release(reservation, min(cost, reservation.hold))

    def end(self, reservation: Reservation, now_s: float) -> None:
        """Give back the rest of the hold: the request is over."""
        reservation.is_over = True
        self._close(reservation, now_s + SETTLED_S)

    def seed(self, budget: BudgetWindow, spent: int) -> None:
        """Add what was spent before this process, once a window."""
        purse = self._purse(budget)
        if not purse.is_seeded:
            purse.spent += spent
            purse.is_seeded = True

    def forget(self, now_s: float) -> None:
        """Let holds lapse whose time is over, and drop what nobody will ask for again."""
        for reservation in self._open.expire(now_s):
            self._close(reservation, now_s + UNSETTLED_S)
        self._closed.forget(now_s)
        self._purses.forget(now_s)

    def _close(self, reservation: Reservation, until_s: float) -> None:
        """Give back what it holds."""
        request_id = reservation.demand.request_id
        self._release(reservation, reservation.hold)
        for kept in (self._open, self._closed):
            kept.pop(request_id)
        self._closed.get_or_add(request_id, lambda: reservation, until_s)

    def _purse(self, budget: BudgetWindow) -> _Purse:
        purse = self._purses.get(_key(budget))
        if purse is None:
            expires_s = forget_at_s(budget.window, self._clock)
            purse = self._purses.get_or_add(_key(budget), _Purse, expires_s)
        return purse

    def _release(self, reservation: Reservation, amount: int) -> None:
        reservation.hold -= amount
        self._add_held(reservation.demand.budgets, -amount)

    def _add_held(self, budgets: Iterable[BudgetWindow], amount: int) -> None:
        for budget in budgets:
            self._purse(budget).held += amount


def _key(budget: BudgetWindow) -> tuple[str, Period, str]:
    return budget.budget.scope, budget.budget.period, budget.window.key
