"""The System page says how old the data of every source is, and what runs with which settings."""

import pytest

from console.format import DASH
from services.domain.audit import AuditFilter
from services.domain.identity import Role, Scope
from services.domain.policy import LEASE_S
from tests.clock import FakeClock
from tests.pages.running import HOST, Console, texts
from tests.servers import eventually


def test_a_new_system_has_no_data_and_one_instance(console: Console) -> None:
    console.sign_in(Role.OPERATOR)
    app = console.open("system")
    assert not app.exception
    values = {metric.label: metric.value for metric in app.metric}
    assert values["Ledger"] == "No data"
    assert values["Control state"].startswith("revision ")
    assert values["Journal"] == "0 records"
    (instance,) = app.table[0].value.to_dict("records")
    assert (instance["Kind"], instance["Running calls"]) == ("console", "0")


def test_the_ledger_has_an_age_once_something_is_in_it(console: Console) -> None:
    key = console.sluice.keys.create(
        HOST, name="shop", scopes=[Scope.GENERATE], feature="question_hint", role="staff"
    )
    console.post_chat(key.token)
    eventually(lambda: console.sluice.system.get_ledger().as_of)
    console.sign_in(Role.OPERATOR)
    app = console.open("system")
    assert {m.label: m.value for m in app.metric}["Ledger"] == "answers"
    assert "SQL, just now" in texts(app) or "s ago" in texts(app)


def test_settings_are_shown_without_secrets(console: Console) -> None:
    console.sign_in(Role.OPERATOR)
    app = console.open("system")
    settings = app.table[2].value.set_index("Setting")
    values = settings["Value"].to_dict()
    assert values["AI_PROVIDER"] == "mock"
    assert values["AI_ADMIN_TOKEN"] == "not set"
    assert values["PORT"] == f"{console.sluice.settings.port} TCP port"
    assert values["AI_TOTAL_TIMEOUT"] == "60 s"
    assert values["AI_FEATURE_DAILY_TOKENS"] == DASH
    assert settings["What it is"]["AI_TOTAL_TIMEOUT"] == (
        "Timeouts, seconds. A whole call that is not streamed, retries included"
    )
    assert "mock/mock-model" in texts(app)


def test_a_silent_instance_is_named(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    console.sign_in(Role.OPERATOR)
    clock = FakeClock(console.sluice.clock.now())
    clock.advance(LEASE_S + 5)
    monkeypatch.setattr(console.sluice.system, "_clock", clock)
    app = console.open("system")
    assert "**silent**" in app.table[0].value["Heartbeat"].iloc[0]


def test_without_sql_the_sources_say_so_and_the_rest_stays(console: Console) -> None:
    console.sign_in(Role.OPERATOR)
    app = console.open("system")
    console.take_ledger_away()
    app.run()
    assert not app.exception
    values = {metric.label: metric.value for metric in app.metric}
    assert (values["Ledger"], values["Control state"]) == ("Unknown", "Unknown")
    assert "Unknown: control state does not answer" in app.info[0].value
    assert "AI_PROVIDER" in app.table[-1].value.to_string()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUTHOR])
def test_who_may_not_see_it_is_refused_on_record(console: Console, role: Role) -> None:
    console.sign_in(role)
    app = console.open("system")
    assert "You may not see this page" in app.error[0].value
    assert not app.dataframe
    (event,) = console.sluice.audit.list_events(HOST, AuditFilter(action="page.forbidden")).rows
    assert event.target == "System"


def test_limits_in_shadow_are_named(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    console.sign_in(Role.OPERATOR)
    cards = {m.label: (m.value, m.delta) for m in console.open("system").metric}
    assert cards["Limits in shadow"] == ("0", "every limit is enforced")
    limits = console.sluice.live.snapshot.limits
    monkeypatch.setattr(limits.__class__, "shadow", frozenset({"daily_budget", "feature"}))
    cards = {m.label: (m.value, m.delta) for m in console.open("system").metric}
    assert cards["Limits in shadow"] == ("2", "daily_budget, feature")
