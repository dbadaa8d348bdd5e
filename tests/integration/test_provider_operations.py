"""Breakers and providers over the admin API: what it says, does and refuses."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from services.bootstrap import Sluice
from services.domain.audit import AuditFilter
from services.domain.breakers import BreakerState
from tests.pages.running import HOST, RunningSluice

Ask = Callable[..., httpx2.Response]


@pytest.fixture(scope="module")
def sluice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sluice]:
    with RunningSluice(tmp_path_factory.mktemp("providers") / "data") as started:
        yield started


@pytest.fixture
def ask(sluice: Sluice) -> Ask:
    """Give a way to call the admin API with the host's own token."""

    def call(method: str, path: str, **body: Any) -> httpx2.Response:
        url = f"http://127.0.0.1:{sluice.settings.port}/api/v1/admin/ai{path}"
        headers = {"authorization": f"Bearer {sluice.host_token}"}
        return httpx2.request(method, url, json=body or None, headers=headers, timeout=20)

    return call


def test_every_configured_model_has_a_breaker(ask: Ask) -> None:
    breakers = ask("GET", "/breakers").json()["breakers"]
    found = {(b["provider"], b["model"]): b["state"] for b in breakers}
    assert found["mock", "mock-model"] == "closed"
    assert ("mock", "mock-slow") in found


def test_breaker_is_forced_open_and_reset(ask: Ask, sluice: Sluice) -> None:
    path = "/breakers/mock/mock-error"
    forced = ask("PUT", path, state="forced_open", reason="it only fails")
    assert (forced.status_code, forced.json()["state"]) == (200, "forced_open")
    assert "it only fails" in forced.json()["reason"]
    views = {v.model: v.state for v in sluice.breakers.list_views()}
    assert views["mock-error"] is BreakerState.FORCED_OPEN
    assert ask("PUT", path, state="closed", reason="mended").json()["state"] == "closed"
    events = sluice.audit.list_events(HOST, AuditFilter(target="mock/mock-error")).rows
    assert [event.reason for event in events] == ["mended", "it only fails"]


def test_changes_of_breakers_are_told_with_who_and_why(ask: Ask) -> None:
    for state, reason in (("forced_open", "a drill of changes"), ("closed", "the drill is over")):
        assert ask("PUT", "/breakers/mock/mock-slow", state=state, reason=reason).is_success
    found = ask("GET", "/breakers/changes?hours=1&limit=2").json()
    assert found["state"] == "value"
    newest, first = found["changes"]
    assert (newest["before"], newest["after"]) == ("forced_open", "closed")
    assert (first["breaker"], first["reason"]) == ("mock/mock-slow", "a drill of changes")
    assert newest["actor"].startswith("host:")
    assert ask("GET", "/breakers/changes?limit=0").status_code == 400


def test_models_name_may_hold_slashes(ask: Ask) -> None:
    answer = ask("PUT", "/breakers/vllm/meta/llama-3", state="closed", reason="a test")
    assert answer.status_code == 404
    assert "vllm/meta/llama-3" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"state": "open", "reason": "x"}, 422),
        ({"state": "ajar", "reason": "x"}, 400),
        ({"state": "closed", "reason": ""}, 422),
        ({"state": "closed", "reason": "x", "force": True}, 400),
    ],
)
def test_breaker_request_that_makes_no_sense_is_refused(
    ask: Ask, body: dict[str, Any], status: int
) -> None:
    answer = ask("PUT", "/breakers/mock/mock-model", **body)
    assert answer.status_code == status, answer.text


def test_provider_is_checked_and_renewed(ask: Ask) -> None:
    health = ask("POST", "/providers/mock/health")
    assert (health.status_code, health.json()["healthy"]) == (200, True)
    renewed = ask("POST", "/providers/mock/reset", reason="the key was changed")
    assert (renewed.status_code, renewed.json()["provider"]) == (200, "mock")
    assert ask("POST", "/providers/mock/reset", reason=" ").status_code == 422
    assert ask("POST", "/providers/claude/health").status_code == 404


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("days=7&zone=Asia/Kathmandu&feature=a&feature=b", 200),
        ("zone=Mars", 422),
        ("days=0", 400),
        ("days=367", 400),
        ("colour=red", 400),
        ("traffic=nobody", 400),
    ],
)
def test_cost_report_refuses_what_it_would_otherwise_ignore(
    ask: Ask, query: str, status: int
) -> None:
    assert ask("GET", f"/cost-report?{query}").status_code == status


def test_all_of_it_needs_a_token(sluice: Sluice, tmp_path: Path) -> None:
    base = f"http://127.0.0.1:{sluice.settings.port}/api/v1/admin/ai"
    for method, path in (
        ("GET", "/breakers"),
        ("GET", "/breakers/changes"),
        ("PUT", "/breakers/mock/mock-model"),
        ("POST", "/providers/mock/health"),
        ("POST", "/providers/mock/reset"),
    ):
        assert httpx2.request(method, base + path, timeout=20).status_code == 401, path
