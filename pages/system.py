"""System: is the console telling the truth? Sources, instances, journal, settings, versions."""

from datetime import datetime
from typing import Any

import streamlit as st

from console.components import sample_section, state_card
from console.components.system_tables import (
    instance_table,
    provider_table,
    settings_table,
    version_table,
)
from console.format import age_text, count_text, time_text
from console.session import require_page, sluice
from services.domain.identity import Permission


def draw_cards(view: Any, now: datetime) -> None:
    """Each source with the age of its data, and what waits to get into SQL."""
    with st.grid(4, min_column_width=200, gap="small"):
        for source in view.sources:
            state_card(source.name.capitalize(), source.reading, str, now=now)
        oldest = view.journal_oldest_at
        st.metric(
            "Journal",
            f"{count_text(view.journal_records)} records",
            delta=f"oldest {age_text(oldest, now)}" if oldest else "all of it is in SQL",
            delta_color="gray",
            delta_arrow="off",
            icon=":material/inventory_2:",
            help="Records on this instance's disk that SQL does not have yet.",
            border=True,
        )
        st.metric(
            "Control state here",
            f"revision {view.applied_revision}",
            delta="what this instance acts on",
            delta_color="gray",
            delta_arrow="off",
            icon=":material/tune:",
            border=True,
        )
        st.metric(
            "Limits in shadow",
            count_text(len(view.shadow_limits)),
            delta=", ".join(view.shadow_limits) or "every limit is enforced",
            delta_color="red" if view.shadow_limits else "gray",
            delta_arrow="off",
            icon=":material/visibility:",
            help="Counted and reported (ai_limit_shadow_refusals_total), but they refuse nobody: "
            "AI_SHADOW_LIMITS.",
            border=True,
        )


actor = require_page(Permission.VIEW_SYSTEM, "System")
view = sluice().system.get_view(actor)
st.title("System")
st.caption(f"As of {time_text(view.taken_at, sluice().settings.zone)}")
draw_cards(view, view.taken_at)
instance_table(view.instances, view.applied_revision, view.taken_at)
provider_table(view.providers, view.route)
settings_table(view.settings)
version_table(view.versions)
sample_section(actor)
