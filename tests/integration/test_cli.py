"""Each command as the person at the host runs it: text, JSON, and what goes wrong."""

from __future__ import annotations

import getpass
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.servers import SluiceServer, eventually

HOST = f"host:{getpass.getuser()}"
ASK: Any = [{"role": "user", "content": "2 + 2?"}]


@pytest.fixture(scope="module")
def server(start_server: Any) -> SluiceServer:
    started: SluiceServer = start_server()
    return started


def run(server: SluiceServer, *args: str) -> str:
    """What a command prints when all goes well."""
    done = server.run_cli(*args)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    return done.stdout


def run_json(server: SluiceServer, *args: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(server, *args, "--json"))
    return found


def fail(server: SluiceServer, code: int, *args: str, **environment: str) -> str:
    """The one line on stderr of a command that fails; nothing is on stdout."""
    done = server.run_cli(*args, **environment)
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_status_shows_the_state_of_the_server(server: SluiceServer) -> None:
    text = run(server, "ai-status")
    assert "Kill switch: off" in text
    assert "Provider: mock/mock-model (mock: invented answers)" in text
    assert "Rollout: general, 100% of users" in text
    assert "Budget daily_budget: $0.00 of $50.00" in text
    view = run_json(server, "ai-status")
    assert view["rollout"]["percentage"] == 100
    assert "note" not in view, "the server answered it, not the command itself"
    assert view.keys() == server.admin("GET", "/status").json().keys()


def test_kill_and_resume_reach_the_running_server(server: SluiceServer) -> None:
    text = run(server, "ai-kill", "--reason", "odd answers")
    assert f"AI stopped for scope all by {HOST}: odd answers" in text
    assert "Applied by 1 of 1 instances" in text
    assert server.http.get("/health/ready").json()["kill_switch"] == ["all"]
    assert "STOPPED: all by" in run(server, "ai-status")
    scope = ("--scope", "provider:mock")
    killed = run_json(server, "ai-kill", *scope, "--reason", "this one too")
    assert (killed["scope"], killed["active"], killed["applied"]) == ("provider:mock", True, 1)

    released = run_json(server, "ai-resume", *scope, "--reason", "not needed")
    assert (released["active"], released["was_active"]) == (False, True)
    text = run(server, "ai-resume", "--reason", "mended")
    assert f"AI released for scope all by {HOST}: mended" in text
    assert server.http.get("/health/ready").json()["kill_switch"] == []
    for action, reasons in (
        ("kill.activate", ["this one too", "odd answers"]),
        ("kill.release", ["mended", "not needed"]),
    ):
        events = server.audit_events(action)
        assert [(e.actor, e.reason) for e in events] == [(HOST, reason) for reason in reasons]


def test_a_kill_of_an_unknown_name_warns_and_a_release_of_what_runs_says_so(
    server: SluiceServer,
) -> None:
    scope = ("--scope", "feature:nosuch", "--reason")
    done = server.run_cli("ai-kill", *scope, "it lies")
    assert done.returncode == 3
    assert "AI stopped for scope feature:nosuch" in done.stdout
    assert "WARNING: No feature of that name is known here; known: " in done.stderr
    assert "question_hint" in done.stderr
    done = server.run_cli("ai-resume", "--reason", "mended")
    assert (done.returncode, done.stderr) == (1, "")
    assert "all was not stopped; still stopped: feature:nosuch." in done.stdout
    assert "--scope feature:nosuch" in done.stdout
    events = len(server.audit_events("kill.release"))
    run(server, "ai-resume", *scope, "mended")
    text = run(server, "ai-resume", "--reason", "mended")
    assert "all was not stopped, nor is anything else" in text
    assert len(server.audit_events("kill.release")) == events + 1


def test_rollout_moves_the_ceiling_and_features(server: SluiceServer) -> None:
    text = run(server, "ai-rollout", "--percentage", "25", "--reason", "carefully")
    assert "all: general 100% → beta 25%" in text
    event = server.audit_events("rollout.set")[0]
    assert (event.actor, event.target, event.reason) == (HOST, "all", "carefully")
    view = run_json(
        server, "ai-rollout", "--stage", "canary", "--feature", "study_plan", "--reason", "slowly"
    )
    assert (view["subject"], view["current"]["percentage"]) == ("study_plan", 5)
    server.set_rollout(percentage=100)


def test_a_raise_that_passes_over_stages_says_what_it_overrides(server: SluiceServer) -> None:
    text = run(server, "ai-rollout", "--stage", "internal_only", "--reason", "anew")
    assert "Override" not in text
    text = run(server, "ai-rollout", "--percentage", "25", "--reason", "carefully")
    assert (
        "Override: this skips canary; the minimum stay in internal_only had 2 d 23 h to go" in text
    )
    assert "internal_only asks for: no unexplained error, P95 latency < 2 s" in text
    view = run_json(server, "ai-rollout", "--percentage", "50", "--reason", "further")
    assert (view["override"]["stage"], view["override"]["skipped"]) == ("beta", [])
    assert 6 * 86_400 < view["override"]["minimum_stay_left_s"] <= 7 * 86_400
    server.set_rollout(percentage=100)


@pytest.mark.parametrize("is_up", [True, False])
def test_a_raise_tells_the_gate_it_passes_with_and_without_the_server(
    start_server: Any, is_up: bool
) -> None:
    server: SluiceServer = start_server()
    run(server, "ai-rollout", "--stage", "internal_only", "--reason", "anew")
    client = server.client(server.create_key(role="staff"))
    # Evidence begins with the first whole second of a stage.
    begins_at = server.library.rollouts.get_state().ceiling.stage_entered_at + timedelta(seconds=1)
    eventually(lambda: datetime.now(UTC) >= begins_at)
    for _ in range(3):
        reply = client.chat.completions.with_raw_response.create(model="auto", messages=ASK)
        server.request(reply.headers["x-request-id"])
    if not is_up:
        server.stop()
    text = run(server, "ai-rollout", "--stage", "canary", "--reason", "carefully")
    assert "Gate: inconclusive, by invented answers\n" in text
    assert "no unexplained error: inconclusive, 0 of 3 requests against it, 296 more" in text
    event = server.audit_events("rollout.set")[0]
    assert (event.actor, (event.after or {})["gate"]) == (HOST, "inconclusive")


def test_a_raise_past_what_people_judge_says_so(server: SluiceServer) -> None:
    run(server, "ai-rollout", "--stage", "beta", "--reason", "anew")
    text = run(server, "ai-rollout", "--stage", "gradual", "--reason", "carefully")
    assert "Gate: no_data, by invented answers\n  user feedback good: for people to judge" in text
    server.set_rollout(percentage=100)


def test_a_rollout_is_changed_through_the_running_server(server: SluiceServer) -> None:
    nowhere = "postgresql://nobody:secret@127.0.0.1:1/none"
    wanted = ("ai-rollout", "--percentage", "99.99", "--reason", "a little")
    done = server.run_cli(*wanted, DATABASE_URL=nowhere)
    assert (done.returncode, done.stderr) == (0, "")
    assert "all: general 100% → gradual 99.99%" in done.stdout
    event = server.audit_events("rollout.set")[0]
    assert (event.actor, event.reason) == (HOST, "a little")
    server.set_rollout(percentage=100)


def test_a_key_made_here_works_at_the_server(server: SluiceServer) -> None:
    made = ("ai-create-key", "--name", "shop", "--scopes", "ai:generate")
    done = server.run_cli(*made, "--feature", "question_hint")
    text = done.stdout
    assert "it is not shown again" in done.stderr
    assert text.split() == [text.strip()], "the key stands alone, for KEY=$(...)"
    made = ("ai-create-key", "--name", "desk", "--scopes", "ai:generate")
    view = run_json(server, *made, "--role", "staff", "--may-assert", "user,role")
    assert view["key"].startswith("sk-sluice-")
    assert view["key"] not in text
    server.create_key()  # waits until the server has seen all keys
    for key, headers in (
        (text.split()[0], {}),
        (view["key"], {"X-AI-Feature": "study_plan", "X-AI-Role": "staff"}),
    ):
        client = server.client(key)
        answer = client.chat.completions.create(
            model="auto", messages=ASK, extra_headers=headers, user="ayse"
        )
        assert answer.choices
    assert {e.actor for e in server.audit_events("key.create")} == {HOST, "host:tester"}


def test_a_role_that_opens_nothing_is_warned_of(server: SluiceServer) -> None:
    made = ("ai-create-key", "--name", "tower", "--scopes", "ai:generate", "--role", "wizard")
    refused = server.run_cli(*made)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "--custom-role" in refused.stderr
    done = server.run_cli(*made, "--custom-role")
    assert (done.returncode, done.stdout[:10]) == (0, "sk-sluice-")
    assert "WARNING: Role 'wizard' counts as an ordinary user" in done.stderr
    assert "admin, staff" in done.stderr


def test_a_live_keys_name_is_refused_with_the_way_out(server: SluiceServer) -> None:
    made = ("ai-create-key", "--name", "twice", "--scopes", "ai:generate")
    assert server.run_cli(*made).returncode == 0
    again = server.run_cli(*made)
    assert (again.returncode, again.stdout) == (1, "")
    assert "Choose another name, revoke that key first, or say" in again.stderr
    key_id = again.stderr.partition("(id ")[2].partition(",")[0]
    assert server.run_cli(*made, "--replaces", key_id).returncode == 0


def test_an_open_breaker_is_named(server: SluiceServer) -> None:
    path = "/breakers/mock/mock-model"
    order = {"state": "forced_open", "reason": "it lies"}
    assert server.admin("PUT", path, json=order).status_code == 200
    text = run(server, "ai-status")
    assert "Circuit breakers: forced_open\n  mock/mock-model forced_open" in text
    server.admin("PUT", path, json=order | {"state": "closed"})
    assert "mock/mock-model forced_open" not in run(server, "ai-status")


def test_the_cost_report_equals_the_admin_api(server: SluiceServer) -> None:
    reply = server.client(server.create_key()).chat.completions.with_raw_response.create(
        model="auto", messages=ASK
    )
    server.request(reply.headers["x-request-id"])
    view = run_json(server, "ai-cost-report", "--days", "2")
    expected = server.admin("GET", "/cost-report", params={"days": 2}).json()
    for name in ("start", "end", "requests", "total_cost_usd", "days", "by"):
        assert view[name] == expected[name]
    text = run(server, "ai-cost-report", "--days", "2")
    assert f"Requests {view['requests']}" in text
    assert "By feature:" in text


def test_the_audit_trail_is_verified(server: SluiceServer) -> None:
    view = run_json(server, "ai-verify-audit")
    assert (view["intact"], view["problem"]) == (True, None)
    assert f"intact: {view['events']} events" in run(server, "ai-verify-audit")


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("ai-kill", "--reason", " "), "A reason is required"),
        (("ai-kill", "--reason", "why", "--scope", "moon"), "is not a scope"),
        (("ai-rollout", "--reason", "why"), "Name a stage, a percentage, or both"),
        (("ai-rollout", "--percentage", "5", "--feature", "poems", "--reason", "why"), "poems"),
        (("ai-create-key", "--name", "shop", "--scopes", "fly"), "ai:generate"),
    ],
)
def test_a_wrong_value_is_told_on_stderr(
    server: SluiceServer, args: tuple[str, ...], says: str
) -> None:
    assert says in fail(server, 1, *args)


def test_a_command_without_its_reason_ends_with_2(server: SluiceServer) -> None:
    assert "--reason" in fail(server, 2, "ai-kill")


def test_settings_that_cannot_be_used_end_with_2(server: SluiceServer) -> None:
    message = fail(server, 2, "ai-status", AI_RPM="many", AI_TIMEZONE="Moon/Crater")
    assert "AI_RPM" in message
    assert "AI_TIMEZONE" in message


def test_a_database_that_is_down_ends_with_3(server: SluiceServer) -> None:
    url = "postgresql://nobody:secret@127.0.0.1:1/none"
    message = fail(server, 3, "ai-cost-report", DATABASE_URL=url)
    assert "does not answer" in message
    assert "secret" not in message


def test_without_a_server_the_commands_work_on_the_data_folder(start_server: Any) -> None:
    server: SluiceServer = start_server()
    server.stop()
    status = run_json(server, "ai-status")
    assert "no server answers" in status["note"]
    done = server.run_cli("ai-kill", "--scope", "feature:nosuch", "--reason", "before the start")
    assert (done.returncode, "known: " in done.stderr) == (3, True)
    run(server, "ai-resume", "--scope", "feature:nosuch", "--reason", "it may start")
    text = run(server, "ai-kill", "--reason", "before the start")
    assert "Written to file: written" in text
    assert "Written to sql: written" in text
    assert "No instance runs now" in text
    assert "released" in run(server, "ai-resume", "--reason", "it may start")
    server.start()
    assert server.http.get("/health/ready").json()["kill_switch"] == []


def test_a_changed_audit_trail_is_found(start_server: Any) -> None:
    server: SluiceServer = start_server()
    server.admin("POST", "/kill-switch", json={"reason": "the true reason"})
    server.stop()
    database = server.data_dir / "sluice.db"
    database.write_bytes(database.read_bytes().replace(b"the true reason", b"another reason!"))
    done = server.run_cli("ai-verify-audit")
    assert done.returncode == 1
    assert "NOT intact" in done.stdout
