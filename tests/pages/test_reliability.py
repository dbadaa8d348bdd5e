"""The Reliability page says who is hurt and by whom, and lets operators act on it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from services.domain.audit import AuditFilter
from services.domain.breakers import BreakerState
from services.domain.identity import Role
from services.domain.ledger import Outcome, Source, Status
from services.domain.rollout import Stage
from tests.contract.records import an_attempt, an_intent, an_outcome
from tests.ledger import open_ledger
from tests.pages.running import HOST, Console, texts
from tests.servers import eventually


def add(console: Console, count: int, first: int = 1, **changes: object) -> list[Outcome]:
    """Put requests of the last minutes into the ledger."""
    now = console.sluice.clock.now()
    numbers = range(first, first + count)
    outcomes = [
        an_outcome(
            an_intent(n, started_at=now - timedelta(seconds=n), payload="Neden 180 derece?"),
            **changes,
        )
        for n in numbers
    ]
    open_ledger(console.sluice.settings.sql_url, now).add(outcomes)
    return outcomes


def figures(app: AppTest) -> dict[str, str]:
    return {m.label: str(m.value) for m in app.metric}


def state(console: Console, model: str = "mock-model") -> BreakerState:
    return next(v.state for v in console.sluice.breakers.list_views() if v.model == model)


def send_panel(app: AppTest, key: str, reason: str, word: str | None = None) -> AppTest:
    """Fill in the danger panel of that key and send it."""
    fields = {field.key: field for field in app.text_input}
    name = next(k for k in fields if k.startswith(f"{key}.reason."))
    fields[name].set_value(reason)
    if word is not None:
        fields[name.replace(".reason.", ".word.")].set_value(word)
    button = next(b for b in app.form_submit_button if f"{key}.button." in b.proto.id)
    return button.click().run()


def test_empty_ledger_is_no_data_and_no_zero(console: Console) -> None:
    console.sign_in(Role.VIEWER)
    app = console.open("reliability")
    assert not app.exception
    assert set(figures(app).values()) == {"No data"}
    assert "No requests match" in texts(app)
    assert not app.get("plotly_chart")


def test_sample_traffic_shows_only_when_asked_for(console: Console) -> None:
    now = console.sluice.clock.now()
    sample = an_outcome(an_intent(1, started_at=now - timedelta(seconds=9), source=Source.SAMPLE))
    open_ledger(console.sluice.settings.sql_url, now).add([sample])
    console.sign_in(Role.VIEWER)
    app = console.open("reliability")
    assert figures(app)["Requests"] == "No data"
    next(b for b in app.selectbox if b.key == "reliability_traffic").set_value("Sample data").run()
    assert figures(app)["Requests"] == "1"


def test_figures_are_those_of_the_ledger(console: Console) -> None:
    add(console, 8, duration_ms=400.0)
    add(console, 2, first=20, status=Status.ERROR, provider="gemini", duration_ms=9_000.0)
    console.sign_in(Role.VIEWER)
    app = console.open("reliability")
    assert not app.exception
    shown = figures(app)
    assert (shown["Requests"], shown["Errors"]) == ("10", "2 of 10")
    assert shown["P99 latency"] == "9.88 s"
    assert "2 failed" in texts(app)
    parts = app.dataframe[1].value.set_index("Provider")
    assert parts.loc["gemini", "Errors"] == "2 of 2"
    assert parts.loc["openai", "Errors"] == "0 of 8"
    assert len(app.get("plotly_chart")) == 4


@pytest.mark.parametrize("span", ["Last hour", "6 hours", "24 hours", "7 days", "30 days"])
@pytest.mark.parametrize("part", ["Provider", "Model", "Feature"])
def test_every_range_and_part_counts_the_same_requests(
    console: Console, span: str, part: str
) -> None:
    add(console, 5)
    console.sign_in(Role.VIEWER)
    app = console.open("reliability", reliability_span=span, reliability_by=part)
    assert not app.exception
    assert figures(app)["Requests"] == "5"
    assert app.dataframe[1].value.columns[0] == part


def test_failed_and_slow_requests_are_listed_a_page_at_a_time(console: Console) -> None:
    add(console, 60, status=Status.ERROR)
    add(console, 3, first=100, duration_ms=6_000.0)
    console.sign_in(Role.VIEWER)
    app = console.open("reliability")
    assert len(app.dataframe[-1].value) == 50
    next(b for b in app.button if b.label == "Older").click().run()
    assert len(app.dataframe[-1].value) == 10
    app = console.open("reliability", reliability_list="Slow")
    assert len(app.dataframe[-1].value) == 3


def test_request_opens_by_address_with_its_attempts(console: Console) -> None:
    now = console.sluice.clock.now()
    intent = an_intent(1, started_at=now, payload="Neden 180 derece?")
    tries = (
        an_attempt(intent, 1, status=Status.ERROR, decision="provider_timeout"),
        an_attempt(intent, 2, cost_nano_usd=1_234_567),
    )
    outcome = an_outcome(intent, attempts=tries, cost_nano_usd=1_281_367)
    open_ledger(console.sluice.settings.sql_url, now).add([outcome])
    console.sign_in(Role.VIEWER)
    app = console.open("reliability", request=intent.request_id)
    assert not app.exception
    assert figures(app)["Cost"] == "$0.001281367"
    steps, attempts = (table.value for table in app.dataframe)
    assert "error provider_timeout" in steps["What came of it"].tolist()
    assert attempts["Why"].tolist() == ["provider_timeout", "ok"]
    assert len(app.get("plotly_chart")) == 1
    assert "lacks permission audit:view" in texts(app)
    assert not any("180" in code.value for code in app.code)


def test_stored_texts_are_for_those_who_may_see_the_audit_log(console: Console) -> None:
    (outcome,) = add(console, 1, response="Çünkü paraleldir.")
    console.sign_in(Role.OPERATOR)
    app = console.open("reliability", request=outcome.intent.request_id)
    assert {"Neden 180 derece?", "Çünkü paraleldir."} <= {code.value for code in app.code}


def test_unknown_request_says_what_its_id_is(console: Console) -> None:
    console.sign_in(Role.VIEWER)
    app = console.open("reliability", request="nothing")
    assert "x-request-id" in app.error[0].value.replace("\\", "")
    app.button[0].click().run()
    assert figures(app)["Requests"] == "No data"


def test_ledger_down_keeps_the_breakers(console: Console) -> None:
    add(console, 5)
    console.sign_in(Role.OPERATOR)
    console.take_ledger_away()
    app = console.open("reliability")
    assert not app.exception
    assert set(figures(app).values()) == {"Unknown"}
    assert app.dataframe[0].value["State"].tolist() == ["✓ closed"]
    assert not app.get("plotly_chart")


def test_breaker_that_opens_while_the_ledger_is_down_is_told_when_it_is_back(
    console: Console,
) -> None:
    key = console.sluice.keys.create(
        HOST, name="app", scopes=["ai:generate"], feature="question_hint"
    )
    console.sluice.rollouts.set_target(HOST, "all", reason="for a test", stage=Stage.GENERAL)
    eventually(lambda: console.post_chat(key.token).is_success)
    console.sign_in(Role.VIEWER)
    console.take_ledger_away()
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda _: console.post_chat(key.token, "mock/mock-error"), range(5)))
    assert state(console, "mock-error") is BreakerState.OPEN
    app = console.open("reliability")
    assert "kept in the journal" in texts(app)
    assert app.dataframe[0].value["Why"].tolist()[0] == "5 failures in a row: provider_overloaded"
    console.give_ledger_back()
    changes = console.sluice.breakers.list_changes
    eventually(lambda: changes(timedelta(hours=1)).value, within_s=10)
    frame = console.open("reliability").dataframe[1].value
    assert frame["Breaker"].tolist() == ["mock/mock-error"]
    assert frame["Became"].tolist() == ["✕ open"]
    assert frame["Who"].tolist() == ["rule:circuit_breaker"]


def test_operator_forces_and_resets_a_breaker_with_a_reason(console: Console) -> None:
    console.sign_in(Role.OPERATOR)
    app = console.open("reliability")
    actions = next(c for c in app.get("button_group") if "Reset" in str(c.proto.options))
    actions.set_value(BreakerState.FORCED_OPEN.value).run()
    send_panel(app, "breaker.mock/mock-model.forced_open", " ")
    assert "say why" in texts(app)
    assert state(console) is BreakerState.CLOSED
    send_panel(app, "breaker.mock/mock-model.forced_open", "it answers nonsense")
    assert state(console) is BreakerState.FORCED_OPEN
    assert app.dataframe[0].value["State"].tolist() == ["✕ forced open"]
    assert "it answers nonsense" in app.dataframe[0].value["Why"][0]
    actions = next(c for c in app.get("button_group") if "Reset" in str(c.proto.options))
    actions.set_value(BreakerState.CLOSED.value).run()
    send_panel(app, "breaker.mock/mock-model.closed", "mended")
    assert state(console) is BreakerState.CLOSED
    events = console.sluice.audit.list_events(HOST, AuditFilter(action="breaker.set")).rows
    assert [(e.reason, e.after) for e in events] == [
        ("mended", {"state": "closed"}),
        ("it answers nonsense", {"state": "forced_open"}),
    ]


def test_switching_a_breaker_off_needs_the_word(console: Console) -> None:
    console.sign_in(Role.OPERATOR)
    app = console.open("reliability")
    actions = next(c for c in app.get("button_group") if "Reset" in str(c.proto.options))
    actions.set_value(BreakerState.DISABLED.value).run()
    send_panel(app, "breaker.mock/mock-model.disabled", "a drill", "disable")
    assert state(console) is BreakerState.CLOSED
    send_panel(app, "breaker.mock/mock-model.disabled", "a drill", "DISABLE")
    assert state(console) is BreakerState.DISABLED


def test_health_is_checked_and_a_client_renewed_on_record(console: Console) -> None:
    console.sign_in(Role.OPERATOR)
    app = console.open("reliability")
    next(b for b in app.button if b.label == "Check health").click().run()
    assert "answers, in" in app.success[0].value
    send_panel(app, "provider.mock", "the key was changed")
    assert "Connections renewed" in app.success[0].value
    where = AuditFilter(action="provider.reset")
    (event,) = eventually(lambda: console.sluice.audit.list_events(HOST, where).rows)
    assert (event.target, event.reason) == ("mock", "the key was changed")


def test_viewer_sees_breakers_and_cannot_press(console: Console) -> None:
    console.sign_in(Role.VIEWER)
    app = console.open("reliability")
    assert app.dataframe[0].value["Breaker"].tolist() == ["mock/mock-model"]
    assert [button.disabled for button in app.form_submit_button] == [True, True]
    assert next(b for b in app.button if b.label == "Check health").disabled
    assert "breakers:control" in texts(app)
