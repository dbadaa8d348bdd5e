"""Keys, signed tokens, the audit log and the documentation over HTTP, on a running server."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from services.adapters.jwt_tokens import JwtTokens
from services.adapters.secrets import derive_key
from services.domain.identity import Role
from services.domain.signed_tokens import TokenClaims
from tests.servers import CONSOLE, TESTER, SluiceServer, eventually

PASSWORD = "a long enough passphrase"
ASK = {"model": "auto", "messages": [{"role": "user", "content": "2 + 2 kaç eder?"}]}
HINT = {"X-AI-Feature": "question_hint"}


@pytest.fixture(scope="module")
def server(start_server: Any) -> SluiceServer:
    started: SluiceServer = start_server(CONSOLE)
    return started


def ask(server: SluiceServer, token: str, **body: Any) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {token}"} | HINT
    return server.http.post("/v1/chat/completions", json=ASK | body, headers=headers)


def issue(server: SluiceServer, user: str = "pupil-7", *scopes: str) -> str:
    body = {"user_id": user, "scopes": scopes or ["ai:generate"], "reason": "for a test"}
    answer = server.admin("POST", "/tokens", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


def sign(server: SluiceServer, *scopes: str, expires_in_s: int) -> str:
    """A token that the server's own key signed, with an expiry of our choice."""
    secret = (server.data_dir / "audit.key").read_text().strip()
    now = datetime.now(UTC)
    claims = TokenClaims("pupil-7", frozenset(scopes), now, now + timedelta(seconds=expires_in_s))
    return JwtTokens(derive_key(secret, "jwt")).sign(claims)


def code(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_key_made_by_the_api_calls_until_it_is_revoked(server: SluiceServer) -> None:
    body = {"name": "kiosk", "scopes": ["ai:generate"], "feature": "question_hint", "reason": "x"}
    made = server.admin("POST", "/keys", json=body).json()
    assert ask(server, made["key"]).status_code == 200
    listed = server.admin("GET", "/keys").json()["keys"]
    found = next(key for key in listed if key["id"] == made["id"])
    assert (found["name"], found["live"]) == ("kiosk", True)
    assert "key" not in found
    gone = server.admin("DELETE", f"/keys/{made['id']}", params={"reason": "leaked"})
    assert (gone.status_code, gone.json()["live"]) == (200, False)
    assert code(ask(server, made["key"])) == (401, "api_key_revoked")
    again = server.admin("DELETE", f"/keys/{made['id']}", params={"reason": "leaked"})
    assert code(again) == (409, "key_revoked")


def test_a_key_needs_a_reason_and_known_scopes(server: SluiceServer) -> None:
    wrong = {"name": "kiosk", "scopes": ["ai:everything"], "reason": "x"}
    assert code(server.admin("POST", "/keys", json=wrong)) == (422, "invalid_value")
    mute = {"name": "kiosk", "scopes": ["ai:generate"]}
    assert code(server.admin("POST", "/keys", json=mute)) == (422, "invalid_value")


def test_a_typing_error_in_a_role_and_a_taken_name_are_refused(server: SluiceServer) -> None:
    body = {"name": "desk", "scopes": ["ai:generate"], "role": "techer", "reason": "x"}
    refused = server.admin("POST", "/keys", json=body)
    assert code(refused) == (422, "role_unknown")
    assert "Did you mean teacher?" in refused.json()["error"]["message"]
    made = server.admin("POST", "/keys", json=body | {"custom_role": True})
    assert made.status_code == 201
    assert "'techer' counts as an ordinary user" in made.json()["warning"]
    assert code(server.admin("POST", "/keys", json=body | {"role": None})) == (
        409, "key_name_taken",
    )  # fmt: skip
    rotated = body | {"role": None, "replaces": made.json()["id"]}
    assert server.admin("POST", "/keys", json=rotated).status_code == 201


def test_an_admin_key_cannot_make_others(server: SluiceServer) -> None:
    admin = server.create_key(scopes=["ai:admin"], feature=None)
    assert server.admin("GET", "/status", admin).status_code == 200
    body = {"name": "more", "scopes": ["ai:admin"], "reason": "x"}
    assert code(server.admin("POST", "/keys", admin, json=body)) == (403, "permission_denied")
    body = {"user_id": "u", "scopes": ["ai:admin"], "reason": "x"}
    assert code(server.admin("POST", "/tokens", admin, json=body)) == (403, "permission_denied")


def test_a_signed_token_calls_for_its_user(server: SluiceServer) -> None:
    answer = ask(server, issue(server, "pupil-8"))
    assert answer.status_code == 200
    detail = server.request(answer.headers["x-request-id"])
    assert detail.outcome.intent.application == "jwt"
    assert detail.outcome.intent.user is not None
    same = server.request(ask(server, issue(server, "pupil-8")).headers["x-request-id"])
    other = server.request(ask(server, issue(server, "pupil-9")).headers["x-request-id"])
    assert same.outcome.intent.user == detail.outcome.intent.user
    assert other.outcome.intent.user != detail.outcome.intent.user


def test_a_signed_token_calls_for_nobody_else(server: SluiceServer) -> None:
    token = issue(server, "pupil-8")
    assert code(ask(server, token, user="pupil-9")) == (403, "assertion_not_allowed")
    assert ask(server, token, user="pupil-8").status_code == 200


def test_the_gateway_says_what_is_wrong_with_a_token(server: SluiceServer) -> None:
    assert code(ask(server, "a.b.c")) == (401, "token_invalid")
    expired = sign(server, "ai:generate", expires_in_s=-1)
    assert code(ask(server, expired)) == (401, "token_expired")
    assert ask(server, sign(server, "ai:generate", expires_in_s=60)).status_code == 200
    assert code(ask(server, issue(server, "u", "ai:read"))) == (403, "scope_missing")


def test_the_admin_api_says_what_is_wrong_with_a_token(server: SluiceServer) -> None:
    assert code(server.admin("GET", "/status", token=None)) == (401, "api_key_missing")
    assert code(server.admin("GET", "/status", "a.b.c")) == (401, "token_invalid")
    expired = sign(server, "ai:admin", expires_in_s=-1)
    assert code(server.admin("GET", "/status", expired)) == (401, "token_expired")
    assert code(server.admin("GET", "/status", issue(server))) == (403, "scope_missing")
    foreign = server.http.get(
        "/api/v1/admin/ai/status", headers={b"authorization": "Bearer ş".encode()}
    )
    assert code(foreign) == (401, "invalid_api_key")


def test_what_a_token_did_stands_under_its_users_name(server: SluiceServer) -> None:
    token = issue(server, "robot", "ai:admin")
    body = {"scope": "feature:study_plan", "reason": "a drill"}
    assert server.admin("POST", "/kill-switch", token, json=body).status_code == 200
    server.admin("DELETE", "/kill-switch", params={"scope": "feature:study_plan", "reason": "x"})
    events = eventually(lambda: server.audit_events("kill.activate"))
    assert events[0].actor == "jwt:robot"


def test_the_audit_log_is_read_page_by_page(server: SluiceServer) -> None:
    for number in range(3):
        body = {"percentage": 100 - number, "reason": f"step {number}"}
        server.admin("PUT", "/rollout", json=body)
    server.admin("PUT", "/rollout", json={"stage": "general", "reason": "back"})
    reasons, cursor = [], None
    while True:
        query = {"action": "rollout.", "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = server.admin("GET", "/audit", params=query).json()
        assert len(page["events"]) <= 2
        reasons += [event["reason"] for event in page["events"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert reasons[:4] == ["back", "step 2", "step 1", "step 0"]


def test_the_audit_log_is_filtered(server: SluiceServer) -> None:
    server.admin("PUT", "/rollout", json={"stage": "general", "reason": "for a filter"})

    def events(**query: str) -> list[dict[str, Any]]:
        answer = server.admin("GET", "/audit", params=query)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["events"])

    assert {e["action"] for e in events(action="rollout.set")} == {"rollout.set"}
    assert {e["actor"] for e in events(actor="token:admin")} == {"token:admin"}
    assert {e["target"] for e in events(target="all")} == {"all"}
    assert events(start="2099-01-01T00:00:00Z") == []
    assert events(end="2020-01-01T00:00:00Z") == []
    bad = server.admin("GET", "/audit", params={"start": "yesterday"})
    assert code(bad) == (400, "invalid_request")


def test_the_chain_is_verified(server: SluiceServer) -> None:
    check = server.admin("GET", "/audit/verify").json()
    assert check["intact"] is True
    assert check["events"] > 0
    assert datetime.fromisoformat(check["verified_at"]).tzinfo is not None


def test_one_request_is_told_in_full(server: SluiceServer) -> None:
    request_id = ask(server, issue(server)).headers["x-request-id"]
    server.request(request_id)
    told = server.admin("GET", f"/requests/{request_id}").json()
    assert (told["status"], told["feature"], told["is_mock"]) == ("success", "question_hint", True)
    assert told["steps"][0]["step"] == "authenticate"
    assert [attempt["number"] for attempt in told["attempts"]] == [1]
    assert re.fullmatch(r"0\.\d{9}", told["cost_usd"])
    assert code(server.admin("GET", "/requests/nothing")) == (404, "not_found")


def test_the_system_is_told_without_secrets(server: SluiceServer) -> None:
    answer = server.admin("GET", "/system")
    view = answer.json()
    assert [instance["kind"] for instance in view["instances"]] == ["console"]
    assert view["route"] == ["mock/mock-model"]
    assert view["settings"]["AI_ADMIN_TOKEN"] == "set"
    assert server.environment["AI_ADMIN_TOKEN"] not in answer.text


@pytest.mark.parametrize("path", ["/api/docs", "/api/openapi.json"])
def test_documentation_is_for_administrators_and_token_holders(
    server: SluiceServer, path: str
) -> None:
    def get(**headers: str) -> httpx2.Response:
        return server.http.get(path, headers=headers, follow_redirects=False)

    assert get(accept="application/json").status_code == 401
    assert get(authorization=f"Bearer {server.environment['AI_ADMIN_TOKEN']}").status_code == 200
    assert get(authorization=f"Bearer {issue(server)}").status_code == 403
    for role, status in ((Role.ADMIN, 200), (Role.OPERATOR, 403)):
        assert get(cookie=f"sluice_session={cookie(server, role)}").status_code == status
    assert get(cookie="sluice_session=ended", accept="application/json").status_code == 401


def test_a_browser_without_a_session_is_led_to_the_sign_in(server: SluiceServer) -> None:
    answer = server.http.get("/api/docs", headers={"accept": "text/html"}, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/auth/sign-in?next=/api/docs"


def test_documentation_names_every_operation_and_loads_nothing(server: SluiceServer) -> None:
    headers = {"authorization": f"Bearer {server.environment['AI_ADMIN_TOKEN']}"}
    page = server.http.get("/api/docs", headers=headers).text
    for path, methods in (
        server.http.get("/api/openapi.json", headers=headers).json()["paths"].items()
    ):
        for method in methods:
            assert f"{method.upper()} {path}" in page
    assert "<script" not in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page


def test_a_cookie_does_not_open_the_admin_api(server: SluiceServer) -> None:
    headers = {"cookie": f"sluice_session={cookie(server, Role.ADMIN)}"}
    answer = server.http.get("/api/v1/admin/ai/status", headers=headers)
    assert code(answer) == (401, "api_key_missing")


def test_keys_are_listed_and_revoked_from_the_host(server: SluiceServer) -> None:
    made = server.run_cli(
        "ai-create-key",
        "--name",
        "from-host",
        "--scopes",
        "ai:generate",
        "--days",
        "7",
        "--role",
        "staff",
    )
    assert made.stdout.startswith("sk-sluice-")
    listed = server.run_cli("ai-list-keys")
    line = next(line for line in listed.stdout.splitlines() if " from-host: live, until" in line)
    assert ", ai:generate, role staff, by host:" in line
    revoked = server.run_cli("ai-revoke-key", "--id", line.split()[0], "--reason", "a drill")
    assert revoked.returncode == 0
    assert "from-host is revoked" in revoked.stdout
    assert "from-host: revoked" in server.run_cli("ai-list-keys").stdout
    unknown = server.run_cli("ai-revoke-key", "--id", "nothing", "--reason", "a drill")
    assert (unknown.returncode, "no key with id" in unknown.stderr) == (1, True)


def cookie(server: SluiceServer, role: Role) -> str:
    """The cookie of a new person with this role."""
    login = f"{role}-{datetime.now(UTC).timestamp()}"
    server.library.accounts.create_account(TESTER, login, role, PASSWORD, "for a test")
    return server.library.sessions.sign_in(login, PASSWORD).token
