"""Playground: one prompt on several models side by side."""

from typing import Any

import streamlit as st

from console.components import error_box, once, run_columns
from console.components.call_code import call_code
from console.components.run_form import choose_prompt, choose_targets
from console.estimate import estimate_text
from console.session import current_actor, require_page, sluice
from services.domain.calls import Candidate
from services.domain.errors import SluiceError
from services.domain.identity import Actor, Permission
from services.domain.playground import RunView


def find_run(actor: Actor) -> RunView | None:
    """The run that the address names; None when it names none, or one that is gone."""
    run_id = st.query_params.get("run")
    try:
        return sluice().playground.get_run(actor, run_id) if run_id else None
    except SluiceError as error:
        error_box(error)
        return None


def draw_buttons(
    actor: Actor, prompt: dict[str, Any], targets: list[Candidate], gap: str | None
) -> None:
    """Run and Stop, what running costs or what keeps it from starting, and the run itself."""
    starts = once("playground.run")
    if starts.outcome:
        st.query_params["run"] = starts.outcome
    turn, run = starts.turn, find_run(actor)
    is_running = run is not None and not run.is_done
    gap = "wait for the run to end, or stop it" if is_running else gap
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(
            "Run", key=f"run.{turn}", type="primary", icon=":material/play_arrow:",
            disabled=gap is not None, shortcut="Ctrl+Enter",
        )  # fmt: skip
        if st.button("Stop", icon=":material/stop:", disabled=not is_running):
            sluice().playground.stop_run(actor, run.id)
        if gap is None:
            guess = estimate_text(sluice().live.snapshot, prompt, targets)
            st.caption(f"{guess}; billed to the playground's own budget")
        else:
            st.caption(f":material/info: To run, {gap}.")
    if pressed and gap is None:
        start = sluice().playground.start_run
        starts.take(turn, lambda: start(actor, targets=targets, **prompt))
        st.rerun()
    if starts.problem:
        error_box(starts.problem)
    if run is not None:
        draw_run(run)


def draw_run(run: RunView) -> None:
    """The run as the server has it; the timer ends with the run."""
    as_text = st.toggle("Show answers letter by letter", key="playground_text")

    @st.fragment(run_every=None if run.is_done else 0.4)
    def draw_columns() -> None:
        now = sluice().playground.get_run(current_actor(), run.id)
        run_columns(now.columns, as_text=as_text)
        if now.is_done and not run.is_done:
            st.rerun()

    draw_columns()


actor = require_page(Permission.USE_PLAYGROUND, "Playground")
st.title("Playground")
left, right = st.columns(2, gap="medium")
prompt, gap = choose_prompt(sluice(), left, right)
targets, missing = choose_targets(sluice(), left)
draw_buttons(actor, prompt, targets, gap or missing)
if missing is None and gap is None:
    call_code(sluice(), prompt, targets)
