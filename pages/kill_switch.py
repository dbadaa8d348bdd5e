"""Kill switch: stop AI now, see that every instance obeyed, let it run again."""

from typing import Any

import streamlit as st

from console.components import Danger, blocked_by, danger_panel
from console.format import age_text, escape_markdown
from console.kill_text import KINDS, effect_text, place_text, proof_text, scope_text
from console.session import require_page, sluice
from services.domain.identity import Actor, Permission
from services.domain.kill import ALL, KillEntry
from services.domain.kill_proofs import KillProof


def choose_scope() -> str:
    """What to stop: everything, unless the reader says otherwise."""
    with st.container(horizontal=True, vertical_alignment="top"):
        kind = st.radio(
            "Stop what?", list(KINDS), format_func=KINDS.__getitem__, horizontal=True, width=460
        )
        if kind == ALL:
            return ALL
        name = st.selectbox("Which one?", sluice().live.snapshot.scope_names(kind), width=340)
    return f"{kind}:{name}"


def draw_stop(actor: Actor, results: list[Any]) -> None:
    """The way to stop, its button outside every fragment so that it waits for nothing."""
    scope = choose_scope()
    danger = Danger(
        "Stop now",
        (effect_text(scope),),
        word="STOP",
        blocked=blocked_by(actor, Permission.KILL),
        icon="front_hand",
    )
    pull = sluice().kill_switch.pull
    danger_panel("kill", danger, lambda reason: results.append(pull(actor, scope, reason)))


def draw_stopped(actor: Actor, entry: KillEntry, proof: KillProof, results: list[Any]) -> None:
    """One thing that is stopped: who, why, the proof, and the way to let it run again."""
    with st.container(border=True):
        st.error(
            f"**{scope_text(entry.scope)}** stopped by {escape_markdown(entry.actor)} "
            f"{age_text(entry.at, sluice().clock.now())}: {escape_markdown(entry.reason)}",
            icon=":material/front_hand:",
        )
        if proof.is_complete:
            st.caption(f":material/fact_check: Stop {proof_text(proof)}.")
        else:
            st.warning(f"Stop {proof_text(proof)}.", icon=":material/fact_check:")
        danger = Danger(
            "Let it run again",
            ("Calls are let in again as the rollout says, on every instance at once.",),
            word="RELEASE",
            blocked=blocked_by(actor, Permission.RELEASE_KILL),
            icon="play_arrow",
        )
        release = sluice().kill_switch.release
        danger_panel(
            f"release.{entry.scope}",
            danger,
            lambda reason: results.append(release(actor, entry.scope, reason)),
        )


def draw_result(result: Any) -> None:
    """Say what the last action did other than meant, and read back a release."""
    if result.warning:
        draw = st.info if result.entry is None else st.error
        draw(escape_markdown(result.warning), icon=":material/warning:")
    if result.entry is not None and not result.entry.is_active:
        draw_release(result.entry)


def draw_release(entry: KillEntry) -> None:
    """Read back a release; a stop is read back where the stopped scope stands."""
    proof = sluice().kill_switch.get_proof(entry)
    draw = st.success if proof.is_complete else st.warning
    when = age_text(entry.at, sluice().clock.now())
    draw(
        f"**{scope_text(entry.scope)}** released {when}: {proof_text(proof)}.",
        icon=":material/fact_check:",
    )


def draw_running(released: tuple[KillEntry, ...]) -> None:
    """Say that nothing is stopped, and when something last was."""
    text = "the switch was never used here"
    if released:
        when = age_text(released[0].at, sluice().clock.now())
        text = f"last released by {escape_markdown(released[0].actor)} {when}"
    st.markdown(f":material/play_circle: **AI runs**; {text}.")


def draw_places(state: Any) -> None:
    """Where the register is kept, what each place is for and whether it answers."""
    st.caption(
        "The switch is written to all of these places at once; one is enough to stop. Instances "
        "obey whichever says stop."
    )
    for place in sorted(state.places, key=lambda place: str(place.place)):
        icon = ":material/check:" if place.has_answered else ":red[:material/cloud_off:]"
        text = escape_markdown(place_text(place.place, place.problem))
        st.caption(f"{icon} **{place.place}** {text}")


actor = require_page(Permission.VIEW, "Kill switch")
st.title("Kill switch")
results: list[Any] = st.session_state.setdefault("kill.results", [])
state = sluice().kill_switch.get_state()
if results:
    draw_result(results[-1])
if not state.active:
    draw_running(state.released)
for entry, proof in state.active:
    draw_stopped(actor, entry, proof, results)
st.subheader("Stop")
draw_stop(actor, results)
draw_places(state)
