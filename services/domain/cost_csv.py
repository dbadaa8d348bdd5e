"""A cost report as a CSV file that spreadsheets read exactly and cannot be tricked by. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from services.domain.costs import BREAKDOWNS, CostReport
from services.domain.money import usd
from services.domain.rollups import Rollup
from services.domain.spreadsheets import escape_formula

COLUMNS = (
    "part", "name", "cost_usd", "requests", "input_tokens", "output_tokens",
    "cached_input_tokens", "saved_usd", "retry_cost_usd", "fallback_cost_usd", "cached_requests",
    "degraded_requests", "unpriced_requests",
)  # fmt: skip


def render_cost_csv(report: CostReport) -> str:
    """The report's figures under header lines that begin with "#".

    Money has all nine decimals. Text that a spreadsheet would run as a formula gets an apostrophe
    in front, which spreadsheets do not show.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerows(_head(report))
    writer.writerow(COLUMNS)
    writer.writerow(_row("total", "", report.total))
    writer.writerows(_row("day", day.day.isoformat(), day.sums) for day in report.days)
    for dimension in BREAKDOWNS:
        rows = report.by[dimension]
        writer.writerows(_row(dimension.value, row.values[dimension], row) for row in rows)
    return buffer.getvalue()


def _head(report: CostReport) -> Iterator[tuple[str, ...]]:
    first, last = report.days[0].day, report.days[-1].day
    yield "# Sluice cost report", ""
    yield "# days, both included", first.isoformat(), last.isoformat()
    yield "# zone of the days", report.zone
    yield "# range in UTC, end excluded", report.start.isoformat(), report.end.isoformat()
    if report.complete_up_to is not None:
        yield "# complete up to", report.complete_up_to.isoformat(timespec="seconds")
    yield "# traffic", *(source.value for source in report.sources)
    for dimension, values in report.where.items():
        yield f"# only {dimension.value}", *map(escape_formula, values)
    if report.is_at_least:
        yield "# at least", f"{report.total.unpriced_requests} requests have no known price"


def _row(part: str, name: str, sums: Rollup) -> tuple[str | int, ...]:
    return (
        part,
        escape_formula(name),
        _money(sums.cost_nano_usd),
        sums.requests,
        sums.input_tokens,
        sums.output_tokens,
        sums.cached_input_tokens,
        _money(sums.saved_nano_usd),
        _money(sums.retry_cost_nano_usd),
        _money(sums.fallback_cost_nano_usd),
        sums.cached_requests,
        sums.degraded_requests,
        sums.unpriced_requests,
    )


def _money(nano_usd: int) -> str:
    return f"{usd(nano_usd):.9f}"
