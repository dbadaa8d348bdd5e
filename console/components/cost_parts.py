"""What the Cost page is made of: money cards, the report's figures, its chart and its tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

import pandas as pd
import streamlit as st

from console.charts import breakdown_chart, fold_small_series, mark_limit, stacked_cost_chart
from console.components.cards import pick_budget, state_card
from console.components.choices import NAMES, shown_value
from console.format import (
    count_text,
    escape_markdown,
    exact_money_text,
    money_text,
    percent_text,
)
from services.domain.budgets import BudgetView
from services.domain.costs import BREAKDOWNS, CostReport
from services.domain.ledger import Source
from services.domain.periods import Period
from services.domain.readings import Reading
from services.domain.rollups import Dimension, Reconciliation, Rollup

BUDGETS = (
    ("Spend today", "global", Period.DAY),
    ("Spend this month", "global", Period.MONTH),
    ("Playground today", "playground", Period.DAY),
)
LIMIT_FROM_SHARE = 0.4
"""The daily budget is drawn once a day reaches so much of it: above low bars it hides them."""


def spend_cards(budgets: Reading[tuple[BudgetView, ...]], now: datetime) -> None:
    """Draw what is spent of each budget, whatever the filters below say."""
    for column, (label, scope, period) in zip(st.columns(3, gap="small"), BUDGETS, strict=True):
        with column:
            _spend_card(label, pick_budget(budgets, scope, period), now)


def report_figures(report: CostReport) -> None:
    """Draw the report's total and what is in it."""
    total, label = report.total, "Total, at least" if report.is_at_least else "Total"
    figures = [
        (label, money_text(total.cost_nano_usd), exact_money_text(total.cost_nano_usd)),
        ("Requests", count_text(total.requests), f"{count_text(total.cached_requests)} from cache"),
        ("Per 1,000 requests", _per_thousand(total), "on average"),
        ("Saved by the cache", money_text(total.saved_nano_usd), "not in the total"),
        ("Retries", money_text(total.retry_cost_nano_usd), _share_of(total, "retry")),
        ("Fallbacks", money_text(total.fallback_cost_nano_usd), _share_of(total, "fallback")),
    ]
    with st.grid(6, min_column_width=140, gap="small"):
        for label, value, note in figures:
            st.metric(label, value, delta=note, delta_color="off", delta_arrow="off")


def report_marks(report: CostReport) -> None:
    """Say what a reader must know of the figures: unknown prices, mocks, invented traffic."""
    with st.container(horizontal=True):
        if report.is_at_least:
            _mark_unpriced(report)
        if report.mock_requests:
            # Samples are the mock's too, but carry the invented cost that is in the total.
            free = "" if Source.SAMPLE in report.sources else ", which costs nothing"
            text = f"{count_text(report.mock_requests)} answered by the mock{free}"
            st.badge(text, icon=":material/theater_comedy:", color="orange")
        if Source.SAMPLE in report.sources:
            sample = report.by_source.get(Source.SAMPLE)
            cost = money_text(sample.cost_nano_usd if sample else 0)
            text = f"with sample data: {cost} of the total is invented"
            st.badge(text, icon=":material/science:", color="orange")


def report_chart(report: CostReport, daily_budget_nano_usd: int | None) -> None:
    """Draw the days, stacked; a single day as its parts."""
    if len(report.days) == 1:
        rows = report.by[report.stack]
        parts = [(shown_value(r.values[report.stack]), r.cost_nano_usd) for r in rows]
        figure = breakdown_chart(parts[:12])
    else:
        series = {
            shown_value(name): [(day.day, day.cost_nano_usd) for day in days]
            for name, days in report.stacked.items()
        }
        figure = stacked_cost_chart(fold_small_series(series), f"US dollars a day, {report.zone}")
        highest = max(day.cost_nano_usd for day in report.days)
        if daily_budget_nano_usd and highest >= LIMIT_FROM_SHARE * daily_budget_nano_usd:
            text = f"daily budget {money_text(daily_budget_nano_usd)}"
            figure = mark_limit(figure, daily_budget_nano_usd, text)
    name = NAMES[report.stack].lower()
    st.plotly_chart(figure, config={"displayModeBar": False}, alt=f"Cost by day and {name}")


def report_tables(report: CostReport) -> None:
    """Draw the sums by the chosen dimension in full, and by the others in short."""
    others = [dimension for dimension in BREAKDOWNS if dimension is not report.stack]
    _draw_table(report.stack, breakdown_frame(report.stack, report.by[report.stack]))
    for column, dimension in zip(st.columns(len(others), gap="small"), others, strict=True):
        with column:
            frame = breakdown_frame(dimension, report.by[dimension])
            _draw_table(dimension, frame[[NAMES[dimension], "Cost", "Share"]])


def breakdown_frame(dimension: Dimension, rows: Sequence[Rollup]) -> pd.DataFrame:
    """Sums by a dimension as the table shows them, dearest first.

    Money is as people read it: every digit, which a column cuts without a sign, is in the CSV.
    """
    total = sum(row.cost_nano_usd for row in rows)
    columns = [
        NAMES[dimension], "Cost", "Share", "Requests", "Unpriced", "Input tokens", "Output tokens",
        "Retries", "Fallbacks", "From cache", "Saved",
    ]  # fmt: skip
    lines = [
        (
            shown_value(row.values[dimension]),
            cost_text(row),
            percent_text(row.cost_nano_usd / total) if total else "–",
            row.requests,
            row.unpriced_requests,
            row.input_tokens,
            row.output_tokens,
            money_text(row.retry_cost_nano_usd),
            money_text(row.fallback_cost_nano_usd),
            row.cached_requests,
            money_text(row.saved_nano_usd),
        )
        for row in rows
    ]
    return pd.DataFrame(lines, columns=columns)


def cost_text(sums: Rollup) -> str:
    """A cost; one that is not wholly known says so, and is never $0.00."""
    text = money_text(sums.cost_nano_usd)
    if not sums.unpriced_requests:
        return text
    return "unpriced" if sums.cost_nano_usd == 0 else f"≥ {text}"


def ledger_badge(check: Reconciliation, at: datetime, zone: tzinfo) -> None:
    """Draw the proof that the figures equal the ledger, or that they do not."""
    when = f"{at.astimezone(zone):%H:%M} {zone}"
    difference = exact_money_text(check.difference_nano_usd)
    if check.is_equal:
        text = f"equals the ledger: difference {difference} at {when}"
        st.badge(text, icon=":material/verified:", color="green")
        return
    requests = check.rollup_requests - check.ledger_requests
    st.error(
        f"The figures do not equal the ledger: difference {escape_markdown(difference)} and "
        f"{requests:+,} requests at {when}. Trust the ledger's rows, and report this as a defect.",
        icon=":material/error:",
    )


def _mark_unpriced(report: CostReport) -> None:
    models = [
        shown_value(row.values[Dimension.MODEL])
        for row in report.by[Dimension.MODEL]
        if row.unpriced_requests
    ]
    st.badge(
        f"Unpriced, total is at least this: {count_text(report.total.unpriced_requests)} requests "
        f"({escape_markdown(', '.join(models))})",
        icon=":material/money_off:",
        color="orange",
    )


def _draw_table(dimension: Dimension, frame: pd.DataFrame) -> None:
    st.dataframe(
        frame.style.format("{:,}", subset=frame.select_dtypes("number").columns),
        hide_index=True,
        height=min(38 + 35 * max(len(frame), 1), 320),
        alt=f"Cost by {NAMES[dimension].lower()}, dearest first",
    )


def _spend_card(label: str, reading: Reading[BudgetView], now: datetime) -> None:
    def alarm(view: BudgetView) -> str | None:
        if view.is_shadow:
            return f"in shadow, stops nobody: {_describe_budget(view)}"
        return f"{percent_text(view.share)} {_describe_budget(view)}" if view.is_warning else None

    state_card(
        label,
        reading,
        lambda view: money_text(view.spent_nano_usd),
        now=now,
        note=_describe_budget,
        alarm=alarm,
    )


def _describe_budget(view: BudgetView) -> str:
    held = f", {money_text(view.held_nano_usd)} held" if view.held_nano_usd else ""
    limit, end = money_text(view.budget.limit_nano_usd), money_text(view.forecast_nano_usd)
    return f"of {limit}{held}, ends near {end}"


def _per_thousand(total: Rollup) -> str:
    return money_text(total.cost_nano_usd * 1_000 // total.requests) if total.requests else "–"


def _share_of(total: Rollup, kind: str) -> str:
    part = total.retry_cost_nano_usd if kind == "retry" else total.fallback_cost_nano_usd
    return f"{percent_text(part / total.cost_nano_usd)} of it" if total.cost_nano_usd else "of it"
