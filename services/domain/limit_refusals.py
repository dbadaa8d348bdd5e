"""How many calls each limit refused, or would have refused were it not in shadow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.domain.limits import CALENDAR_LIMITS

SPANS = (timedelta(hours=1), timedelta(hours=24))
"""How far back refusals are counted, the shorter one first."""


@dataclass(frozen=True, slots=True)
class LimitRefusals:
    """Calls of applications and of the playground over a range.

    Args:
        limit: its name as refusals tell it; of a provider's limits followed by the provider.
        feature: what was called; "" for all together.
        refused: calls that ended because this limit had no room.
        passed: calls that it let pass only because it is in shadow.
    """

    limit: str
    feature: str
    refused: int
    passed: int


@dataclass(frozen=True, slots=True)
class RefusalRow:
    """One limit over both of SPANS.

    Args:
        feature: "" for all together.
        refused, passed: as in LimitRefusals, one figure a span.
    """

    limit: str
    feature: str
    refused: tuple[int, ...]
    passed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RefusalView:
    """What limits refused over SPANS.

    Args:
        starts: when each span begins: whole minutes.
        rows: by limit and feature, those that refused or let pass at all.
    """

    starts: tuple[datetime, ...]
    rows: tuple[RefusalRow, ...]

    def of_limit(self, limit: str) -> RefusalRow:
        """All features together; zeros where it refused nothing."""
        return self._sum(limit, "", [row for row in self.rows if row.limit == limit])

    def of_feature(self, limit: str, feature: str) -> RefusalRow:
        """One feature alone; zeros where it refused nothing."""
        rows = [row for row in self.rows if (row.limit, row.feature) == (limit, feature)]
        return self._sum(limit, feature, rows)

    def lasting(self) -> tuple[RefusalRow, ...]:
        """What quotas, caps and budgets refused in the shortest span."""
        return tuple(r for r in self.rows if r.refused[0] and r.limit in CALENDAR_LIMITS)

    def _sum(self, limit: str, feature: str, rows: list[RefusalRow]) -> RefusalRow:
        spans = range(len(self.starts))
        return RefusalRow(
            limit,
            feature,
            tuple(sum(row.refused[i] for row in rows) for i in spans),
            tuple(sum(row.passed[i] for row in rows) for i in spans),
        )


def span_starts(now: datetime) -> tuple[datetime, ...]:
    """When the spans that end now begin: at whole minutes, as the sums are kept by the minute."""
    minute = now.replace(second=0, microsecond=0)
    return tuple(minute - span for span in SPANS)


def build_refusals(
    starts: tuple[datetime, ...], sums: Iterable[Iterable[LimitRefusals]]
) -> RefusalView:
    """The view of what was read.

    Args:
        sums: by limit and feature, for each of the starts.
    """
    by_span: list[Mapping[tuple[str, str], LimitRefusals]] = [
        {(row.limit, row.feature): row for row in rows} for rows in sums
    ]
    nothing = LimitRefusals("", "", 0, 0)
    rows = [
        RefusalRow(
            *key,
            tuple(span.get(key, nothing).refused for span in by_span),
            tuple(span.get(key, nothing).passed for span in by_span),
        )
        for key in sorted(set().union(*by_span))
    ]
    return RefusalView(starts, tuple(rows))
