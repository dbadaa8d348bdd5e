"""Cost: where does the money go, and will we overrun?"""

import streamlit as st

from console.components import day_range_bar, days_text, showing_errors
from console.components.cost_bar import choose_stack, cost_bar
from console.components.cost_parts import (
    ledger_badge,
    report_chart,
    report_figures,
    report_marks,
    report_tables,
    spend_cards,
)
from console.format import time_text
from console.session import require_page, sluice
from services.domain.costs import CostReport
from services.domain.identity import Actor, Permission
from services.domain.ledger import Source
from services.domain.periods import Period


def draw_tools(actor: Actor, report: CostReport) -> None:
    """What one can do with the figures: take them along, and have them proven."""
    zone = sluice().costs.find_zone(report.zone)
    with st.container(horizontal=True, vertical_alignment="center"):
        choose_stack()
        st.download_button(
            "CSV",
            lambda: sluice().costs.export_csv(actor, report),
            file_name=f"sluice-cost-{report.days[0].day}-{report.days[-1].day}.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            disabled=not actor.may(Permission.EXPORT),
        )
        pressed = st.button("Check against the ledger", icon=":material/fact_check:")
        draw_check(report, pressed=pressed)
        st.caption(f"Complete up to {time_text(report.complete_up_to, zone)}")


def draw_check(report: CostReport, *, pressed: bool) -> None:
    """Compare with the ledger's rows when asked, and keep the answer while the figures stand."""
    figures = (report.start, report.end, report.sources, tuple(report.where.items()))
    if pressed:
        found = sluice().costs.reconcile(report)
        st.session_state["cost.check"] = (figures, found, sluice().clock.now())
    check = st.session_state.get("cost.check")
    if check is not None and check[0] == figures:
        ledger_badge(*check[1:], sluice().costs.find_zone(report.zone))


def find_daily_budget(report: CostReport) -> int | None:
    """The daily budget where it is about the same requests as the report."""
    if report.where or report.sources != (Source.APPLICATION,):
        return None
    budgets = sluice().costs.budgets
    daily = (b for b in budgets if (b.scope, b.period) == ("global", Period.DAY))
    return next((budget.limit_nano_usd for budget in daily), None)


actor = require_page(Permission.VIEW, "Cost")
now, settings = sluice().clock.now(), sluice().settings
st.title("Cost")
spend_cards(sluice().costs.get_budgets(), now)
days = day_range_bar("cost", now, settings.zone)
with showing_errors():
    st.caption(days_text(days, now))
with showing_errors():
    report = cost_bar(
        lambda asked: sluice().costs.get_report(
            days.first, days.last, zone=days.zone,
            where=asked.where, sources=asked.sources, stack=asked.stack,
        )
    )  # fmt: skip
    report_figures(report)
    report_marks(report)
    draw_tools(actor, report)
    if report.total.requests:
        report_chart(report, find_daily_budget(report))
        report_tables(report)
    else:
        text = f"No requests match in {days.first} to {days.last}, {report.zone}."
        st.info(text, icon=":material/search_off:")
