"""Overview: are we OK, what does it cost, and what changed?"""

from datetime import datetime
from typing import Any

import streamlit as st

from console.banner import link_kill_switch
from console.components import (
    budget_card,
    changes_list,
    control_card,
    error_card,
    exhausted_card,
    first_steps,
    latency_card,
    mock_badge,
    request_card,
    sample_panel,
)
from console.format import age_text, clock_text
from console.session import require_page, sluice
from console.verdict import BudgetFact, Facts, assess, draw_verdict
from services.domain.identity import Actor, Permission
from services.domain.periods import Period
from services.domain.readings import Reading

PERIODS = {Period.DAY: "today", Period.MONTH: "this month"}


@st.fragment(run_every=10)
def draw_board(actor: Actor) -> None:
    """Draw everything; it refreshes itself, as nobody types here."""
    status = sluice().status.get_status(actor)
    now = status.taken_at
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title("Overview", width="content")
        if status.is_mock:
            mock_badge()
        draw_age(status.traffic, now)
    draw_verdict(assess(gather_facts(status)))
    if status.kills:
        link_kill_switch()
    exhausted_card(status.exhausted, status.lasting_refusals, now, sluice().settings.zone)
    left, right = st.columns([7, 3], gap="small")
    with left, st.grid(3, min_column_width=160, row_height=190, gap="small"):
        control_card(status)
        for period, name in PERIODS.items():
            budget_card(f"Spend {name}", period, status.budgets, now)
        error_card(status.traffic, now)
        latency_card(status.traffic, now)
        request_card(status.traffic, now)
    with right, st.container(border=True, height=396):
        st.markdown("**What changed**")
        changes_list(status.changes, now)
    if status.traffic.value is None and status.traffic.problem is None:
        first_steps(sluice().settings.own_url)


def gather_facts(status: Any) -> Facts:
    """What the verdict is about."""
    traffic = status.traffic.value
    spent = {each.limit for each in status.exhausted}
    return Facts(
        kills=status.kills,
        breakers=status.routed_breakers,
        budgets=[
            BudgetFact(
                PERIODS[v.budget.period],
                v.share,
                v.forecast_share,
                v.alert_share,
                v.budget.name in spent,
                v.is_shadow,
            )
            for v in status.budgets.value or ()
            if v.budget.scope == "global"
        ],
        ledger_problem=status.traffic.problem or status.budgets.problem,
        quality=traffic.quality if traffic else None,
        exhausted=status.exhausted,
        refusals=status.lasting_refusals,
        counters_problem=status.caps.problem,
    )


def draw_age(traffic: Reading[Any], now: datetime) -> None:
    """How old the figures are."""
    zone = sluice().settings.zone
    if traffic.as_of is None:
        st.caption(":material/cloud_off: the ledger does not answer")
    else:
        at = clock_text(traffic.as_of, zone)
        st.caption(f"ledger complete up to {at} {zone}, {age_text(traffic.as_of, now)}")


actor = require_page(Permission.VIEW, "Overview")
draw_board(actor)
sample_panel(actor)
