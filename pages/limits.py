"""Limits: who is blocked, what is left of caps and limits, and what did they refuse?"""

import streamlit as st

from console.components.limit_tables import block_section, cap_table
from console.components.limits_in_force import limit_notes, limit_rows, limit_table, provider_rows
from console.format import clock_text
from console.session import require_page, sluice
from services.domain.identity import Permission

actor = require_page(Permission.VIEW, "Limits")
zone, snapshot, now = sluice().settings.zone, sluice().live.snapshot, sluice().clock.now()
with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Limits", width="content")
    st.caption(f"As of {clock_text(now, zone)} {zone}")
refusals, use = sluice().limits.get_refusals(actor), sluice().limits.get_use(actor)
near = sluice().limits.get_near(actor)
block_section(sluice(), actor)
cap_table(sluice().limits.get_caps(actor), refusals, zone)
st.subheader("Limits in force")
budgets = (*snapshot.budgets, snapshot.playground_budget)
rows = [*limit_rows(snapshot.limits, budgets), *provider_rows(snapshot.provider_limits)]
limit_notes(use, near, refusals, now, zone)
limit_table(rows, snapshot.limits.shadow, use, near, refusals)
