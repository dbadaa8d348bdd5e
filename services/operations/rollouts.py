"""Move the ceiling and the features through their stages, switch features, return to mock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from services.domain.errors import NotFound
from services.domain.gates import GateResult
from services.domain.identity import Actor, Permission, require
from services.domain.ports import Clock, ControlStore, LiveControl
from services.domain.readings import Reading
from services.domain.rollout import (
    CEILING,
    Rollout,
    Stage,
    effective_bp,
    enters_higher_stage,
    is_raise,
    overridden_stay,
    resolve_target,
    skipped_stages,
    with_target,
)
from services.domain.rollout_access import Access, Subject, decide_access
from services.domain.rollout_changes import Preview, RolloutChange
from services.domain.snapshot import ControlState
from services.operations.events import EventWriter, describe_rollout

JudgeGate = Callable[[Rollout], Reading[GateResult]]
UNKNOWN = "unknown"
"""What the audit says of a gate while the counters do not answer."""


class Rollouts:
    """The operations on rollouts. `subject` is "all" (the ceiling) or a feature's name.

    Args:
        judge_gate: the gate of a rollout's present stage.
    """

    def __init__(
        self,
        *,
        store: ControlStore,
        live: LiveControl | None,
        judge_gate: JudgeGate,
        events: EventWriter,
        clock: Clock,
    ) -> None:
        self._store = store
        self._live = live
        self._judge_gate = judge_gate
        self._events = events
        self._clock = clock

    def get_state(self) -> ControlState:
        """The stored control state; raises SourceDown."""
        return self._store.read_state()

    def set_target(
        self,
        actor: Actor,
        subject: str,
        *,
        reason: str,
        stage: Stage | None = None,
        percentage_bp: int | None = None,
        seen_version: int | None = None,
    ) -> RolloutChange:
        """Set the stage and percentage of the ceiling or a feature.

        Args:
            seen_version: the version the actor looked at; None takes the present one.

        Raises:
            Forbidden, NotFound, Unprocessable: not allowed, no such subject, a bad target.
            Conflict: someone changed it meanwhile.
            SourceDown: SQL does not answer; nothing changed.
        """
        require(actor, Permission.CHANGE_ROLLOUT)
        before = self._read(subject, seen_version)
        target, target_bp = resolve_target(stage, percentage_bp)
        after = with_target(before, target, target_bp, self._clock.now())
        note = None
        if stage is not None and target is not stage:
            note = f"{after.percentage:g}% is below the default of {stage}: shown as {target}"
        return self._save(actor, "rollout.set", before, after, reason, note)

    def set_enabled(
        self,
        actor: Actor,
        feature: str,
        *,
        enabled: bool,
        reason: str,
        seen_version: int | None = None,
    ) -> RolloutChange:
        """Switch a feature on or off; raises as `set_target`."""
        require(actor, Permission.CHANGE_ROLLOUT)
        if feature == CEILING:
            raise NotFound("Name a feature: AI as a whole is stopped with the kill switch.")
        before = self._read(feature, seen_version)
        after = replace(before, is_enabled=enabled, version=before.version + 1)
        action = "feature.enable" if enabled else "feature.disable"
        return self._save(actor, action, before, after, reason)

    def return_to_mock(self, actor: Actor, reason: str) -> RolloutChange:
        """Set the provider to mock and the ceiling to stage disabled, in one action."""
        require(actor, Permission.CHANGE_ROLLOUT)
        before = self._read(CEILING, None)
        after = with_target(before, Stage.DISABLED, 0, self._clock.now())
        return self._save(actor, "rollout.return_to_mock", before, after, reason, provider="mock")

    def preview(
        self,
        subject: str,
        users: Sequence[str],
        *,
        stage: Stage | None = None,
        percentage_bp: int | None = None,
    ) -> Preview:
        """What a target would change for the users named; raises as `set_target`."""
        state = self._store.read_state()
        before = _find(state, subject)
        target, target_bp = resolve_target(stage, percentage_bp)
        after = with_target(before, target, target_bp, self._clock.now())
        changed = _with_rollout(state, after)
        names = tuple(state.features) if subject == CEILING else (subject,)
        open_to = [(u, _let_in(state, names, u), _let_in(changed, names, u)) for u in users]
        return Preview(
            before,
            after,
            is_raise(before, after),
            effective_bp(state.ceiling, before),
            effective_bp(changed.ceiling, after),
            overridden_stay(before, after, self._clock.now()),
            self._gate(before, after),
            len(users),
            added={u: tuple(sorted(now - was)) for u, was, now in open_to if now - was},
            removed={u: tuple(sorted(was - now)) for u, was, now in open_to if was - now},
        )

    def explain_access(self, feature: str, subject: Subject) -> Access:
        """Whether a user is let in to a feature now, and why; raises NotFound, SourceDown."""
        state = self._store.read_state()
        return decide_access(state.ceiling, _find(state, feature), subject)

    def _gate(self, before: Rollout, after: Rollout) -> Reading[GateResult] | None:
        return self._judge_gate(before) if enters_higher_stage(before, after) else None

    def _read(self, subject: str, seen_version: int | None) -> Rollout:
        rollout = _find(self._store.read_state(), subject)
        return rollout if seen_version is None else replace(rollout, version=seen_version)

    def _save(
        self,
        actor: Actor,
        action: str,
        before: Rollout,
        after: Rollout,
        reason: str,
        note: str | None = None,
        provider: str | None = None,
    ) -> RolloutChange:
        stay_missing = overridden_stay(before, after, self._clock.now())
        new = describe_rollout(after) | ({"provider": provider} if provider else {})
        new |= {"overrides_minimum_stay": True} if stay_missing else {}
        gate, skipped = self._gate(before, after), skipped_stages(before, after)
        if gate is not None:
            new |= {"gate": gate.value.judgement.value if gate.value else UNKNOWN}
        event = self._events.event(
            actor, action, before.subject, reason, before=describe_rollout(before), after=new
        )
        revision = self._store.save_rollouts((after,), event, provider)
        if self._live is not None:
            self._live.refresh()
        return RolloutChange(before, after, revision, note, stay_missing, skipped, gate)


def _find(state: ControlState, subject: str) -> Rollout:
    if subject == CEILING:
        return state.ceiling
    return state.feature(subject)


def _with_rollout(state: ControlState, changed: Rollout) -> ControlState:
    if changed.subject == CEILING:
        return replace(state, ceiling=changed)
    return replace(state, features={**state.features, changed.subject: changed})


def _let_in(state: ControlState, names: Sequence[str], user: str) -> frozenset[str]:
    """Those of the named features that the user is let in to."""
    subject = Subject(user)
    return frozenset(
        name
        for name in names
        if decide_access(state.ceiling, state.features[name], subject).is_allowed
    )
