"""What budgets and quotas are told of the time before this process."""

from __future__ import annotations

from collections.abc import Iterable

from services.domain.budgets import Budget, BudgetWindow
from services.domain.limits import feature_caps
from services.domain.periods import window_of, windows_at
from services.domain.ports import Clock, LedgerReader, PastReader
from services.domain.quota_uses import states_of
from services.domain.quotas import QuotaState
from services.domain.rollups import Dimension, RollupQuery
from services.domain.settlements import Settlement, settlements_of
from services.domain.snapshot import Snapshot
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
        where = {Dimension.SOURCE: (budget.source.value,)}
        rows = reader.list_rollups(RollupQuery(window.starts_at, window.ends_at, where=where))
        found.append((BudgetWindow(budget, window), sum(r.cost_nano_usd for r in rows)))
    return tuple(found)


def read_taken(
    past: PastReader, snapshot: Snapshot, clock: Clock, *, only_caps: bool
) -> tuple[QuotaState, ...]:
    """What the ledger says was taken of the present day's and month's quotas; raises SourceDown.

    Args:
        only_caps: not of what users may take.
    """
    windows = windows_at(clock.now(), snapshot.zone)
    if only_caps and not feature_caps("", snapshot.limits, windows):
        return ()
    uses = [(window, past.list_quota_uses(window)) for window in windows]
    states = states_of(uses, sorted(snapshot.control.features), snapshot.limits, windows)
    return tuple(s for s in states if s.quota.is_cap or not only_caps)
