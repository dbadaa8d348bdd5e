"""A report of what AI cost over calendar days in a zone. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from services.domain.errors import Unprocessable
from services.domain.ledger import Source
from services.domain.rollups import Dimension, Rollup, fold_rollups, sum_rollups

Where = Mapping[Dimension, tuple[str, ...]]
BREAKDOWNS = (Dimension.FEATURE, Dimension.MODEL, Dimension.PROVIDER, Dimension.APPLICATION)
CELL = (Dimension.SOURCE, *BREAKDOWNS, Dimension.IS_MOCK)
"""What one read is grouped by, from which total, breakdowns and choices are folded."""

LONGEST_DAYS = 366


@dataclass(frozen=True, slots=True)
class CostDay:
    """One calendar day in the report's zone, 23 to 25 hours long."""

    day: date
    sums: Rollup

    @property
    def cost_nano_usd(self) -> int:
        return self.sums.cost_nano_usd

    @property
    def requests(self) -> int:
        return self.sums.requests


@dataclass(frozen=True, slots=True)
class CostReport:
    """Costs over [start, end), cut into days of one zone.

    Args:
        where: the filters, which hold for every figure of the report.
        days: every day of the range, also those without spend.
        stacked: the days by value of the dimension `stack`, dearest first.
        by: sums by dimension, dearest first.
        by_source: sums by where requests came from; sample traffic among them is invented.
        mock_requests: requests that were answered by a mock.
        choices: the values there are in the range, whatever the filters.
    """

    start: datetime
    end: datetime
    zone: str
    where: Where
    sources: tuple[Source, ...]
    total: Rollup
    days: tuple[CostDay, ...]
    stack: Dimension
    stacked: Mapping[str, tuple[CostDay, ...]]
    by: Mapping[Dimension, tuple[Rollup, ...]]
    by_source: Mapping[Source, Rollup]
    mock_requests: int
    choices: Mapping[Dimension, tuple[str, ...]]
    complete_up_to: datetime | None

    @property
    def is_at_least(self) -> bool:
        """Whether some cost is unknown, so that every total is a lower bound."""
        return self.total.unpriced_requests > 0


@dataclass(frozen=True, slots=True)
class Cells:
    """The sums of a range by `CELL`, before and after the filters."""

    every: tuple[Rollup, ...]
    where: Where

    @property
    def kept(self) -> tuple[Rollup, ...]:
        """The cells that the filters let through."""
        return tuple(
            cell
            for cell in self.every
            if all(cell.values.get(d, v[0]) in v for d, v in self.where.items())
        )

    def list_choices(self) -> dict[Dimension, tuple[str, ...]]:
        """The values of each dimension, in alphabetical order."""
        return {d: tuple(sorted({cell.values[d] for cell in self.every})) for d in BREAKDOWNS}


def day_edges(first: date, last: date, zone: tzinfo) -> tuple[datetime, ...]:
    """The beginnings in UTC of calendar days in a zone, both included, and the last one's end.

    Raises:
        Unprocessable: the days are the wrong way round, or too many.
    """
    if last < first:
        raise Unprocessable(f"The range ends ({last}) before it begins ({first}).", param="range")
    count = (last - first).days + 1
    if count > LONGEST_DAYS:
        raise Unprocessable(
            f"The range has {count} days: choose at most {LONGEST_DAYS}.", param="range"
        )
    days = (first + timedelta(days=n) for n in range(count + 1))
    return tuple(datetime(d.year, d.month, d.day, tzinfo=zone).astimezone(UTC) for d in days)


@dataclass(frozen=True, slots=True)
class DayFrame:
    """The days of a report: the first one, their edges in UTC, and the zone's name."""

    first: date
    edges: tuple[datetime, ...]
    zone: str

    def days(self, sums: Mapping[datetime | None, Rollup]) -> tuple[CostDay, ...]:
        """Every day with its sums, which are nothing where there are none."""
        nothing = Rollup(None, {})
        return tuple(
            CostDay(self.first + timedelta(days=number), sums.get(edge, nothing))
            for number, edge in enumerate(self.edges[:-1])
        )


def build_report(
    frame: DayFrame,
    cells: Cells,
    by_day: Iterable[Rollup],
    *,
    sources: tuple[Source, ...],
    stack: Dimension,
    complete_up_to: datetime | None,
) -> CostReport:
    """The report of what was read.

    Args:
        by_day: filtered sums by day and `stack`; `at` is the day's beginning.
    """
    rows, kept = tuple(by_day), cells.kept
    mocks = (cell for cell in kept if cell.values[Dimension.IS_MOCK] == "true")
    by_source = fold_rollups(kept, Dimension.SOURCE)
    return CostReport(
        start=frame.edges[0],
        end=frame.edges[-1],
        zone=frame.zone,
        where=cells.where,
        sources=sources,
        total=sum_rollups(kept),
        days=frame.days(_sum_by_time(rows)),
        stack=stack,
        stacked={
            name: frame.days({row.at: row for row in rows if row.values[stack] == name})
            for name in (row.values[stack] for row in fold_rollups(rows, stack))
        },
        by={d: fold_rollups(kept, d) for d in BREAKDOWNS},
        by_source={Source(row.values[Dimension.SOURCE]): row for row in by_source},
        mock_requests=sum(cell.requests for cell in mocks),
        choices=cells.list_choices(),
        complete_up_to=complete_up_to,
    )


def _sum_by_time(rows: Iterable[Rollup]) -> dict[datetime | None, Rollup]:
    parts: dict[datetime | None, list[Rollup]] = {}
    for row in rows:
        parts.setdefault(row.at, []).append(row)
    return {at: sum_rollups(part) for at, part in parts.items()}
