"""The Kill switch page stops and releases, once a form, also while SQL is down."""

from streamlit.testing.v1 import AppTest

from services.domain.audit import AuditFilter
from services.domain.identity import Role
from tests.pages.running import HOST, Console, texts


def fill(app: AppTest, word: str, reason: str = "a drill") -> AppTest:
    """Fill in the last panel of the page and send it."""
    app.text_input[-2].set_value(reason)
    app.text_input[-1].set_value(word)
    return app.form_submit_button[-1].click().run()


def activations(console: Console) -> int:
    where = AuditFilter(action="kill.activate")
    return len(console.sluice.audit.list_events(HOST, where).rows)


def test_never_used_switch_says_so(console: Console) -> None:
    console.sign_in(Role.OPERATOR)
    app = console.open("kill_switch")
    assert not app.exception
    assert "the switch was never used here" in texts(app)
    assert "**sql** answers: the lasting record" in texts(app)
    assert "**file** answers: a file in this host's data folder" in texts(app)
    assert "one is enough to stop" in texts(app)


def test_stop_needs_the_word_and_a_reason(console: Console) -> None:
    console.sign_in(Role.OPERATOR)
    app = console.open("kill_switch")
    assert "type STOP in capital letters" in fill(app, "stop").warning[0].value
    assert "say why" in fill(app, "STOP", reason=" ").warning[0].value
    assert not console.sluice.live.register.active


def test_stop_is_read_back_with_its_proof(console: Console) -> None:
    console.sign_in(Role.OPERATOR)
    app = fill(console.open("kill_switch"), "STOP", reason="wrong prices")
    assert [e.scope for e in console.sluice.live.register.active] == ["all"]
    assert "**Everything** stopped by operator" in app.error[0].value.replace("\\", "")
    assert texts(app).count("applied by 1 of 1 instance in") == 1
    assert not app.success
    assert "wrong prices" in texts(app)


def test_stop_of_one_feature_leaves_the_others(console: Console) -> None:
    console.sign_in(Role.OPERATOR)
    app = console.open("kill_switch")
    app.radio[0].set_value("feature").run()
    app.selectbox[0].select("study_plan").run()
    fill(app, "STOP")
    register = console.sluice.live.register
    assert register.blocking("study_plan") is not None
    assert register.blocking("question_hint") is None


def test_a_form_that_was_sent_counts_once(console: Console) -> None:
    console.sign_in(Role.OPERATOR)
    app = console.open("kill_switch")
    sent = app.form_submit_button[-1]
    fill(app, "STOP")
    sent.click().run()
    assert activations(console) == 1


def test_release_needs_its_own_word_and_lets_calls_in_again(console: Console) -> None:
    console.sluice.kill_switch.pull(HOST, "provider:mock", "it lies")
    console.sign_in(Role.OPERATOR)
    app = console.open("kill_switch")
    app.text_input[0].set_value("it is mended")
    app.text_input[1].set_value("STOP")
    app.form_submit_button[0].click().run()
    assert console.sluice.live.register.active
    app.text_input[1].set_value("RELEASE")
    app.form_submit_button[0].click().run()
    assert not console.sluice.live.register.active
    assert "**Provider mock** released" in app.success[0].value


def test_stop_works_while_sql_is_down(console: Console) -> None:
    console.sign_in(Role.OPERATOR)
    app = console.open("kill_switch")
    console.take_ledger_away()
    fill(app, "STOP", reason="nothing answers")
    assert not app.exception
    assert [e.reason for e in console.sluice.live.register.active] == ["nothing answers"]
    assert "**sql** does not answer" in texts(app)
    assert "A stop is kept by the others meanwhile, and repeated here" in texts(app)
    assert "this instance obeys" in texts(app)


def test_release_waits_for_sql_and_says_so(console: Console) -> None:
    console.sluice.kill_switch.pull(HOST, "all", "wrong prices")
    console.sign_in(Role.OPERATOR)
    app = console.open("kill_switch")
    console.take_ledger_away()
    app.text_input[0].set_value("mended")
    app.text_input[1].set_value("RELEASE")
    app.form_submit_button[0].click().run()
    assert console.sluice.live.register.active
    assert "AI stays stopped" in texts(app)


def test_a_viewer_sees_the_state_and_cannot_press(console: Console) -> None:
    console.sluice.kill_switch.pull(HOST, "all", "wrong prices")
    console.sign_in(Role.VIEWER)
    app = console.open("kill_switch")
    assert "wrong prices" in texts(app)
    assert [button.disabled for button in app.form_submit_button] == [True, True]
    assert "lacks permission kill:activate" in texts(app)


def test_a_stop_of_an_unknown_name_and_a_release_of_what_runs_are_told(console: Console) -> None:
    switch = console.sluice.kill_switch
    console.sign_in(Role.OPERATOR)
    app = console.open("kill_switch")
    app.session_state["kill.results"] = [switch.pull(HOST, "feature:poems", "it lies")]
    app.run()
    assert "No feature of that name is known here; known" in app.error[0].value
    app.session_state["kill.results"] = [switch.release(HOST, "all", "mended")]
    app.run()
    assert "all was not stopped; still stopped" in app.info[0].value
    assert not app.success


def test_no_feature_is_chosen_beforehand(console: Console) -> None:
    console.sign_in(Role.OPERATOR)
    app = console.open("kill_switch")
    app.radio[0].set_value("feature").run()
    assert app.selectbox[0].value is None
    assert app.form_submit_button[-1].disabled
    assert "Choose the feature first." in texts(app)
    assert not app.exception


def test_everything_stands_above_the_parts(console: Console) -> None:
    switch = console.sluice.kill_switch
    switch.pull(HOST, "feature:study_plan", "it lies")
    switch.pull(HOST, "all", "all of it lies")
    console.sign_in(Role.VIEWER)
    first, second = (e.value for e in console.open("kill_switch").error[-2:])
    assert "Everything" in first
    assert "study" in second


def test_a_page_that_stays_open_says_that_the_switch_was_used_since(console: Console) -> None:
    def watch() -> None:
        from datetime import UTC, datetime  # noqa: PLC0415 - AppTest runs this source alone

        from console.components.kill_watch import kill_watch  # noqa: PLC0415
        from services import bootstrap  # noqa: PLC0415

        at = datetime(2026, 11, 21, 12, tzinfo=UTC)
        kill_watch(bootstrap.current(), (), (), at)

    app = AppTest.from_function(watch).run()
    assert "As of 12:00:00 UTC; nothing was stopped or released since." in app.caption[0].value
    assert "AI runs" in texts(app)
    console.sluice.kill_switch.pull(HOST, "all", "wrong prices")
    app.run()
    assert "The switch was used since this page was drawn, at 12:00:00 UTC" in app.warning[0].value
    assert "Everything by host" in app.warning[0].value
    assert "AI runs" not in texts(app)
    assert app.button[0].label == "Show it as it is now"
