"""Limits: who is blocked, what is left of the caps, and what may be called how often?"""

import streamlit as st

from console.components.limit_tables import block_section, cap_table, limit_table
from console.format import clock_text
from console.session import require_page, sluice
from services.domain.identity import Permission

actor = require_page(Permission.VIEW, "Limits")
zone, snapshot = sluice().settings.zone, sluice().live.snapshot
with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Limits", width="content")
    st.caption(f"As of {clock_text(sluice().clock.now(), zone)} {zone}")
block_section(sluice(), actor)
cap_table(sluice().limits.get_caps(actor), zone)
limit_table(snapshot.limits, snapshot.provider_limits)
