"""Change a rollout: choose a target and see what it does, switch a feature, return to mock."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from console.components.danger import Danger, danger_panel
from console.components.rollout_tables import subject_title
from console.components.rollout_target import consequences, draw_preview, target_form
from console.format import escape_markdown
from services.bootstrap import Sluice
from services.domain.identity import Actor
from services.domain.rollout import Rollout
from services.domain.rollout_changes import RolloutChange


def change_target(
    sluice: Sluice, actor: Actor, rollout: Rollout, *, seen: int, blocked: str | None
) -> None:
    """Choose a stage and percentage, see what they change, set them.

    Args:
        seen: the version that the operator had before them.
        blocked: why it cannot be changed now.
    """
    subject, turn_key = rollout.subject, f"rollout.{rollout.subject}.turn"
    target = target_form(rollout, st.session_state.get(turn_key, 0))
    stage, bp = target.stage, target.percentage_bp
    preview = sluice.rollouts.preview(subject, target.users, stage=stage, percentage_bp=bp)
    draw_preview(preview)
    sentences = consequences(rollout, preview)
    if not sentences:
        blocked = blocked or "This is where it stands: choose another stage or share."

    def run(reason: str) -> RolloutChange:
        change = sluice.rollouts.set_target(
            actor, subject, reason=reason, stage=stage, percentage_bp=bp, seen_version=seen
        )
        st.session_state[turn_key] = st.session_state.get(turn_key, 0) + 1
        return change

    danger = Danger(
        "Let more people in" if preview.is_raise else "Set",
        sentences,
        word="RAISE" if preview.is_raise else None,
        blocked=blocked,
        icon="stairs",
    )
    _ask(f"rollout.{subject}", danger, run)


def switch_feature(
    sluice: Sluice, actor: Actor, rollout: Rollout, *, seen: int, blocked: str | None
) -> None:
    """Switch a feature off, or on again."""
    on = rollout.is_enabled
    off_effect = "Nobody is let in to it any more, staff neither."
    danger = Danger(
        f"Switch {'off' if on else 'on'}",
        (off_effect if on else "It is open again, as far as its stage and the ceiling let in.",),
        word=None if on else "ON",
        blocked=blocked,
        icon="toggle_off" if on else "toggle_on",
    )

    def run(reason: str) -> RolloutChange:
        return sluice.rollouts.set_enabled(
            actor, rollout.subject, enabled=not on, reason=reason, seen_version=seen
        )

    _ask(f"switch.{rollout.subject}", danger, run)


def return_to_mock(sluice: Sluice, actor: Actor, blocked: str | None) -> None:
    """Nobody is let in, and nothing is called that costs or reaches out."""
    danger = Danger(
        "Return to mock",
        (
            "The ceiling goes to **disabled, 0%**: nobody is let in, staff neither.",
            "The primary provider becomes **mock**: answers are invented, no provider is called.",
            "Every instance does so within a second, without a restart.",
        ),
        word="MOCK",
        blocked=blocked,
        icon="theater_comedy",
    )
    _ask("mock", danger, lambda reason: sluice.rollouts.return_to_mock(actor, reason))


def _ask(key: str, danger: Danger, run: Callable[[str], RolloutChange]) -> None:
    # Above the form: what stands below it may be out of sight.
    place = st.container()
    change = danger_panel(key, danger, run)
    if change is None:
        return
    before, after = change.previous, change.current
    note = f" {escape_markdown(change.note)}." if change.note else ""
    place.success(
        f"**{escape_markdown(subject_title(after.subject))}**: {_place(before)} → "
        f"**{_place(after)}**, control state revision {change.revision}.{note}",
        icon=":material/fact_check:",
    )


def _place(rollout: Rollout) -> str:
    off = "" if rollout.is_enabled else ", off"
    return f"{rollout.stage} {rollout.percentage:g}%{off}"
