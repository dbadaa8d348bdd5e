"""What the reader had before them when they clicked."""

from __future__ import annotations

import streamlit as st


def seen_version(key: str, current: int) -> int:
    """The version that the run before this one drew: a click is about that one.

    The run that a click starts reads the state anew; without this, an operator who decided on an
    older state would overwrite a newer one unseen.
    """
    place = f"seen.{key}"
    seen: int = st.session_state.get(place, current)
    st.session_state[place] = current
    return seen
