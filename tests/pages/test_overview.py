"""The Overview answers "are we OK, and what changed" in every state of its sources."""

from collections.abc import Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from streamlit.proto.Metric_pb2 import Metric as MetricProto

from services.bootstrap.views import status_view
from services.domain.audit import AuditFilter
from services.domain.breakers import BreakerState
from services.domain.calls import Candidate
from services.domain.errors import SourceDown
from services.domain.identity import Role, Scope
from services.domain.rollout import CEILING, Stage
from tests.contract.records import an_intent, an_outcome
from tests.ledger import open_ledger
from tests.pages.running import HOST, Console, texts
from tests.servers import eventually


def test_empty_system_says_no_data_and_how_to_begin(console: Console) -> None:
    console.sign_in(Role.VIEWER)
    app = console.open("overview")
    assert not app.exception
    assert {m.label: m.value for m in app.metric} == {
        "AI": "Running",
        "Spend today": "$0.00",
        "Spend this month": "$0.00",
        "Errors, 24 h": "No data",
        "P95 latency, 24 h": "No data",
        "Requests, 24 h": "No data",
    }
    assert "a true zero" not in texts(app)
    assert "ai-create-key" in app.code[0].value
    assert not app.get("page_link")
    assert not app.success


def test_green_only_with_figures_and_mock_is_marked(console: Console) -> None:
    console.ask_once()
    console.sign_in(Role.VIEWER)
    app = console.open("overview")
    assert "OK: 1 request in 24 hours, 0 of 1 failed" in texts(app)
    assert app.success
    values = {m.label: m.value for m in app.metric}
    assert values["Requests, 24 h"] == "1"
    assert values["Errors, 24 h"] == "0 of 1"
    assert "mock" in texts(app)
    assert not app.code


def test_mostly_refused_requests_are_never_green(console: Console) -> None:
    key = console.sluice.keys.create(
        HOST, name="shop", scopes=[Scope.GENERATE], feature="question_hint"
    )
    assert console.post_chat(key.token).status_code == 403
    eventually(lambda: console.sluice.status.get_status(HOST).traffic.value)
    console.sign_in(Role.VIEWER)
    app = console.open("overview")
    assert "1 of 1 requests were refused" in app.warning[0].value
    assert not app.success


@pytest.mark.parametrize("console", [{"ai_max_retries": 0}], indirect=True)
def test_one_failure_of_three_is_told_by_counts_and_coloured_by_none(console: Console) -> None:
    key = console.sluice.keys.create(
        HOST, name="shop", scopes=[Scope.GENERATE], feature="question_hint", role="staff"
    )
    for model in ("auto", "mock/mock-error", "auto"):
        console.post_chat(key.token, model)
    eventually(
        lambda: (t := console.sluice.status.get_status(HOST).traffic.value) and t.quality.failed
    )
    console.sign_in(Role.VIEWER)
    app = console.open("overview")
    (card,) = [m for m in app.metric if m.label == "Errors, 24 h"]
    assert (card.value, card.delta) == ("1 of 3", "failed, 0 refused")
    assert card.proto.color != MetricProto.MetricColor.RED
    assert "Too few requests to judge: 1 of 3 requests failed." in texts(app)
    assert app.info
    assert not app.error
    assert not app.warning
    assert not app.success


@pytest.mark.parametrize(
    ("console", "state"),
    [
        ({"ai_feature_daily_requests": 1}, ":red[:material/block: **question_hint** is refused]: "),
        (
            {"ai_feature_daily_requests": 1, "ai_shadow_limits": "feature_daily"},
            ":material/visibility: **question_hint** goes on, in shadow: ",
        ),
    ],
    indirect=["console"],
)
def test_a_feature_at_its_cap_is_named_with_the_way_to_the_limits(
    console: Console, state: str
) -> None:
    console.ask_once()
    console.sign_in(Role.VIEWER)
    app = console.open("overview")
    assert f"{state}1 of 1 requests are used (feature_daily). It starts anew in" in texts(app)
    assert [link.proto.label for link in app.get("page_link")] == ["Open the limits"]
    assert "in the last hour" not in texts(app)
    assert not app.success


@pytest.mark.parametrize(
    "console", [{"ai_user_daily_requests": 1, "ai_raised_limit_factor": 1}], indirect=True
)
def test_calls_that_a_users_quota_refuses_are_named(console: Console) -> None:
    key = console.sluice.keys.create(
        HOST, name="shop", scopes=[Scope.GENERATE], feature="question_hint", role="staff"
    )
    assert [console.post_chat(key.token).status_code for _ in range(3)] == [200, 429, 429]
    eventually(lambda: console.sluice.status.get_status(HOST).lasting_refusals)
    console.sign_in(Role.VIEWER)
    app = console.open("overview")
    told = "2 calls of question_hint were refused in the last hour (user_daily)"
    assert f":orange[:material/block:] {told}" in texts(app)
    assert told in app.warning[0].value.replace("\\", "")
    assert [link.proto.label for link in app.get("page_link")] == ["Open the limits"]
    assert not app.success


@pytest.mark.parametrize(
    "console", [{"ai_feature_daily_tokens": 400, "ai_max_tokens": 401}], indirect=True
)
def test_a_feature_whose_cap_has_no_room_for_a_usual_call_is_named(console: Console) -> None:
    console.sign_in(Role.VIEWER)
    app = console.open("overview")
    told = "0 of 400 tokens are used, the rest is too little for a usual call (feature_daily)"
    assert f":red[:material/block: **question_hint** is refused]: {told}" in texts(app)
    assert f"question_hint is refused: {told}" in app.error[0].value.replace("\\", "")


@pytest.mark.parametrize("console", [{"ai_daily_budget_usd": 0}], indirect=True)
def test_a_spent_budget_is_named_with_everybody_it_refuses(console: Console) -> None:
    console.sign_in(Role.VIEWER)
    app = console.open("overview")
    assert "**every feature** is refused]: $0.00 of $0.00 is spent (daily_budget)" in texts(app)
    assert "today's budget is spent, calls are refused" in app.error[0].value


@pytest.mark.parametrize("console", [{"ai_feature_daily_requests": 1}], indirect=True)
def test_without_counters_what_is_left_of_caps_is_unknown(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    console.ask_once()

    def ask(coroutine: Coroutine[Any, Any, Any]) -> Any:
        coroutine.close()
        raise SourceDown("Redis, which holds the counters of the fleet, does not answer.")

    monkeypatch.setattr(console.sluice.limits, "_call", ask)
    console.sign_in(Role.VIEWER)
    app = console.open("overview")
    assert not app.exception
    assert not app.success
    assert "Unknown: the counters do not answer" in texts(app)


def test_the_first_stage_is_for_staff_alone(console: Console) -> None:
    console.sign_in(Role.VIEWER)
    assert console.open("overview").metric[0].delta == "internal_only, staff only"


def test_a_change_of_stage_reads_as_on_the_audit_page(console: Console) -> None:
    console.sluice.rollouts.set_target(HOST, CEILING, stage=Stage.CANARY, reason="begin")
    console.sluice.kill_switch.pull(HOST, "all", "a drill")
    console.sluice.kill_switch.release(HOST, "all", "over")
    console.sign_in(Role.VIEWER)
    shown = texts(console.open("overview")).replace("\\", "")
    assert "percentage: 0% → 5%" in shown
    assert "active: yes → no" in shown


def test_ledger_down_is_no_zero_and_never_green(console: Console) -> None:
    console.ask_once()
    console.sign_in(Role.VIEWER)
    console.take_ledger_away()
    app = console.open("overview")
    assert not app.exception
    values = {m.label: m.value for m in app.metric}
    assert values["AI"] == "Running"
    assert {value for label, value in values.items() if label != "AI"} == {"Unknown"}
    assert not app.success
    assert "Unknown: the ledger does not answer" in texts(app)


def test_only_breakers_of_routed_models_are_trouble(console: Console) -> None:
    console.sign_in(Role.VIEWER)
    force = console.sluice.breakers.set_state
    force(HOST, Candidate("mock", "mock-error"), BreakerState.FORCED_OPEN, "a drill")
    app = console.open("overview")
    assert "breaker mock" not in texts(app)
    assert not app.error
    status = console.sluice.status.get_status(HOST)
    assert status.breaker_state is BreakerState.CLOSED
    told = {b["model"]: b["is_routed"] for b in status_view(status)["circuit_breakers"]}
    assert told["mock-error"] is False
    shown = console.open("reliability").dataframe[0].value.set_index("Breaker")
    assert shown["Asked by"].to_dict() == {
        "mock/mock-error": "unused: only calls that name it", "mock/mock-model": "the route",
    }  # fmt: skip
    force(HOST, Candidate("mock", "mock-model"), BreakerState.FORCED_OPEN, "a drill")
    assert "Trouble: breaker mock/mock-model is open" in texts(app.run())
    assert console.sluice.status.get_status(HOST).breaker_state is BreakerState.FORCED_OPEN


def test_a_stop_is_the_verdict_and_among_the_changes(console: Console) -> None:
    console.sluice.kill_switch.pull(HOST, "all", "wrong prices")
    console.sign_in(Role.VIEWER)
    app = console.open("overview")
    assert app.error
    assert "AI is stopped by host:tests: wrong prices" in texts(app)
    assert app.metric[0].value == "Stopped"
    assert [link.proto.label for link in app.get("page_link")] == ["Open the kill switch"]
    assert "kill.activate" in texts(app)
    assert "session.start" not in texts(app)


def test_other_pages_tell_a_stop_of_parts_from_one_of_all(console: Console) -> None:
    console.sign_in(Role.VIEWER)
    console.sluice.kill_switch.pull(HOST, "feature:study_plan", "wrong prices")
    app = console.open("cost")
    assert app.error[0].value.startswith("AI is partly stopped: **Feature study")
    assert [link.proto.label for link in app.get("page_link")] == ["Open the kill switch"]
    console.sluice.kill_switch.pull(HOST, "all", "wrong everywhere")
    app = app.run()
    assert app.error[0].value.startswith("AI is stopped. ")
    assert "**Everything** by" in app.error[0].value


def test_a_forbidden_page_says_so_and_is_on_record_once(console: Console) -> None:
    console.sign_in(Role.VIEWER)
    app = console.open("playground").run()
    assert "lacks permission playground:use" in app.error[0].value
    assert not app.button
    events = console.sluice.audit.list_events(HOST, AuditFilter(action="page.forbidden")).rows
    assert [event.target for event in events] == ["Playground"]


def test_an_ended_session_shows_nothing(console: Console) -> None:
    console.sign_in(Role.ADMIN)
    app = console.open("overview")
    console.sign_out()
    app.run()
    assert app.title[0].value == "You are signed out"
    assert not app.metric


def test_answers_that_the_mock_invented_for_a_real_provider_are_never_green(
    console: Console,
) -> None:
    at = console.sluice.clock.now() - timedelta(seconds=5)
    outcome = replace(an_outcome(an_intent(started_at=at)), is_degraded=True, is_mock=True)
    open_ledger(console.sluice.settings.sql_url, at).add([outcome])
    console.sign_in(Role.VIEWER)
    app = console.open("overview")
    assert "the mock invented 1 answer in 24 hours in place of" in app.warning[0].value
    assert not app.success
