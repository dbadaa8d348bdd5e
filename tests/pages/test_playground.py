"""The Playground runs one prompt on several models; a column that fails leaves the others."""

from streamlit.testing.v1 import AppTest

from services.domain.calls import Candidate
from services.domain.identity import Role
from tests.pages.running import HOST, Console, texts


def run_on(console: Console, *models: str) -> AppTest:
    """Run the first prompt on these models and wait for the end."""
    app = console.open("playground")
    app.get_by_key("playground_models").set_value(list(models)).run()
    app.button[0].click().run()
    run_id = app.query_params["run"]
    console.wait_for_run(run_id)
    return app.run()


def test_first_visit_can_run_at_once(console: Console) -> None:
    console.sign_in(Role.AUTHOR)
    app = console.open("playground")
    assert not app.exception
    assert not app.button[0].disabled
    assert app.button[1].disabled
    assert "at most about" in texts(app)


def test_empty_variable_disables_run_and_says_which(console: Console) -> None:
    console.sign_in(Role.AUTHOR)
    app = console.open("playground")
    app.text_area[0].set_value(" ").run()
    assert app.button[0].disabled
    assert "To run, fill in Question." in texts(app)


def test_no_model_disables_run_and_says_so(console: Console) -> None:
    console.sign_in(Role.AUTHOR)
    app = console.open("playground")
    app.get_by_key("playground_models").set_value([]).run()
    assert app.button[0].disabled
    assert "To run, choose a model." in texts(app)


def test_answer_comes_with_tokens_times_and_a_mark_that_it_is_mock(console: Console) -> None:
    console.sign_in(Role.AUTHOR)
    app = run_on(console, "mock/mock-model")
    assert not app.exception
    shown = texts(app)
    assert "mock: invented answer" in shown
    assert "tokens" in shown
    assert "in all" in shown
    assert not app.button[0].disabled


def test_a_failing_column_leaves_the_others(console: Console) -> None:
    console.sign_in(Role.AUTHOR)
    app = run_on(console, "mock/mock-model", "mock/mock-error")
    assert len(app.error) == 1
    assert len(app.get("page_link")) == 2
    assert "All together" in texts(app)
    assert "MOCK" in texts(app)
    assert texts(app).count("mock: invented answer") == 1


def test_an_answer_that_reached_its_limit_says_where_it_was_cut(console: Console) -> None:
    console.sign_in(Role.AUTHOR)
    run_id = console.sluice.playground.start_run(
        console.actor,
        targets=[Candidate("mock", "mock-model")],
        messages=[{"role": "user", "content": "üçgen nedir?"}],
        max_tokens=4,
    )
    console.wait_for_run(run_id)
    assert "cut off at 4 tokens" in texts(console.open("playground", run=run_id))


def test_a_reload_shows_the_run_that_the_address_names(console: Console) -> None:
    console.sign_in(Role.AUTHOR)
    run_id = run_on(console, "mock/mock-model").query_params["run"]
    again = console.open("playground", run=run_id)
    assert "MOCK" in texts(again)


def test_a_run_that_is_gone_says_so(console: Console) -> None:
    console.sign_in(Role.AUTHOR)
    app = console.open("playground", run="nothing")
    assert "This run is gone" in app.error[0].value
    assert not app.button[0].disabled


def test_a_stopped_provider_cannot_be_asked(console: Console) -> None:
    console.sluice.kill_switch.pull(HOST, "provider:mock", "it lies")
    console.sign_in(Role.AUTHOR)
    app = console.open("playground")
    assert app.button[0].disabled
    words = "To run, choose another model: the kill switch has stopped every chosen model."
    assert words in texts(app)


def test_while_everything_is_stopped_no_other_model_is_asked_for(console: Console) -> None:
    console.sluice.kill_switch.pull(HOST, "all", "it lies")
    console.sign_in(Role.AUTHOR)
    app = console.open("playground")
    assert app.button[0].disabled
    assert "To run, release the kill switch first: everything is stopped." in texts(app)


def test_works_while_the_ledger_is_down(console: Console) -> None:
    console.sign_in(Role.AUTHOR)
    console.take_ledger_away()
    app = run_on(console, "mock/mock-model")
    assert not app.exception
    assert "MOCK" in texts(app)
    assert "The ledger does not answer" in texts(app)


def test_a_viewer_may_not_enter(console: Console) -> None:
    console.sign_in(Role.VIEWER)
    app = console.open("playground")
    assert "You may not see this page" in app.error[0].value


def test_the_call_of_what_is_filled_in_can_be_copied(console: Console) -> None:
    console.sign_in(Role.AUTHOR)
    app = console.open("playground")
    assert f":{console.sluice.settings.port}/v1/chat/completions" in app.code[-1].value
    assert "X-AI-Feature: question_hint" in app.code[-1].value
    app.text_area[0].set_value(" ").run()
    assert not app.code
