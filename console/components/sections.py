"""The parts of a page; only the open one is drawn, and the address names it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st


def section_bar(prefix: str, titles: Sequence[str]) -> str:
    """Let the reader choose a part of the page, at first the first one; returns its title.

    Args:
        prefix: the page's own, for its parameter in the address.
    """
    chosen = st.segmented_control(
        "Part of this page",
        titles,
        default=titles[0],
        required=True,
        key=f"{prefix}_part",
        bind="query-params",
        label_visibility="collapsed",
    )
    return chosen or titles[0]
