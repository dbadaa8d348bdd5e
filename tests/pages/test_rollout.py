"""The Rollout page shows who gets AI, previews a change, and never overwrites an unseen one."""

from collections.abc import Coroutine
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from services.domain.errors import SourceDown
from services.domain.identity import Role, Scope
from services.domain.rollout import CEILING, Stage
from services.domain.rollout_access import bucket_bp
from tests.pages.running import HOST, Console, texts
from tests.servers import eventually
from tests.stages import wait_for_evidence_of_stage


def stage_of(console: Console, subject: str = CEILING) -> Stage:
    state = console.sluice.rollouts.get_state()
    return (state.ceiling if subject == CEILING else state.features[subject]).stage


def choose(app: AppTest, stage: Stage) -> AppTest:
    return next(box for box in app.selectbox if box.label == "Stage").set_value(stage).run()


def send(app: AppTest, reason: str, word: str | None = None, *, button: int = 0) -> AppTest:
    """Fill in the panel of a button and press it."""
    pressed = app.form_submit_button[button]
    for field in app.text_input:
        if field.form_id == pressed.form_id:
            is_word = field.label.startswith("Type ")
            field.set_value((word or "") if is_word else reason)
    return pressed.click().run()


def test_every_rollout_is_shown_with_its_share_in_force(console: Console) -> None:
    console.sluice.rollouts.set_target(HOST, CEILING, stage=Stage.CANARY, reason="begin")
    console.sluice.rollouts.set_enabled(HOST, "study_plan", enabled=False, reason="too long")
    console.sign_in(Role.VIEWER)
    app = console.open("rollout")
    assert not app.exception
    rows = {row["What"]: row for _, row in app.table[0].value.iterrows()}
    assert rows["**All of AI (ceiling)**"]["In force"] == "**5%** and staff"
    assert rows["question_hint"]["Own share"] == "100%"
    assert rows["question_hint"]["In force"] == "**5%** and staff"
    assert rows["study_plan"]["In force"] == "**0%**"
    ladder = app.table[1].value
    assert list(ladder[ladder["Now"] != ""]["Share"]) == ["5%"]


def test_raising_needs_the_word_and_is_read_back(console: Console) -> None:
    console.sign_in(Role.OPERATOR)
    app = choose(console.open("rollout"), Stage.BETA)
    assert "Share of users in force: **0%** → **25%**" in texts(app)
    assert "was to last 3 days" in texts(app)
    assert "this is an override and is recorded as one" in texts(app)
    app = send(app, "the canary was clean", "raise")
    assert "type RAISE in capital letters" in app.warning[0].value
    assert stage_of(console) is Stage.INTERNAL_ONLY
    app = send(app, "the canary was clean", "RAISE")
    assert stage_of(console) is Stage.BETA
    assert "internal_only 0% → **beta 25%**" in app.success[0].value


def test_what_the_stage_has_shown_is_told(console: Console) -> None:
    console.sign_in(Role.VIEWER)
    assert "**Evidence of this stage** · none yet" in texts(console.open("rollout"))
    key = console.sluice.keys.create(
        HOST, name="shop", scopes=[Scope.GENERATE], feature="question_hint", role="staff"
    )
    wait_for_evidence_of_stage(console.sluice)
    console.post_chat(key.token)
    told = texts(console.open("rollout"))
    assert "1 requests that count, 0 bad (0%), 0 slower than 2 s (0%), 0 slower than 10 s" in told
    assert "Invented answers: a real provider starts anew" in told


def test_a_raise_tells_how_the_gate_stands(console: Console) -> None:
    console.sign_in(Role.OPERATOR)
    app = choose(console.open("rollout"), Stage.CANARY)
    assert "The gate of internal_only has too little to be judged by" in texts(app)
    assert "no unexplained error: not yet, 0 of 0 requests against it; 299 more" in texts(app)
    made = console.sluice.keys.create(
        HOST, name="shop", scopes=["ai:generate"], feature="question_hint", role="staff"
    )
    wait_for_evidence_of_stage(console.sluice)
    assert console.post_chat(made.token).status_code == 200
    eventually(lambda: "0 of 1 request against it; 298 more" in texts(app.run()))
    assert "The gate of internal_only is not passed yet" in texts(app)
    assert "by invented answers: a real provider starts anew" in texts(app)


def test_a_gate_that_nobody_can_see_is_said_to_be_so(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(coroutine: Coroutine[Any, Any, Any]) -> Any:
        coroutine.close()
        raise SourceDown("Redis does not answer.")

    monkeypatch.setattr(console.sluice.evidence, "_call", ask)
    console.sign_in(Role.OPERATOR)
    app = choose(console.open("rollout"), Stage.CANARY)
    assert not app.exception
    assert "The gate of internal_only is not known now: Redis does not answer." in texts(app)


def test_lowering_needs_no_word(console: Console) -> None:
    console.sluice.rollouts.set_target(HOST, CEILING, stage=Stage.BETA, reason="begin")
    console.sign_in(Role.OPERATOR)
    app = choose(console.open("rollout"), Stage.CANARY)
    assert not [f for f in app.text_input if f.label.startswith("Type ")]
    send(app, "too many errors")
    assert stage_of(console) is Stage.CANARY


def test_preview_names_the_users_that_would_come(console: Console) -> None:
    console.sluice.rollouts.set_target(HOST, CEILING, stage=Stage.GENERAL, reason="open")
    console.sluice.rollouts.set_target(HOST, "study_plan", stage=Stage.CANARY, reason="begin")
    console.sign_in(Role.OPERATOR)
    app = console.open("rollout", rollout_subject="study_plan")
    users = [f"user-{number}" for number in range(40)]
    coming = [u for u in users if 500 <= bucket_bp("study_plan", u) < 2_500]
    app.text_area[0].set_value("\n".join(users)).run()
    app = choose(app, Stage.BETA)
    named = "; ".join(f"{user}: study_plan" for user in coming)
    shown = texts(app).replace("\\-", "-").replace("\\_", "_")
    assert f"Of 40 users: :material/login: **{len(coming)}** gain access ({named})" in shown
    assert stage_of(console, "study_plan") is Stage.CANARY


def test_a_change_made_meanwhile_is_not_overwritten(console: Console) -> None:
    console.sign_in(Role.OPERATOR)
    app = choose(console.open("rollout"), Stage.GENERAL)
    console.sluice.rollouts.set_target(HOST, CEILING, stage=Stage.DISABLED, reason="it lies")
    app = send(app, "go on", "RAISE")
    assert stage_of(console) is Stage.DISABLED
    assert "Someone changed this meanwhile" in app.error[0].value
    assert "by host\\:tests" in app.error[0].value
    send(app, "go on nevertheless", "RAISE")
    assert stage_of(console) is Stage.GENERAL


def test_a_second_change_begins_with_the_new_state(console: Console) -> None:
    console.sign_in(Role.OPERATOR)
    app = send(choose(console.open("rollout"), Stage.CANARY), "begin", "RAISE")
    assert app.form_submit_button[0].disabled
    app = send(choose(app, Stage.BETA), "go on", "RAISE")
    assert stage_of(console) is Stage.BETA


def test_a_feature_is_switched_off_easily_and_on_with_the_word(console: Console) -> None:
    console.sign_in(Role.OPERATOR)
    app = console.open("rollout", rollout_subject="study_plan")
    app = send(app, "answers are too long", button=1)
    features = console.sluice.rollouts.get_state().features
    assert not features["study_plan"].is_enabled
    app = send(app, "mended", "ON", button=1)
    assert console.sluice.rollouts.get_state().features["study_plan"].is_enabled


def test_return_to_mock_is_one_panel(console: Console) -> None:
    console.sluice.rollouts.set_target(HOST, CEILING, stage=Stage.GENERAL, reason="open")
    console.sign_in(Role.OPERATOR)
    app = console.open("rollout", rollout_part="Return to mock")
    send(app, "the provider is down", "MOCK")
    state = console.sluice.rollouts.get_state()
    assert (state.provider, state.ceiling.stage) == ("mock", Stage.DISABLED)


def test_a_user_is_explained(console: Console) -> None:
    console.sign_in(Role.VIEWER)
    app = console.open("rollout", rollout_part="Who gets in")
    fields = {field.label: field for field in app.text_input}
    app.selectbox[0].set_value("question_hint")
    fields["User id"].set_value("pupil-7")
    fields["Role"].set_value("staff")
    app.run()
    assert "**Let in**: role staff is let in" in app.success[0].value
    fields["Role"].set_value("").run()
    assert "**Not let in**" in app.warning[0].value


def test_nobody_is_told_let_in_while_the_kill_switch_refuses(console: Console) -> None:
    console.sluice.kill_switch.pull(HOST, "feature:question_hint", "it lies")
    console.sign_in(Role.VIEWER)
    app = console.open("rollout", rollout_part="Who gets in")
    fields = {field.label: field for field in app.text_input}
    app.selectbox[0].set_value("question_hint")
    fields["Role"].set_value("staff")
    app.run()
    assert not app.success
    told = app.error[-1].value.replace("\\", "")
    assert "**The rollout would let it in; the kill switch refuses now**" in told
    assert "Feature question_hint is stopped by host:tests (it lies)" in told
    app.selectbox[0].set_value("study_plan").run()
    assert "**Let in**" in app.success[0].value


def test_what_is_stopped_is_marked_in_force(console: Console) -> None:
    def marked(app: AppTest) -> list[str]:
        rows = [row for _, row in app.table[0].value.iterrows()]
        return [row["What"] for row in rows if "**stopped**" in row["In force"]]

    console.sign_in(Role.VIEWER)
    app = console.open("rollout")
    assert not marked(app)
    console.sluice.kill_switch.pull(HOST, "feature:question_hint", "it lies")
    assert marked(app.run()) == ["question_hint"]
    console.sluice.kill_switch.pull(HOST, "all", "all of it lies")
    assert len(marked(app.run())) == len(app.table[0].value)


def test_history_shows_what_changed_on_rollouts_alone(console: Console) -> None:
    console.sluice.rollouts.set_target(HOST, CEILING, stage=Stage.CANARY, reason="begin")
    console.sluice.kill_switch.pull(HOST, "all", "a drill")
    console.sign_in(Role.OPERATOR)
    app = console.open("rollout", rollout_part="History")
    (event,) = app.dataframe[0].value.to_dict("records")
    assert event["What"] == "rollout.set"
    assert (
        event["Change"] == "percentage: 0% → 5%, stage: internal_only → canary, gate: no_data, "
        "overrides_minimum_stay: yes"
    )
    assert event["Why"] == "begin"


def test_history_of_a_new_system_is_empty(console: Console) -> None:
    console.sign_in(Role.OPERATOR)
    app = console.open("rollout", rollout_part="History")
    assert "No events match." in texts(app)


def test_without_sql_the_state_is_shown_and_nothing_can_be_changed(console: Console) -> None:
    console.sign_in(Role.OPERATOR)
    app = console.open("rollout", rollout_subject="study_plan")
    console.take_ledger_away()
    app.run()
    assert not app.exception
    assert "internal_only" in app.table[0].value.to_string()
    assert "SQL does not answer: nothing can be changed now." in texts(app)
    assert all(button.disabled for button in app.form_submit_button)


@pytest.mark.parametrize("part", ["Change a rollout", "Return to mock"])
def test_a_viewer_sees_and_cannot_press(console: Console, part: str) -> None:
    console.sign_in(Role.VIEWER)
    app = choose(console.open("rollout"), Stage.BETA)
    if part == "Return to mock":
        app = console.open("rollout", rollout_part=part)
    assert app.form_submit_button
    assert all(button.disabled for button in app.form_submit_button)
    assert "lacks permission rollout:change" in texts(app)


def test_a_viewer_sees_no_history(console: Console) -> None:
    console.sign_in(Role.VIEWER)
    app = console.open("rollout", rollout_part="History")
    assert "lacks permission audit:view" in app.info[0].value
    assert not app.dataframe
