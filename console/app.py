"""The script Streamlit runs for every page: who is here, where they may go, what is wrong."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from console.banner import draw_kill_banner, draw_ledger_banner
from console.components import wait_for_actions
from console.navigation import build_navigation
from console.session import current_actor, sluice
from services.domain.identity import Actor

HERE = Path(__file__).parent
SIDEBAR_PIXELS = 220
# The Overview, at the root, and the Kill switch tell of a stop themselves.
SAY_IT_THEMSELVES = {"", "kill_switch"}


def draw_account(actor: Actor) -> None:
    """Who is signed in, and the way out."""
    with st.sidebar:
        st.caption(f"Signed in as **{actor.name}**, role {actor.role}")
        st.markdown('<a href="/auth/sign-out" target="_self">Sign out</a>', unsafe_allow_html=True)


# Pictures of our own: Streamlit's icons and emoji would be fetched from elsewhere as favicons.
st.set_page_config(
    page_title="Sluice",
    page_icon=str(HERE / "icon.svg"),
    layout="wide",
    initial_sidebar_state=SIDEBAR_PIXELS,
)
st.logo(str(HERE / "logo.svg"), size="large", icon_image=str(HERE / "icon.svg"))
actor = current_actor()
wait_for_actions()
page = build_navigation(actor)
draw_account(actor)
banner = st.container()
if page.url_path not in SAY_IT_THEMSELVES:
    with banner:
        draw_kill_banner(sluice())
page.run()
# Last, so that a ledger that does not answer never keeps a page waiting.
with banner:
    draw_ledger_banner(sluice())
