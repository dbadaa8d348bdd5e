"""What AI costs: spend against budget with a forecast, and where the money goes."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.domain.budgets import (
    Budget,
    BudgetState,
    BudgetView,
    BudgetWindow,
    forecast_nano_usd,
    with_today,
)
from services.domain.cost_csv import render_cost_csv
from services.domain.costs import (
    CELL,
    LONGEST_DAYS,
    Cells,
    CostReport,
    DayFrame,
    Where,
    build_report,
    day_edges,
)
from services.domain.errors import Unprocessable
from services.domain.identity import Actor, Permission, require
from services.domain.ledger import Source
from services.domain.periods import Window, window_of
from services.domain.ports import Call, Clock, Counters, Journal, LedgerReader
from services.domain.readings import Reading, take_reading
from services.domain.rollups import Dimension, Reconciliation, RollupQuery, sum_rollups
from services.operations.backlog import complete_up_to


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
        shadow: frozenset[str] = frozenset(),
    ) -> None:
        self._reader = reader
        self._counters = counters
        self._journal = journal
        self._clock = clock
        self._zone = zone
        self.budgets = budgets
        self._alert_share = alert_share
        self._call = call
        self._shadow = shadow

    def get_budgets(self) -> Reading[tuple[BudgetView, ...]]:
        """Today's and this month's budgets."""
        return take_reading(
            "ledger",
            complete_up_to(self._journal, self._clock.now()),
            lambda: with_today(tuple(self._budget(b) for b in self.budgets), self._clock.now()),
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
        stack: Dimension = Dimension.FEATURE,
    ) -> CostReport:
        """Costs from the first day to the last, both included, in a zone.

        Args:
            where: values by dimension; a dimension without values does not restrict.
            stack: the dimension that days are shown by.

        Raises:
            Unprocessable: the days are the wrong way round, or too many.
            SourceDown: SQL does not answer.
        """
        zone = zone or self._zone
        edges = day_edges(first, last, zone)
        chosen = {d: v for d, v in (where or {}).items() if v}
        return build_report(
            DayFrame(first, edges, str(zone)),
            self._cells(edges, chosen, sources),
            self._reader.list_rollups(_by_day(edges, chosen, sources, stack)),
            sources=sources,
            stack=stack,
            complete_up_to=complete_up_to(self._journal, self._clock.now()),
        )

    def get_last_days(
        self,
        days: int,
        *,
        zone: tzinfo | None = None,
        where: Where | None = None,
        sources: tuple[Source, ...] = (Source.APPLICATION,),
    ) -> CostReport:
        """The last so many calendar days, today included; raises as `get_report`."""
        if not 1 <= days <= LONGEST_DAYS:
            raise Unprocessable(f"days is {days}: use 1 to {LONGEST_DAYS}.", param="days")
        today = self._clock.now().astimezone(zone or self._zone).date()
        first = today - timedelta(days=days - 1)
        return self.get_report(first, today, zone=zone, where=where, sources=sources)

    def find_zone(self, name: str | None) -> tzinfo:
        """The time zone of that IANA name; the console's own without a name.

        Raises:
            Unprocessable: there is no such zone.
        """
        if not name:
            return self._zone
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise Unprocessable(
                f"{name!r} is no IANA time zone: use a name such as Europe/Istanbul.", param="zone"
            ) from None

    def reconcile(self, report: CostReport) -> Reconciliation:
        """Sum the report's range and filters over the ledger's rows too; raises SourceDown.

        Rows and rollups are read as of one moment, so calls that end meanwhile make no difference.
        """
        where = _with_sources(report.where, report.sources)
        return self._reader.reconcile(RollupQuery(report.start, report.end, where=where))

    def export_csv(self, actor: Actor, report: CostReport) -> str:
        """The report as a file; raises Forbidden."""
        require(actor, Permission.EXPORT)
        return render_cost_csv(report)

    def _budget(self, budget: Budget) -> BudgetView:
        now = self._clock.now()
        window = window_of(now, budget.period, self._zone)
        spent = self._spent_nano_usd(window, budget.source)
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
            states[0].spent_nano_usd,
            budget.name in self._shadow,
        )

    def _cells(
        self, edges: tuple[datetime, ...], where: Where, sources: tuple[Source, ...]
    ) -> Cells:
        rest = {d: v for d, v in where.items() if d not in CELL}
        query = RollupQuery(
            edges[0], edges[-1], CELL, with_latency=False, where=_with_sources(rest, sources)
        )
        return Cells(self._reader.list_rollups(query), where)

    def _spent_nano_usd(self, window: Window, source: Source) -> int:
        where: Where = {Dimension.SOURCE: (source.value,)}
        query = RollupQuery(window.starts_at, window.ends_at, with_latency=False, where=where)
        return sum_rollups(self._reader.list_rollups(query)).cost_nano_usd


def _by_day(
    edges: tuple[datetime, ...], where: Where, sources: tuple[Source, ...], stack: Dimension
) -> RollupQuery:
    return RollupQuery(
        edges[0],
        edges[-1],
        (stack,),
        edges=edges,
        with_latency=False,
        where=_with_sources(where, sources),
    )


def _with_sources(where: Where, sources: tuple[Source, ...]) -> Where:
    return {**where, Dimension.SOURCE: tuple(s.value for s in sources)}
