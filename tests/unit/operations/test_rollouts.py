"""Moving rollouts: what is stored, who is let in by it, and what a stale writer is told."""

from datetime import timedelta

import pytest

from services.bootstrap.rollout_views import change_view
from services.domain.errors import Conflict, Forbidden, NotFound, SourceDown, Unprocessable
from services.domain.evidence import Tally
from services.domain.gates import evaluate_gate
from services.domain.identity import Role, actor_for
from services.domain.rollout import CEILING, FULL_BP, Stage
from services.domain.rollout_access import Subject, bucket_bp
from tests.unit.operations.conftest import HOST, Bench

VIEWER = actor_for("can", Role.VIEWER)
OPERATOR = actor_for("ayse", Role.OPERATOR)
USERS = [f"user-{number}" for number in range(400)]


def below(subject: str, percentage_bp: int) -> set[str]:
    return {user for user in USERS if bucket_bp(subject, user) < percentage_bp}


def test_setting_a_stage_takes_its_default_and_restarts_its_stay(bench: Bench) -> None:
    bench.clock.advance(3600)
    change = bench.rollouts.set_target(OPERATOR, CEILING, stage=Stage.BETA, reason="it is fine")
    stored = bench.rollouts.get_state().ceiling
    assert (change.previous.stage, change.current) == (Stage.CANARY, stored)
    assert (stored.stage, stored.percentage_bp) == (Stage.BETA, 2_500)
    assert stored.stage_entered_at == bench.clock.now()


def test_a_step_inside_a_stage_keeps_its_stay(bench: Bench) -> None:
    entered = bench.rollouts.get_state().ceiling.stage_entered_at
    bench.clock.advance(3600)
    bench.rollouts.set_target(OPERATOR, CEILING, percentage_bp=1_500, reason="a step")
    stored = bench.rollouts.get_state().ceiling
    assert (stored.stage, stored.stage_entered_at) == (Stage.CANARY, entered)


def test_a_share_below_its_stage_is_shown_as_the_stage_it_reaches(bench: Bench) -> None:
    change = bench.rollouts.set_target(
        OPERATOR, CEILING, stage=Stage.GRADUAL, percentage_bp=2_500, reason="careful"
    )
    assert change.current.stage is Stage.BETA
    assert change.note == "25% is below the default of gradual: shown as beta"


def test_a_change_leaves_an_event_with_before_and_after(bench: Bench) -> None:
    bench.rollouts.set_target(OPERATOR, "study_plan", stage=Stage.CANARY, reason="too many errors")
    (event,) = bench.events("rollout.set")
    assert (event.actor, event.target, event.reason) == ("ayse", "study_plan", "too many errors")
    assert event.before is not None
    assert event.after is not None
    assert (event.before["percentage"], event.after["percentage"]) == (25, 5)


def test_a_stale_writer_is_told_who_was_faster(bench: Bench) -> None:
    seen = bench.rollouts.get_state().ceiling.version
    bench.rollouts.set_target(
        actor_for("deniz", Role.OPERATOR), CEILING, stage=Stage.DISABLED, reason="it lies"
    )
    with pytest.raises(Conflict, match="changed by deniz"):
        bench.rollouts.set_target(
            OPERATOR, CEILING, stage=Stage.BETA, reason="go on", seen_version=seen
        )
    assert bench.rollouts.get_state().ceiling.stage is Stage.DISABLED
    assert len(bench.events("rollout.set")) == 1


def test_switching_leaves_stage_and_share_alone(bench: Bench) -> None:
    bench.rollouts.set_enabled(OPERATOR, "study_plan", enabled=False, reason="too long")
    stored = bench.rollouts.get_state().features["study_plan"]
    assert (stored.is_enabled, stored.stage, stored.percentage_bp) == (False, Stage.BETA, 2_500)
    assert bench.events("feature.disable")[0].target == "study_plan"


def test_the_ceiling_has_no_switch(bench: Bench) -> None:
    with pytest.raises(NotFound, match="kill switch"):
        bench.rollouts.set_enabled(OPERATOR, CEILING, enabled=False, reason="stop")


def test_return_to_mock_sets_provider_and_ceiling_at_once(bench: Bench) -> None:
    before = bench.rollouts.get_state().revision
    bench.rollouts.return_to_mock(OPERATOR, "the provider is down")
    state = bench.rollouts.get_state()
    assert (state.provider, state.ceiling.stage, state.ceiling.percentage_bp) == (
        "mock", Stage.DISABLED, 0,
    )  # fmt: skip
    assert state.revision == before + 1


def test_who_may_not_changes_nothing(bench: Bench) -> None:
    with pytest.raises(Forbidden):
        bench.rollouts.set_target(VIEWER, CEILING, stage=Stage.GENERAL, reason="why not")
    with pytest.raises(Forbidden):
        bench.rollouts.set_enabled(VIEWER, "study_plan", enabled=False, reason="why not")
    with pytest.raises(Forbidden):
        bench.rollouts.return_to_mock(VIEWER, "why not")
    assert bench.rollouts.get_state().ceiling.stage is Stage.CANARY


def test_no_reason_no_change(bench: Bench) -> None:
    with pytest.raises(Unprocessable, match="reason"):
        bench.rollouts.set_target(HOST, CEILING, stage=Stage.GENERAL, reason="  ")
    assert bench.rollouts.get_state().ceiling.stage is Stage.CANARY


def test_without_sql_nothing_changes(bench: Bench) -> None:
    bench.take_away()
    with pytest.raises(SourceDown):
        bench.rollouts.set_target(HOST, CEILING, stage=Stage.GENERAL, reason="go")


def test_preview_of_a_feature_names_who_comes_and_goes(bench: Bench) -> None:
    bench.rollouts.set_target(HOST, CEILING, stage=Stage.GENERAL, reason="open")
    up = bench.rollouts.preview("study_plan", USERS, percentage_bp=5_000)
    assert set(up.added) == below("study_plan", 5_000) - below("study_plan", 2_500)
    assert (up.is_raise, up.removed) == (True, {})
    down = bench.rollouts.preview("study_plan", USERS, percentage_bp=1_000)
    assert set(down.removed) == below("study_plan", 2_500) - below("study_plan", 1_000)
    assert (down.is_raise, down.added) == (False, {})


def test_preview_counts_what_the_ceiling_leaves(bench: Bench) -> None:
    preview = bench.rollouts.preview("study_plan", USERS, stage=Stage.GENERAL)
    assert (preview.effective_before_bp, preview.effective_after_bp) == (500, 500)
    assert (preview.added, preview.removed) == ({}, {})


def test_preview_of_the_ceiling_counts_users_by_the_features_they_reach(bench: Bench) -> None:
    preview = bench.rollouts.preview(CEILING, USERS, percentage_bp=2_500)
    hint = below("question_hint", 2_500) - below("question_hint", 500)
    plan = below("study_plan", 2_500) - below("study_plan", 500)
    assert set(preview.added) == hint | plan
    assert (preview.effective_before_bp, preview.effective_after_bp) == (500, 2_500)


def test_preview_of_the_ceiling_says_of_each_feature_what_access_will_be(bench: Bench) -> None:
    def let_in() -> set[tuple[str, str]]:
        explain = bench.rollouts.explain_access
        names = bench.rollouts.get_state().features
        return {(u, f) for u in USERS[:60] for f in names if explain(f, Subject(u)).is_allowed}

    preview = bench.rollouts.preview(CEILING, USERS[:60], percentage_bp=2_500)
    before = let_in()
    bench.rollouts.set_target(HOST, CEILING, percentage_bp=2_500, reason="wider")
    assert let_in() - before == {(u, f) for u, names in preview.added.items() for f in names}


def test_preview_changes_nothing(bench: Bench) -> None:
    before = bench.rollouts.get_state()
    bench.rollouts.preview(CEILING, USERS, stage=Stage.GENERAL)
    assert bench.rollouts.get_state() == before


def test_a_switched_off_feature_has_no_share_in_force(bench: Bench) -> None:
    preview = bench.rollouts.preview("evaluation", (), percentage_bp=FULL_BP)
    assert (preview.effective_before_bp, preview.effective_after_bp) == (0, 0)


def test_access_is_explained_by_the_rule_that_decides(bench: Bench) -> None:
    explain = bench.rollouts.explain_access
    assert explain("evaluation", Subject("u", "staff")).decision == "feature_disabled"
    assert explain("question_hint", Subject("u", "staff")).decision == "staff"
    assert explain("question_hint", Subject()).decision == "no_user"
    inside = next(iter(below("question_hint", 500)))
    assert explain("question_hint", Subject(inside)).is_allowed
    with pytest.raises(NotFound, match="study_plan"):
        explain("poems", Subject("u"))


def test_who_is_let_in_is_told_both_rules_the_narrower_first(bench: Bench) -> None:
    inside = next(iter(below("question_hint", 500)))
    access = bench.rollouts.explain_access("question_hint", Subject(inside))
    assert access.decision == "percentage"
    ceilings, features = access.explanation.split("; ")
    assert ceilings.endswith("is below the 5% of AI as a whole")
    assert features == "feature question_hint is released to everyone"
    staff = bench.rollouts.explain_access("question_hint", Subject("u", "staff"))
    assert staff.explanation == "role staff is let in from internal_only on"


def test_a_stage_left_too_early_is_recorded_as_an_override(bench: Bench) -> None:
    bench.clock.advance(timedelta(days=6).total_seconds())
    early = bench.rollouts.preview(CEILING, (), stage=Stage.BETA)
    assert early.overridden_stay == timedelta(days=1)
    bench.rollouts.set_target(HOST, CEILING, stage=Stage.BETA, reason="we are late")
    bench.clock.advance(timedelta(days=7).total_seconds())
    assert not bench.rollouts.preview(CEILING, (), stage=Stage.GRADUAL).overridden_stay
    bench.rollouts.set_target(HOST, CEILING, stage=Stage.GRADUAL, reason="it is fine")
    recorded = [event.after for event in bench.events("rollout.set")]
    assert ["overrides_minimum_stay" in (after or {}) for after in recorded] == [False, True]


def test_a_stay_is_counted_from_the_stage_not_from_the_last_step(bench: Bench) -> None:
    bench.clock.advance(timedelta(days=2).total_seconds())
    bench.rollouts.set_target(HOST, CEILING, percentage_bp=1_000, reason="a step")
    stayed = bench.clock.now() - bench.rollouts.get_state().ceiling.stage_entered_at
    assert stayed == timedelta(days=2)


def test_a_change_tells_the_stay_it_cuts_off_and_the_stages_it_leaves_out(bench: Bench) -> None:
    bench.clock.advance(timedelta(days=6).total_seconds())
    up = bench.rollouts.set_target(HOST, CEILING, stage=Stage.GENERAL, reason="we are late")
    assert up.overridden_stay == timedelta(days=1)
    assert up.skipped == (Stage.BETA, Stage.GRADUAL)
    down = bench.rollouts.set_target(HOST, CEILING, stage=Stage.CANARY, reason="it lies")
    assert (down.overridden_stay, down.skipped) == (timedelta(), ())
    bench.clock.advance(timedelta(days=7).total_seconds())
    step = bench.rollouts.set_target(HOST, CEILING, stage=Stage.BETA, reason="it is fine")
    assert (step.overridden_stay, step.skipped) == (timedelta(), ())


def test_a_raise_to_a_higher_stage_judges_the_gate_it_passes(bench: Bench) -> None:
    bench.evidence = Tally(12)
    preview = bench.rollouts.preview(CEILING, (), stage=Stage.BETA)
    assert preview.gate is not None
    assert preview.gate.value == evaluate_gate(Stage.CANARY, Tally(12))
    assert bench.rollouts.preview(CEILING, (), percentage_bp=1_000).gate is None
    assert bench.rollouts.preview(CEILING, (), stage=Stage.INTERNAL_ONLY).gate is None


def test_how_the_gate_stood_is_on_record(bench: Bench) -> None:
    bench.rollouts.set_target(HOST, CEILING, stage=Stage.BETA, reason="nobody knows")
    bench.rollouts.set_target(HOST, CEILING, stage=Stage.CANARY, reason="back again")
    for tally in (Tally(12), Tally(400), Tally(400, bad=20)):
        bench.evidence = tally
        bench.rollouts.set_target(HOST, CEILING, stage=Stage.BETA, reason="up")
        bench.rollouts.set_target(HOST, CEILING, stage=Stage.CANARY, reason="down")
    gates = [(event.after or {}).get("gate") for event in reversed(bench.events("rollout.set"))]
    assert gates == ["unknown", None, "inconclusive", None, "pass", None, "fail", None]


def test_an_override_tells_the_gate_and_a_passed_one_is_none(bench: Bench) -> None:
    bench.clock.advance(timedelta(days=8).total_seconds())
    bench.evidence = Tally(12)
    held = change_view(bench.rollouts.set_target(HOST, CEILING, stage=Stage.BETA, reason="up"))
    assert held["override"]["gate"]["judgement"] == "inconclusive"
    (criterion,) = held["override"]["gate"]["criteria"]
    assert (criterion["requests"], criterion["against"], criterion["needed"]) == (12, 0, 363)
    bench.rollouts.set_target(HOST, CEILING, stage=Stage.CANARY, reason="down")
    bench.clock.advance(timedelta(days=8).total_seconds())
    bench.evidence = Tally(400)
    change = bench.rollouts.set_target(HOST, CEILING, stage=Stage.BETA, reason="up")
    assert "override" not in change_view(change)
