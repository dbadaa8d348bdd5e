"""Overview: are we OK, what does it cost, and what changed?"""

from datetime import datetime
from typing import Any

import streamlit as st

from console.components import (
    changes_list,
    even_trend,
    first_steps,
    mock_badge,
    pick_reading,
    state_card,
)
from console.format import clock_text, count_text, milliseconds_text, money_text, percent_text
from console.session import require_page, sluice
from console.verdict import BudgetFact, Facts, assess, draw_verdict
from services.domain.budgets import Period
from services.domain.identity import Permission
from services.domain.readings import Reading

PERIODS = {Period.DAY: "today", Period.MONTH: "this month"}


@st.fragment(run_every=10)
def draw_board() -> None:
    """Draw everything; it refreshes itself, as nobody types here."""
    status = sluice().status.get_status()
    traffic, now = status.traffic.value, status.taken_at
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title("Overview")
        if status.is_mock:
            mock_badge()
        st.caption(f"As of {clock_text(now, sluice().settings.zone)} {sluice().settings.zone}")
    facts = Facts(
        kills=status.kills,
        breakers=status.breakers,
        budgets=[
            BudgetFact(PERIODS[v.budget.period], v.share, v.forecast_share, v.alert_share)
            for v in status.budgets.value or ()
            if v.budget.scope == "global"
        ],
        ledger_problem=status.traffic.problem or status.budgets.problem,
        requests=traffic and traffic.requests,
        error_rate=traffic and traffic.error_rate,
        p95_ms=traffic and traffic.p95_ms,
    )
    draw_verdict(assess(facts))
    left, right = st.columns([7, 3], gap="small")
    with left, st.grid(3, min_column_width=160, row_height=160, gap="small"):
        draw_control(status)
        for period, name in PERIODS.items():
            draw_spend(name, period, status.budgets, now)
        draw_traffic(status.traffic, now)
    with right, st.container(border=True, height=336):
        st.markdown("**What changed**")
        changes_list(status.changes, now)
    if traffic is None and status.traffic.problem is None:
        settings = sluice().settings
        first_steps(f"http://{settings.host}:{settings.port}", status.primary.split("/", 1)[1])


def draw_control(status: Any) -> None:
    """Whether AI runs, and for whom."""
    ceiling, stopped = status.ceiling, [kill.scope for kill in status.kills]
    st.metric(
        "AI",
        "Stopped" if "all" in stopped else "Partly stopped" if stopped else "Running",
        delta=f"{ceiling.stage}, {ceiling.percentage:g}% of users",
        delta_color="red" if stopped else "gray",
        delta_arrow="off",
        icon=":material/front_hand:" if stopped else ":material/play_circle:",
        help=f"The primary model is {status.primary}. Control state revision {status.revision}.",
        border=True,
        height="stretch",
    )


def draw_spend(name: str, period: Period, budgets: Reading[tuple[Any, ...]], now: datetime) -> None:
    """Money spent in a period against its budget, with what it will be at its end."""

    def find(views: tuple[Any, ...]) -> Any:
        wanted = ("global", period)
        return next((v for v in views if (v.budget.scope, v.budget.period) == wanted), None)

    state_card(
        f"Spend {name}",
        pick_reading(budgets, find, lambda view: view.spent_nano_usd == 0),
        lambda view: money_text(view.spent_nano_usd),
        now=now,
        note=lambda view: (
            f"of {money_text(view.budget.limit_nano_usd)}, "
            f"ends near {money_text(view.forecast_nano_usd)}"
        ),
        alarm=lambda view: f"{percent_text(view.share)} of budget" if view.is_warning else None,
    )


def draw_traffic(traffic: Reading[Any], now: datetime) -> None:
    """Errors, latency and requests of the last 24 hours, with their course."""
    state_card(
        "Errors, 24 h",
        pick_reading(
            traffic, lambda t: None if t.error_rate is None else t, lambda t: t.errors == 0
        ),
        lambda t: percent_text(t.error_rate),
        now=now,
        note=lambda t: f"{count_text(t.errors)} failed, {count_text(t.refused)} refused",
        trend=lambda t: even_trend([(at, bad) for at, _, bad, _ in t.series]),
    )
    state_card(
        "P95 latency, 24 h",
        pick_reading(traffic, lambda t: t.p95_ms),
        milliseconds_text,
        now=now,
    )
    state_card(
        "Requests, 24 h",
        pick_reading(traffic, lambda t: t, lambda t: t.requests == 0),
        lambda t: count_text(t.requests),
        now=now,
        note=lambda t: f"{count_text(t.cached)} from cache",
        trend=lambda t: even_trend([(at, n) for at, n, _, _ in t.series]),
    )


require_page(Permission.VIEW, "Overview")
draw_board()
