"""Filters by several values, kept in the page's address, of choices known only after a read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import streamlit as st

from services.domain.ledger import Source
from services.domain.rollups import Dimension

NOTHING = "(none)"
"""How an empty value reads: nobody answered, no template was used."""

WIDTH = 145
NAMES = {
    Dimension.FEATURE: "Feature",
    Dimension.MODEL: "Model",
    Dimension.PROVIDER: "Provider",
    Dimension.APPLICATION: "Application",
}


TRAFFIC = {
    Source.APPLICATION: "Applications",
    Source.PLAYGROUND: "Playground",
    Source.SAMPLE: "Sample data",
}


def source_choice(prefix: str) -> Source:
    """Whose requests are shown; applications' unless the reader says otherwise."""
    names = {name: source for source, name in TRAFFIC.items()}
    chosen = st.selectbox(
        "Requests of", list(names), width=WIDTH, key=f"{prefix}_traffic", bind="query-params"
    )
    return names[chosen]


def shown_value(value: str) -> str:
    """A dimension's value as pages show it."""
    return value or NOTHING


def read_chosen(prefix: str, dimensions: Iterable[Dimension]) -> dict[Dimension, tuple[str, ...]]:
    """What is chosen now, before the boxes are drawn: their choices come with the figures."""
    chosen = {}
    for dimension in dimensions:
        key = _key(prefix, dimension)
        values = st.session_state.get(key)
        if values is None:
            values = st.query_params.get_all(key)
        chosen[dimension] = tuple("" if value == NOTHING else value for value in values)
    return chosen


def choice_boxes(
    prefix: str,
    chosen: Mapping[Dimension, tuple[str, ...]],
    choices: Mapping[Dimension, tuple[str, ...]],
) -> None:
    """Draw a box a dimension.

    A value stays chosen when the range has none of it: figures that are silently no longer
    filtered would be taken for filtered ones.
    """
    for dimension, values in chosen.items():
        known = dict.fromkeys([*choices.get(dimension, ()), *values])
        st.multiselect(
            NAMES[dimension],
            [shown_value(value) for value in known],
            key=_key(prefix, dimension),
            bind="query-params",
            accept_new_options=True,
            placeholder="All",
            width=WIDTH,
        )


def _key(prefix: str, dimension: Dimension) -> str:
    return f"{prefix}_{dimension.value}"
