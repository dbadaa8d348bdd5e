"""Every route of the admin API: what it does, and whom and what it refuses."""

from __future__ import annotations

import re
from typing import Any

import openai
import pytest

from tests.integration.backends import BOTH
from tests.servers import ADMIN_TOKEN, SluiceServer, eventually

BACKENDS = BOTH

PREFIX = "/api/v1/admin/ai"
WHY = {"reason": "a test"}
ROUTES: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/status", {}),
    ("POST", "/kill-switch", {"json": WHY}),
    ("DELETE", "/kill-switch", {"params": WHY}),
    ("GET", "/rollout", {}),
    ("PUT", "/rollout", {"json": WHY | {"percentage": 100}}),
    ("PUT", "/features/question_hint/enable", {"json": WHY}),
    ("PUT", "/features/question_hint/disable", {"json": WHY}),
    ("POST", "/return-to-mock", {"json": WHY}),
    ("GET", "/cost-report", {}),
    ("GET", "/blocks", {}),
]


@pytest.fixture(scope="module")
def server(start_server: Any) -> SluiceServer:
    started: SluiceServer = start_server()
    return started


@pytest.fixture(scope="module")
def generate_key(server: SluiceServer) -> str:
    return server.create_key()


@pytest.fixture(scope="module")
def admin_key(server: SluiceServer) -> str:
    return server.create_key(name="deploy", scopes=["ai:admin"], feature=None)


def problem(reply: Any, status: int, code: str) -> str:
    """The message of an error in OpenAI's shape."""
    assert reply.status_code == status, reply.text
    error = reply.json()["error"]
    assert error.keys() == {"message", "type", "param", "code"}
    assert error["code"] == code
    return str(error["message"])


def served(server: SluiceServer) -> list[tuple[str, str]]:
    """Every route of the admin API as the server itself describes it, placeholders filled in."""
    headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    paths = server.http.get("/api/openapi.json", headers=headers).json()["paths"]
    routes = [
        (method.upper(), re.sub(r"{\w+}", "question_hint", path).removeprefix(PREFIX))
        for path, methods in paths.items()
        if path.startswith(PREFIX)
        for method in methods
    ]
    assert {(method, path) for method, path, _ in ROUTES} <= set(routes)
    return routes


def test_nobody_gets_in_without_a_token(server: SluiceServer) -> None:
    for method, path in served(server):
        reply = server.admin(method, path, None)
        assert "bearer token" in problem(reply, 401, "api_key_missing")
        assert reply.headers["www-authenticate"] == "Bearer"
        problem(server.admin(method, path, "wrong"), 401, "invalid_api_key")


def test_a_key_of_an_application_is_not_enough(server: SluiceServer, generate_key: str) -> None:
    for method, path in served(server):
        reply = server.admin(method, path, generate_key)
        assert "ai:admin" in problem(reply, 403, "scope_missing")


@pytest.mark.parametrize(
    ("method", "path", "options"), [route for route in ROUTES if route[0] != "GET"]
)
@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_every_change_needs_a_reason(
    server: SluiceServer, method: str, path: str, options: dict[str, Any], reason: str
) -> None:
    kind = "params" if "params" in options else "json"
    before = server.admin("GET", "/rollout").json()["revision"]
    reply = server.admin(method, path, **{kind: options[kind] | {"reason": reason}})
    assert "reason" in problem(reply, 422, "invalid_value")
    assert reply.json()["error"]["param"] == "reason"
    assert server.admin("GET", "/rollout").json()["revision"] == before


def test_status_tells_all_that_scripts_rely_on(server: SluiceServer) -> None:
    status = server.admin("GET", "/status").json()
    assert (status["rollout"]["stage"], status["rollout"]["percentage"]) == ("general", 100)
    assert status["circuit_breaker_state"] == "closed"
    assert status["budget"]["within_budget"] is True
    assert status["features"]["question_hint"]["enabled"] is True
    assert status["features"]["evaluation"]["enabled"] is False
    assert status["kill_switch"] == {"active": False, "scopes": []}
    assert (status["provider"], status["is_mock"]) == ("mock/mock-model", True)


def test_a_kill_is_pulled_and_released(server: SluiceServer) -> None:
    scope = "feature:question_hint"
    pulled = server.admin("POST", "/kill-switch", json={"scope": scope, "reason": "odd answers"})
    assert pulled.status_code == 200
    assert (pulled.json()["scope"], pulled.json()["active"]) == (scope, True)
    redis = {"redis": "written"} if "REDIS_URL" in server.environment else {}
    assert pulled.json()["places"] == {"file": "written", "sql": "written"} | redis
    (listed,) = server.admin("GET", "/status").json()["kill_switch"]["scopes"]
    assert (listed["actor"], listed["reason"]) == ("token:admin", "odd answers")

    query = {"scope": scope, "reason": "mended"}
    released = server.admin("DELETE", "/kill-switch", params=query)
    assert (released.json()["active"], released.json()["was_active"]) == (False, True)
    for action, reason in (("kill.activate", "odd answers"), ("kill.release", "mended")):
        event = server.audit_events(action)[0]
        assert (event.actor, event.target, event.reason) == ("token:admin", scope, reason)


def test_a_kill_of_an_unknown_name_carries_a_warning(server: SluiceServer) -> None:
    scope = "model:mock/nosuch"
    pulled = server.admin("POST", "/kill-switch", json={"scope": scope, "reason": "odd answers"})
    assert pulled.status_code == 200
    assert "mock/mock-model" in pulled.json()["warning"]
    unchanged = server.admin("DELETE", "/kill-switch", params={"reason": "mended"}).json()
    assert (unchanged["changed"], unchanged["still_stopped"]) == (False, [scope])
    assert [unchanged[name] for name in ("actor", "reason", "at")] == [None] * 3
    assert (unchanged["was_active"], unchanged["active"]) == (False, False)
    released = server.admin(
        "DELETE", "/kill-switch", params={"scope": scope, "reason": "mended"}
    ).json()
    assert (released["warning"], released["still_stopped"]) == (None, [])
    assert (released["changed"], released["actor"]) == (True, "token:admin")


@pytest.mark.parametrize("scope", ["everything", "feature:", "model:small", ""])
def test_a_scope_that_is_none_is_refused(server: SluiceServer, scope: str) -> None:
    reply = server.admin("POST", "/kill-switch", json=WHY | {"scope": scope})
    assert "feature:NAME" in problem(reply, 422, "invalid_value")


def test_the_ceiling_and_a_feature_are_moved(server: SluiceServer, admin_key: str) -> None:
    body = {"stage": "gradual", "percentage": 25, "reason": "half way"}
    moved = server.admin("PUT", "/rollout", json=body).json()
    assert moved["subject"] == "all"
    assert (moved["previous"]["stage"], moved["current"]["percentage"]) == ("general", 25)
    assert moved["current"]["stage"] == "beta"
    assert "gradual" in moved["note"]
    assert server.admin("GET", "/rollout").json()["ceiling"]["percentage"] == 25
    assert server.metric("ai_rollout_percentage", feature="") == 25
    event = server.audit_events("rollout.set")[0]
    assert (event.actor, event.target, event.reason) == ("token:admin", "all", "half way")
    assert event.before is not None
    assert event.after is not None
    assert (event.before["percentage"], event.after["percentage"]) == (100, 25)

    body = {"feature": "study_plan", "percentage": 12.5, "reason": "carefully"}
    moved = server.admin("PUT", "/rollout", admin_key, json=body).json()
    assert (moved["subject"], moved["current"]["percentage"]) == ("study_plan", 12.5)
    features = server.admin("GET", "/rollout").json()["features"]
    assert features["study_plan"]["percentage"] == 12.5
    assert server.audit_events("rollout.set")[0].actor == "token:deploy"
    body = {"stage": "general", "reason": "back again"}
    assert server.admin("PUT", "/rollout", json=body).status_code == 200


def test_a_feature_is_switched_off_and_on(server: SluiceServer, generate_key: str) -> None:
    client = server.client(generate_key)
    ask: Any = {"model": "auto", "messages": [{"role": "user", "content": "2 + 2?"}]}
    off = server.admin("PUT", "/features/question_hint/disable", json=WHY).json()
    assert (off["previous"]["enabled"], off["current"]["enabled"]) == (True, False)
    with pytest.raises(openai.PermissionDeniedError) as caught:
        client.chat.completions.create(**ask)
    assert caught.value.code == "feature_disabled"
    on = server.admin("PUT", "/features/question_hint/enable", json=WHY).json()
    assert on["current"]["enabled"] is True
    assert client.chat.completions.create(**ask).choices
    for action in ("feature.disable", "feature.enable"):
        event = server.audit_events(action)[0]
        assert (event.actor, event.target) == ("token:admin", "question_hint")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/rollout", {"feature": "poems", "percentage": 5}),
        ("/features/poems/enable", {}),
        ("/features/poems/disable", {}),
    ],
)
def test_an_unknown_feature_is_told_which_there_are(
    server: SluiceServer, path: str, body: dict[str, Any]
) -> None:
    reply = server.admin("PUT", path, json=WHY | body)
    assert "question_hint" in problem(reply, 404, "feature_not_found")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/rollout", {"percentage": 100}),
        ("/rollout", {"percentage": 100, "feature": "topic_explanation"}),
        ("/features/topic_explanation/enable", {}),
        ("/features/topic_explanation/disable", {}),
    ],
)
def test_whoever_saw_an_old_version_gets_a_conflict(
    server: SluiceServer, path: str, body: dict[str, Any]
) -> None:
    before = server.admin("GET", "/rollout").json()
    reply = server.admin("PUT", path, json=WHY | body | {"version": 4711})
    problem(reply, 409, "stale_version")
    assert server.admin("GET", "/rollout").json() == before
    seen = before["features"]["topic_explanation"]["version"]
    body = WHY | {"feature": "topic_explanation", "percentage": 100, "version": seen}
    assert server.admin("PUT", "/rollout", json=body).status_code == 200


@pytest.mark.parametrize(
    "body",
    [{}, {"stage": "disabled", "percentage": 10}, {"stage": "canary", "percentage": 60}],
)
def test_a_target_that_contradicts_itself_is_refused(
    server: SluiceServer, body: dict[str, Any]
) -> None:
    problem(server.admin("PUT", "/rollout", json=WHY | body), 422, "invalid_value")


@pytest.mark.parametrize(
    "body",
    [
        {"percentage": 101},
        {"percentage": "much"},
        {"percentage": 12.345},
        {"stage": "moon"},
        {"percentage": 5, "colour": "red"},
    ],
)
def test_a_body_that_cannot_be_read_is_named(server: SluiceServer, body: dict[str, Any]) -> None:
    message = problem(server.admin("PUT", "/rollout", json=WHY | body), 400, "invalid_request")
    assert any(name in message for name in body)


@pytest.mark.parametrize("path", [f"{PREFIX}/rollout", "/auth/sign-in"])
@pytest.mark.parametrize("size", [2**20, 8 * 2**20])
def test_a_body_over_one_mebibyte_is_refused(server: SluiceServer, path: str, size: int) -> None:
    reply = server.http.request(
        "PUT" if path.startswith(PREFIX) else "POST",
        path,
        json={"reason": "x" * size},
        headers={"Authorization": f"Bearer {ADMIN_TOKEN}"},
    )
    assert "1 MiB" in problem(reply, 413, "request_too_large")


def test_a_body_just_under_one_mebibyte_is_read(server: SluiceServer) -> None:
    reply = server.admin("PUT", "/rollout", json={"reason": "x" * (2**20 - 100), "stage": "moon"})
    assert "stage" in problem(reply, 400, "invalid_request")


def test_the_cost_report_sums_up_the_days(server: SluiceServer, generate_key: str) -> None:
    reply = server.client(generate_key).chat.completions.with_raw_response.create(
        model="auto", messages=[{"role": "user", "content": "2 + 2?"}]
    )
    server.request(reply.headers["x-request-id"])
    report = server.admin("GET", "/cost-report", params={"days": 3}).json()
    assert len(report["days"]) == 3
    assert report["requests"] == sum(day["requests"] for day in report["days"]) >= 1
    assert report["total_cost_usd"] == "0.000000000"
    assert sum(row["requests"] for row in report["by"]["feature"]) == report["requests"]
    for days in (0, 367, "all"):
        reply = server.admin("GET", "/cost-report", params={"days": days})
        assert "days" in problem(reply, 400, "invalid_request")


def test_return_to_mock_is_one_action(start_server: Any) -> None:
    server: SluiceServer = start_server(
        AI_PROVIDER="openai", OPENAI_API_KEY="sk-upstream-0123456789"
    )
    assert server.admin("GET", "/status").json()["provider"] == "openai/gpt-4o-mini"
    done = server.admin("POST", "/return-to-mock", json={"reason": "enough for today"}).json()
    assert (done["current"]["stage"], done["current"]["percentage"]) == ("disabled", 0)
    status = server.admin("GET", "/status").json()
    assert (status["provider"], status["rollout"]["stage"]) == ("mock/mock-model", "disabled")
    (event,) = server.audit_events("rollout.return_to_mock")
    assert (event.actor, event.reason) == ("token:admin", "enough for today")
    assert event.after is not None
    assert event.after["provider"] == "mock"
    server.kill9()
    server.start()
    assert eventually(lambda: server.admin("GET", "/status").json())["is_mock"] is True
