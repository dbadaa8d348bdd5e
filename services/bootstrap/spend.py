"""What the budgets are told of the time before this process."""

from __future__ import annotations

from collections.abc import Iterable

from services.domain.budgets import Budget, BudgetWindow, window_of
from services.domain.ledger import Source
from services.domain.ports import Clock, LedgerReader
from services.domain.rollups import Dimension, RollupQuery
from services.domain.settlements import Settlement, settlements_of
from services.settings import Settings


def read_settlements(reader: LedgerReader, request_id: str) -> tuple[Settlement, ...]:
    """What the ledger says a request cost, attempt by attempt; none while it does not know.

    Raises SourceDown.
    """
    detail = reader.get_request(request_id)
    return () if detail is None else settlements_of(request_id, detail.attempts)


def read_spend(
    reader: LedgerReader, budgets: Iterable[Budget], settings: Settings, clock: Clock
) -> tuple[tuple[BudgetWindow, int], ...]:
    """What the ledger says was spent in each budget's present window; raises SourceDown."""
    found = []
    for budget in budgets:
        window = window_of(clock.now(), budget.period, settings.zone)
        source = Source.PLAYGROUND if budget.scope == "playground" else Source.APPLICATION
        rows = reader.list_rollups(
            RollupQuery(window.starts_at, window.ends_at, where={Dimension.SOURCE: (source.value,)})
        )
        found.append((BudgetWindow(budget, window), sum(r.cost_nano_usd for r in rows)))
    return tuple(found)
