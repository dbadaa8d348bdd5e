"""What the Kill switch page is made of besides its buttons: the scope, read-backs, the places."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from console.format import age_text, escape_markdown
from console.kill_text import KINDS, place_text, proof_text, scope_text
from services.domain.kill import ALL, KillEntry
from services.domain.kill_proofs import KillProof


def choose_scope(names_of: Callable[[str], Sequence[str]]) -> tuple[str, str | None]:
    """What to stop: its kind, everything unless the reader says otherwise, and its scope.

    Which feature, provider or model is not chosen beforehand, and the scope None until it is: in a
    hurry the first name of the list would be stopped for the right one.

    Args:
        names_of: what there is of a kind of scope.
    """
    with st.container(horizontal=True, vertical_alignment="top"):
        kind = st.radio(
            "Stop what?", list(KINDS), format_func=KINDS.__getitem__, horizontal=True, width=460
        )
        if kind == ALL:
            return ALL, ALL
        name = st.selectbox(
            "Which one?", names_of(kind), index=None, placeholder=f"Choose a {kind}", width=340
        )
    return kind, f"{kind}:{name}" if name else None


def draw_release(entry: KillEntry, proof: KillProof, now: datetime) -> None:
    """Read back a release; a stop is read back where the stopped scope stands."""
    draw = st.success if proof.is_complete else st.warning
    when = age_text(entry.at, now)
    draw(
        f"**{scope_text(entry.scope)}** released {when}: {proof_text(proof)}.",
        icon=":material/fact_check:",
    )


def draw_running(released: Sequence[KillEntry], now: datetime) -> None:
    """Say that nothing is stopped, and when something last was."""
    text = "the switch was never used here"
    if released:
        when = age_text(released[0].at, now)
        text = f"last released by {escape_markdown(released[0].actor)} {when}"
    st.markdown(f":material/play_circle: **AI runs**; {text}.")


def draw_places(places: Iterable[Any]) -> None:
    """Where the register is kept, what each place is for and whether it answers."""
    st.caption(
        "The switch is written to all of these places at once; one is enough to stop. Instances "
        "obey whichever says stop."
    )
    for place in sorted(places, key=lambda place: str(place.place)):
        icon = ":material/check:" if place.has_answered else ":red[:material/cloud_off:]"
        text = escape_markdown(place_text(place.place, place.problem))
        st.caption(f"{icon} **{place.place}** {text}")
