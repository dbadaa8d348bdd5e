"""Records to store in tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.domain.audit import AuditEvent
from services.domain.calls import Endpoint, Usage
from services.domain.kill import KillEntry
from services.domain.ledger import Attempt, Intent, Outcome, Source, Status, StepRecord
from services.domain.money import CostBasis

START = datetime(2026, 11, 21, 14, 7, 31, 250_125, tzinfo=UTC)
KILL = KillEntry("all", True, 1_000, "ayse", "errors everywhere", START)


def an_event(number: int = 1, **changes: object) -> AuditEvent:
    event = AuditEvent(
        id=f"event-{number}",
        at=START + timedelta(seconds=number),
        actor="ayse",
        action="rollout.set",
        target="all",
        reason="the canary looks good",
        before={"percentage": 5},
        after={"percentage": 25, "segments": ["beta-testers"]},
    )
    return replace(event, **changes)


def an_intent(number: int = 1, **changes: object) -> Intent:
    intent = Intent(
        request_id=f"request-{number:06d}",
        started_at=START + timedelta(seconds=number),
        source=Source.APPLICATION,
        endpoint=Endpoint.CHAT,
        application="school",
        feature="question_hint",
        user="u-1",
        requested_model="auto",
        is_streamed=True,
        held_nano_usd=5_000_000,
        revision=3,
        prompt="hint",
        prompt_version="1.0",
    )
    return replace(intent, **changes)


def an_attempt(intent: Intent, number: int = 1, **changes: object) -> Attempt:
    attempt = Attempt(
        request_id=intent.request_id,
        number=number,
        provider="openai",
        model="gpt-4o-mini",
        status=Status.SUCCESS,
        decision="ok",
        started_at=intent.started_at + timedelta(milliseconds=3),
        duration_ms=812.5,
        usage=Usage(120, 48, 20, 0, 7),
        cost_nano_usd=46_800,
        cost_basis=CostBasis.EXACT,
        is_mock=False,
        first_token_ms=240.0,
    )
    return replace(attempt, **changes)


def an_outcome(intent: Intent | None = None, **changes: object) -> Outcome:
    intent = intent or an_intent()
    outcome = Outcome(
        intent=intent,
        status=Status.SUCCESS,
        decision="ok",
        http_status=200,
        finished_at=intent.started_at + timedelta(milliseconds=816),
        duration_ms=816.0,
        overhead_ms=3.5,
        steps=(StepRecord("authenticate", "ok", "key", intent.started_at, 0.1),),
        attempts=(an_attempt(intent),),
        provider="openai",
        model="gpt-4o-mini",
        finish_reason="stop",
        usage=Usage(120, 48, 20, 0, 7),
        cost_nano_usd=46_800,
        cost_basis=CostBasis.EXACT,
        first_token_ms=240.0,
    )
    return replace(outcome, **changes)
