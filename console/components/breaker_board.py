"""Circuit breakers with why and since when, and what an operator can do about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from typing import Any

import pandas as pd
import streamlit as st

from console.components.danger import Danger, blocked_by, danger_panel
from console.components.errors import showing_errors
from console.format import escape_markdown, milliseconds_text, seconds_text
from services.bootstrap import Sluice
from services.domain.audit import AuditRow
from services.domain.breakers import BreakerState, BreakerView
from services.domain.calls import Candidate, Health, ReplicaHealth
from services.domain.identity import Actor, Permission
from services.domain.readings import Reading, ReadingState
from services.domain.routes import RouteUse, route_use
from services.domain.snapshot import Snapshot

STATES = {
    BreakerState.CLOSED: "✓ closed",
    BreakerState.HALF_OPEN: "◐ half open",
    BreakerState.OPEN: "✕ open",
    BreakerState.FORCED_OPEN: "✕ forced open",
    BreakerState.DISABLED: "– switched off",
}
USES = {
    RouteUse.ROUTE: "the route",
    RouteUse.PINNED: "unused: only calls that name it",
    RouteUse.NOBODY: "unused: no longer configured",
}
ACTIONS = {
    BreakerState.CLOSED: (
        "Reset",
        "Calls go through again at once, and failures are counted from zero.",
        None,
    ),
    BreakerState.FORCED_OPEN: (
        "Force open",
        "No call goes to this model until the breaker is reset; requests take the route's next.",
        None,
    ),
    BreakerState.DISABLED: (
        "Switch off",
        "Calls go through however many fail: nothing protects users from this model any more.",
        "DISABLE",
    ),
}

_COLUMNS = {
    "Asked by": st.column_config.TextColumn(width=165),
    "Why": st.column_config.TextColumn(width=265),
}
"""Why a breaker opened is what its reader has come for: it is not the column that is cut."""

_RENEWAL = "new connections, and the key is read again; running calls end on the old ones."


def state_text(view: BreakerView) -> str:
    """The state as a sign and words: "✓ closed, returning: 50% of calls"."""
    if view.returning_percent is None:
        return STATES[view.state]
    return f"{STATES[view.state]}, returning: {view.returning_percent}% of calls"


def breaker_table(views: Sequence[BreakerView], snapshot: Snapshot) -> None:
    """Draw the breakers of models that are routed to or were called, worst first."""
    uses = {
        view: route_use(
            Candidate(view.provider, view.model), snapshot.candidates, snapshot.providers
        )
        for view in views
    }
    shown = {view: use for view, use in uses.items() if view.for_s or use is RouteUse.ROUTE}
    st.dataframe(
        breaker_frame(shown), hide_index=True, column_config=_COLUMNS, alt="Circuit breakers"
    )
    if len(shown) < len(views):
        st.caption(
            f"{len(views) - len(shown)} more models are configured and were not called since this "
            "instance started."
        )


def breaker_frame(uses: Mapping[BreakerView, RouteUse]) -> pd.DataFrame:
    """Breakers as the table shows them, worst first; the state is a sign and a word.

    Args:
        uses: who can call each breaker's model.
    """
    ordered = sorted(uses, key=lambda view: (uses[view] is RouteUse.NOBODY, *_is_well(view)))
    return pd.DataFrame(
        [
            {
                "Breaker": f"{view.provider}/{view.model}",
                "State": state_text(view),
                "For": seconds_text(view.for_s) if view.for_s else "–",
                "Asked by": USES[uses[view]],
                "Why": view.reason,
                "Next probe": _next_probe(view),
                "Failures in a row": view.failures_in_row,
            }
            for view in ordered
        ]
    )


def breaker_changes(reading: Reading[tuple[AuditRow, ...]], zone: tzinfo) -> None:
    """Draw what breakers were and became, newest first."""
    if reading.state is ReadingState.DOWN:
        st.caption(
            "Changes of breakers cannot be read now: the ledger does not answer. They are kept in "
            "the journal until it does."
        )
    elif not reading.value:
        st.caption("No breaker changed in this range.")
    else:
        st.dataframe(change_frame(reading.value, zone), hide_index=True, alt="Breaker changes")


def change_frame(rows: Sequence[AuditRow], zone: tzinfo) -> pd.DataFrame:
    """Changes of breakers as the table shows them."""
    return pd.DataFrame(
        [
            {
                f"Changed ({zone})": f"{row.at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
                "Breaker": row.target,
                "Was": _state_name(row.before),
                "Became": _state_name(row.after),
                "Why": row.reason,
                "Who": row.actor,
            }
            for row in rows
        ]
    )


def breaker_panel(sluice: Sluice, actor: Actor, views: Sequence[BreakerView]) -> None:
    """Let an operator reset, force or switch off one breaker, with a reason."""
    ordered = sorted(views, key=_is_well)
    candidates = {f"{v.provider}/{v.model}": Candidate(v.provider, v.model) for v in ordered}
    with st.container(horizontal=True, vertical_alignment="top"):
        name = st.selectbox("Breaker", list(candidates), width=280)
        chosen = st.segmented_control(
            "What to do",
            [state.value for state in ACTIONS],
            default=BreakerState.CLOSED.value,
            format_func=lambda value: ACTIONS[BreakerState(value)][0],
            required=True,
        )
    state = BreakerState(chosen)
    button, consequence, word = ACTIONS[state]
    danger = Danger(
        button,
        (f"**{escape_markdown(name)}**: {consequence}",),
        word=word,
        blocked=blocked_by(actor, Permission.CONTROL_BREAKERS),
        icon="electrical_services",
    )
    found = danger_panel(
        f"breaker.{name}.{state}",
        danger,
        lambda reason: sluice.breakers.set_state(actor, candidates[name], state, reason),
    )
    if found is not None:
        st.success(
            f"{escape_markdown(name)} is {STATES[found.state]}.", icon=":material/fact_check:"
        )


def provider_panel(sluice: Sluice, actor: Actor) -> None:
    """Let an operator ask a provider whether it works, and renew its connections."""
    blocked = blocked_by(actor, Permission.CONTROL_BREAKERS)
    checks = sluice.provider_checks
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("Provider", checks.list_names(), width=220)
        pressed = st.button(
            "Check health",
            icon=":material/stethoscope:",
            disabled=blocked is not None,
            help=blocked,
        )
    found: dict[str, Health] = st.session_state.setdefault("reliability.health", {})
    if pressed:
        with showing_errors():
            found[name] = checks.check_health(actor, name)
    reset = danger_panel(
        f"provider.{name}",
        Danger(
            "Renew",
            (f"**{escape_markdown(name)}**: {_RENEWAL}",),
            blocked=blocked,
            icon="restart_alt",
        ),
        _keeping(found, name, lambda reason: checks.reset_client(actor, name, reason)),
    )
    if name in found:
        _draw_health(found[name], was_renewed=reset is not None)


def _keeping(
    found: dict[str, Health], name: str, run: Callable[[str], Health]
) -> Callable[[str], Health]:
    def run_and_keep(reason: str) -> Health:
        found[name] = run(reason)
        return found[name]

    return run_and_keep


def _draw_health(health: Health, *, was_renewed: bool) -> None:
    prefix = "Connections renewed. " if was_renewed else ""
    name = escape_markdown(f"{health.provider}/{health.model}")
    if health.healthy:
        text = f"{prefix}{name} answers, in {milliseconds_text(health.latency_ms)}."
        st.success(text, icon=":material/check_circle:")
    else:
        text = f"{prefix}{name} does not answer well: {escape_markdown(health.error or '')}"
        st.error(text, icon=":material/error:")
    if len(health.replicas) > 1:
        st.markdown("\n".join(f"- {replica_text(replica)}" for replica in health.replicas))


def replica_text(replica: ReplicaHealth) -> str:
    """One address of a provider: whether it answers, what it has to do, whether calls avoid it."""
    address, calls = escape_markdown(replica.base_url), replica.running_calls
    found = f"answers, in {milliseconds_text(replica.latency_ms)}"
    if not replica.healthy:
        found = f"does not answer well: {escape_markdown(replica.error or '')}"
    load = f"{calls} running {'call' if calls == 1 else 'calls'}"
    return f"{address} {found}; {load}{'; left out for now' if replica.is_out else ''}"


def _is_well(view: BreakerView) -> tuple[bool, bool]:
    """Sorts breakers: worst first, then those that return."""
    is_closed = view.state is BreakerState.CLOSED
    return is_closed, is_closed and view.returning_percent is None


def _state_name(fields: Mapping[str, Any] | None) -> str:
    value = (fields or {}).get("state")
    return STATES[BreakerState(value)] if value in set(BreakerState) else "–"


def _next_probe(view: BreakerView) -> str:
    if view.next_probe_in_s is None:
        return "–"
    return f"in {seconds_text(view.next_probe_in_s)}" if view.next_probe_in_s else "next call"
