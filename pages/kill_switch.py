"""Kill switch: stop AI now, see that every instance obeyed, let it run again."""

from typing import Any

import streamlit as st

from console.components import Danger, blocked_by, danger_panel
from console.components.kill_parts import choose_scope, draw_places, draw_release
from console.components.kill_watch import kill_watch
from console.format import age_text, escape_markdown
from console.kill_text import effect_text, proof_text, scope_text
from console.session import require_page, sluice
from services.domain.identity import Actor, Permission
from services.domain.kill import KillEntry
from services.domain.kill_proofs import KillProof


def draw_stop(actor: Actor, results: list[Any]) -> None:
    """The way to stop, its button outside every fragment so that it waits for nothing."""
    kind, scope = choose_scope(sluice().live.snapshot.scope_names)
    gap = None if scope else f"Choose the {kind} first."
    danger = Danger(
        "Stop now",
        (effect_text(scope),) if scope else (),
        word="STOP",
        blocked=blocked_by(actor, Permission.KILL) or gap,
        icon="front_hand",
    )
    pull = sluice().kill_switch.pull
    danger_panel("kill", danger, lambda reason: results.append(pull(actor, scope or "", reason)))


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
        proof = sluice().kill_switch.get_proof(result.entry)
        draw_release(result.entry, proof, sluice().clock.now())


actor = require_page(Permission.VIEW, "Kill switch")
st.title("Kill switch")
results: list[Any] = st.session_state.setdefault("kill.results", [])
drawn_at, state = sluice().clock.now(), sluice().kill_switch.get_state()
kill_watch(sluice(), [entry for entry, _ in state.active], state.released, drawn_at)
if results:
    draw_result(results[-1])
for entry, proof in state.active:
    draw_stopped(actor, entry, proof, results)
st.subheader("Stop")
draw_stop(actor, results)
draw_places(state.places)
