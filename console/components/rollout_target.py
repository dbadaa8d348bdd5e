"""Where a rollout shall go, and what that changes for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from console.components.rollout_tables import subject_title
from console.format import escape_markdown, seconds_text
from console.gate_text import gate_lines
from services.domain.rollout import STAGES, Rollout, Stage
from services.domain.rollout_changes import Preview

MAXIMUM_NAMED = 50
_STAGES: tuple[Stage, ...] = tuple(Stage)


@dataclass(frozen=True, slots=True)
class Target:
    """What the operator has chosen, and the users they want to see it for."""

    stage: Stage
    percentage_bp: int
    users: tuple[str, ...]


def target_form(rollout: Rollout, turn: int) -> Target:
    """Ask for stage, percentage and users; nothing is changed by it.

    Args:
        turn: another one begins with the present stage and percentage again.
    """
    key = f"rollout.{rollout.subject}.{turn}"
    left, middle, right = st.columns([2, 2, 4], vertical_alignment="top")
    present = _STAGES.index(rollout.stage)
    stage = left.selectbox("Stage", _STAGES, index=present, key=f"{key}.stage") or rollout.stage
    is_present = stage is rollout.stage
    first_bp = rollout.percentage_bp if is_present else STAGES[stage].percentage_bp
    percentage = middle.number_input(
        "Share of users, %",
        min_value=0.0,
        max_value=100.0,
        value=first_bp / 100,
        step=1.0,
        format="%.2f",
        key=f"{key}.percentage.{stage}",
        help=f"Stage {stage} begins at {STAGES[stage].percentage_bp / 100:g}%.",
    )
    pasted = right.text_area(
        "User ids to try, one a line",
        height=68,
        key=f"rollout.{rollout.subject}.users",
        help="Who of them would be let in or out. Nothing is stored.",
    )
    users = tuple(dict.fromkeys(line.strip() for line in pasted.splitlines() if line.strip()))
    return Target(stage, round(percentage * 100), users)


def draw_preview(preview: Preview) -> None:
    """The share in force before and after, and which of the users gain or lose access."""
    before, after = preview.effective_before_bp / 100, preview.effective_after_bp / 100
    st.markdown(f"Share of users in force: **{before:g}%** → **{after:g}%**")
    if preview.users:
        same = preview.users - len(preview.added.keys() | preview.removed.keys())
        st.markdown(
            f"Of {preview.users} users: :material/login: **{len(preview.added)}** gain access"
            f"{_names(preview.added)} · :material/logout: **{len(preview.removed)}** lose access"
            f"{_names(preview.removed)} · {same} as before. Each feature lets in other users."
        )


def consequences(rollout: Rollout, preview: Preview) -> tuple[str, ...]:
    """What setting the target does and overrides; nothing when it is where it stands."""
    after = preview.after
    if (after.stage, after.percentage_bp) == (rollout.stage, rollout.percentage_bp):
        return ()
    name = escape_markdown(subject_title(rollout.subject))
    sentence = (
        f"**{name}** goes from {rollout.stage} {rollout.percentage:g}% to "
        f"**{after.stage} {after.percentage:g}%**, on every instance within a second."
    )
    gate = () if preview.gate is None else tuple(gate_lines(rollout.stage, preview.gate))
    return (sentence, *_stay_warning(rollout, preview), *gate)


def _stay_warning(rollout: Rollout, preview: Preview) -> tuple[str, ...]:
    if not preview.overridden_stay:
        return ()
    days = STAGES[rollout.stage].minimum_stay.days
    left = seconds_text(preview.overridden_stay.total_seconds())
    text = f"{escape_markdown(rollout.stage)} was to last {days} days; {left} to go"
    warning = f"{text}: this is an override and is recorded as one."
    return (f":orange-background[:material/warning: {warning}]",)


def _names(users: Mapping[str, Sequence[str]]) -> str:
    if not users:
        return ""
    shown = list(users.items())[:MAXIMUM_NAMED]
    named = "; ".join(
        f"{escape_markdown(user)}: {', '.join(map(escape_markdown, features))}"
        for user, features in shown
    )
    more = len(users) - len(shown)
    return f" ({named}{f' and {more} more' if more > 0 else ''})"
