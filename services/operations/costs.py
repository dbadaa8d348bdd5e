"""What AI costs: spend against budget with a forecast, and where the money goes."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from services.domain.budgets import (
    Budget,
    BudgetState,
    Window,
    forecast_nano_usd,
    window_of,
)
from services.domain.errors import Unprocessable
from services.domain.ledger import Source
from services.domain.limits import BudgetWindow
from services.domain.ports import Clock, Counters, Journal, LedgerReader
from services.domain.readings import Reading, take_reading
from services.domain.rollups import Dimension, RequestFilter, Rollup, RollupQuery

Call = Callable[[Coroutine[Any, Any, Any]], Any]
Where = Mapping[Dimension, tuple[str, ...]]
BREAKDOWNS = (Dimension.FEATURE, Dimension.MODEL, Dimension.PROVIDER, Dimension.APPLICATION)


@dataclass(frozen=True, slots=True)
class BudgetView:
    """A budget's window: spent (the ledger's sum), held by running calls, forecast to its end."""

    budget: Budget
    window: Window
    spent_nano_usd: int
    held_nano_usd: int
    forecast_nano_usd: int
    alert_share: float

    @property
    def share(self) -> float:
        """Spent as a share of the limit; 1 for a limit of nothing."""
        limit = self.budget.limit_nano_usd
        return self.spent_nano_usd / limit if limit else 1.0

    @property
    def forecast_share(self) -> float:
        """The forecast as a share of the limit; 1 for a limit of nothing."""
        limit = self.budget.limit_nano_usd
        return self.forecast_nano_usd / limit if limit else 1.0

    @property
    def is_within(self) -> bool:
        return self.spent_nano_usd < self.budget.limit_nano_usd

    @property
    def is_warning(self) -> bool:
        return self.share >= self.alert_share


@dataclass(frozen=True, slots=True)
class CostDay:
    """One calendar day in the report's zone."""

    day: date
    cost_nano_usd: int
    requests: int


@dataclass(frozen=True, slots=True)
class CostReport:
    """Costs over [start, end) in one zone.

    Args:
        days: every day of the range, also those without spend.
        by: sums by dimension, dearest first.
    """

    start: datetime
    end: datetime
    zone: str
    total: Rollup
    days: tuple[CostDay, ...]
    by: dict[Dimension, tuple[Rollup, ...]]
    complete_up_to: datetime | None
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The proof that the page equals the ledger: rollups against the sum over rows."""

    rollup_nano_usd: int
    ledger_nano_usd: int
    rollup_requests: int
    ledger_requests: int

    @property
    def is_equal(self) -> bool:
        return (self.rollup_nano_usd, self.rollup_requests) == (
            self.ledger_nano_usd,
            self.ledger_requests,
        )


class Costs:
    """The reads behind the Cost page, `ai-cost-report` and the admin API."""

    def __init__(
        self,
        *,
        reader: LedgerReader,
        counters: Counters,
        journal: Journal,
        clock: Clock,
        zone: tzinfo,
        budgets: tuple[Budget, ...],
        alert_share: float,
        call: Call,
    ) -> None:
        self._reader = reader
        self._counters = counters
        self._journal = journal
        self._clock = clock
        self._zone = zone
        self.budgets = budgets
        self._alert_share = alert_share
        self._call = call

    def get_budgets(self) -> Reading[tuple[BudgetView, ...]]:
        """Today's and this month's budgets."""
        return take_reading(
            "ledger",
            self.complete_up_to(),
            lambda: tuple(self._budget(b) for b in self.budgets),
            lambda views: all(v.spent_nano_usd == 0 for v in views),
        )

    def get_report(
        self,
        first: date,
        last: date,
        *,
        zone: tzinfo | None = None,
        where: Where | None = None,
        sources: tuple[Source, ...] = (Source.APPLICATION,),
    ) -> CostReport:
        """Costs from the first day to the last, both included, in a zone.

        Raises:
            Unprocessable: the days are the wrong way round, or over 366.
            SourceDown: SQL does not answer.
        """
        zone = zone or self._zone
        start, end = day_range(first, last, zone)
        filters = _filters(where, sources)
        quarters = self._reader.list_rollups(RollupQuery(start, end, by_time=True, where=filters))
        return CostReport(
            start=start,
            end=end,
            zone=str(zone),
            total=self._total(start, end, filters),
            days=_days(first, last, zone, quarters),
            by={d: self._breakdown(start, end, d, filters) for d in BREAKDOWNS},
            complete_up_to=self.complete_up_to(),
            sources=sources,
        )

    def get_last_days(self, days: int, zone: tzinfo | None = None) -> CostReport:
        """The last so many calendar days, today included; raises as `get_report`."""
        if not 1 <= days <= 366:
            raise Unprocessable(f"days is {days}: use 1 to 366.", param="days")
        today = self._clock.now().astimezone(zone or self._zone).date()
        return self.get_report(today - timedelta(days=days - 1), today, zone=zone)

    def reconcile(self, report: CostReport) -> Reconciliation:
        """Sum the same range straight over the ledger's rows; raises SourceDown."""
        requests = cost = 0
        for source in report.sources:
            n, nano = self._reader.sum_requests(
                RequestFilter(start=report.start, end=report.end, source=source.value)
            )
            requests += n
            cost += nano
        return Reconciliation(report.total.cost_nano_usd, cost, report.total.requests, requests)

    def complete_up_to(self) -> datetime | None:
        """Until when the figures hold every request: now, or the oldest one not yet in SQL."""
        _, oldest = self._journal.backlog()
        return oldest or self._clock.now()

    def _budget(self, budget: Budget) -> BudgetView:
        now = self._clock.now()
        window = window_of(now, budget.period, self._zone)
        source = Source.PLAYGROUND if budget.scope == "playground" else Source.APPLICATION
        where: Where = {Dimension.SOURCE: (source.value,)}
        spent = self._total(window.starts_at, window.ends_at, where).cost_nano_usd
        states: tuple[BudgetState, ...] = self._call(
            self._counters.get_budgets((BudgetWindow(budget, window),))
        )
        return BudgetView(
            budget,
            window,
            spent,
            states[0].held_nano_usd,
            forecast_nano_usd(spent, window, now),
            self._alert_share,
        )

    def _total(self, start: datetime, end: datetime, where: Where) -> Rollup:
        rows = self._reader.list_rollups(RollupQuery(start, end, where=where))
        return rows[0] if rows else Rollup(None, {})

    def _breakdown(
        self,
        start: datetime,
        end: datetime,
        dimension: Dimension,
        where: Where,
    ) -> tuple[Rollup, ...]:
        rows = self._reader.list_rollups(RollupQuery(start, end, (dimension,), where=where))
        return tuple(sorted(rows, key=lambda r: (-r.cost_nano_usd, -r.requests)))


def day_range(first: date, last: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """[start, end) in UTC of calendar days in a zone, both included."""
    if last < first:
        raise Unprocessable(f"The range ends ({last}) before it begins ({first}).", param="range")
    if (last - first).days > 366:
        raise Unprocessable("The range is over 366 days: choose a shorter one.", param="range")
    start = datetime(first.year, first.month, first.day, tzinfo=zone)
    following = last + timedelta(days=1)
    end = datetime(following.year, following.month, following.day, tzinfo=zone)
    return start.astimezone(UTC), end.astimezone(UTC)


def _filters(where: Where | None, sources: tuple[Source, ...]) -> Where:
    return {**(where or {}), Dimension.SOURCE: tuple(s.value for s in sources)}


def _days(
    first: date, last: date, zone: tzinfo, quarters: tuple[Rollup, ...]
) -> tuple[CostDay, ...]:
    sums: dict[date, list[int]] = {}
    for row in quarters:
        if row.at is None:
            continue
        day = sums.setdefault(row.at.astimezone(zone).date(), [0, 0])
        day[0] += row.cost_nano_usd
        day[1] += row.requests
    length = (last - first).days + 1
    days = (first + timedelta(days=n) for n in range(length))
    return tuple(CostDay(day, *sums.get(day, (0, 0))) for day in days)
