"""Rollout: who gets AI, how far each feature is released, and steering both."""

import streamlit as st

from console.components import blocked_by, error_box, paged, showing_errors
from console.components.audit_log import event_detail, event_table
from console.components.rollout_change import change_target, return_to_mock, switch_feature
from console.components.rollout_tables import (
    access_box,
    evidence_line,
    rollout_table,
    stage_ladder,
    subject_title,
)
from console.components.sections import section_bar
from console.seen import seen_version
from console.session import require_page, sluice
from services.domain.audit import AuditFilter
from services.domain.errors import SourceDown
from services.domain.identity import Actor, Permission
from services.domain.rollout import CEILING
from services.domain.rollout_access import Subject
from services.domain.snapshot import ControlState


def read_state() -> tuple[ControlState, str | None]:
    """The stored state; while SQL is down what this instance acts on, and why it cannot change."""
    try:
        return sluice().rollouts.get_state(), None
    except SourceDown as error:
        error_box(error)
        return sluice().live.snapshot.control, "SQL does not answer: nothing can be changed now."


def draw_change(actor: Actor, state: ControlState, blocked: str | None) -> None:
    """The stages of one rollout, and the way to another place on them."""
    subject = st.selectbox(
        "What to change",
        [CEILING, *sorted(state.features)],
        format_func=subject_title,
        key="rollout_subject",
        bind="query-params",
        width=340,
    )
    rollout = state.ceiling if subject == CEILING else state.features[subject]
    seen = seen_version(f"rollout.{subject}", rollout.version)
    with showing_errors():
        change_target(sluice(), actor, rollout, seen=seen, blocked=blocked)
    if subject != CEILING:
        switch_feature(sluice(), actor, rollout, seen=seen, blocked=blocked)
    now = sluice().clock.now()
    stage_ladder(rollout, now)
    evidence_line(sluice().evidence.get_stage_evidence(rollout), now)


def draw_who(state: ControlState) -> None:
    """Ask for a user as a call would name them; nothing of it is stored."""
    with st.container(horizontal=True, vertical_alignment="top"):
        names = sorted(state.features, key=lambda name: (not state.features[name].is_enabled, name))
        feature = st.selectbox("Feature", names, key="who_feature", width=240)
        user = st.text_input("User id", key="who_user", width=240)
        role = st.text_input("Role", key="who_role", placeholder="admin, staff, …", width=160)
        segments = st.text_input("Segments, comma-separated", key="who_segments", width=240)
    names = frozenset(name.strip() for name in segments.split(",") if name.strip())
    subject = Subject(user.strip() or None, role.strip() or None, names)
    with showing_errors():
        access = sluice().rollouts.explain_access(feature, subject)
        access_box(access, sluice().live.register.blocking(feature))


def draw_history(actor: Actor) -> None:
    """What was changed, by whom and why."""
    if not actor.may(Permission.VIEW_AUDIT):
        st.info(f"{blocked_by(actor, Permission.VIEW_AUDIT)}", icon=":material/lock:")
        return
    zone, where = sluice().settings.zone, AuditFilter(action_prefixes=("rollout.", "feature."))
    picked = []
    with showing_errors():
        paged(
            "rollout.history",
            where,
            lambda cursor: sluice().audit.list_events(actor, where, cursor),
            lambda page: picked.append(event_table("rollout.events", page.rows, zone)),
        )
    if picked and picked[0] is not None:
        event_detail(picked[0], zone)


actor = require_page(Permission.VIEW, "Rollout")
st.title("Rollout")
state, problem = read_state()
blocked = problem or blocked_by(actor, Permission.CHANGE_ROLLOUT)
features = [state.features[name] for name in sorted(state.features)]
rollout_table(state.ceiling, features, sluice().live.register, sluice().clock.now())
parts = {
    "Change a rollout": lambda: draw_change(actor, state, blocked),
    "Who gets in": lambda: draw_who(state),
    "History": lambda: draw_history(actor),
    "Return to mock": lambda: return_to_mock(sluice(), actor, blocked),
}
parts[section_bar("rollout", list(parts))]()
