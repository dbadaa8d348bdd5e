"""Access: who may sign in, which applications may call, who is signed in now."""

import streamlit as st

from console.components import showing_errors
from console.components.api_keys import keys_section
from console.components.people import people_section
from console.components.sections import section_bar
from console.components.sessions import sessions_section
from console.session import require_page, sluice
from services.domain.identity import Permission

PARTS = {
    "API keys": keys_section,
    "Accounts": people_section,
    "Sessions": sessions_section,
}

actor = require_page(Permission.MANAGE_ACCESS, "Access")
st.title("Access")
draw_part = PARTS[section_bar("access", list(PARTS))]
with showing_errors():
    draw_part(sluice(), actor)
