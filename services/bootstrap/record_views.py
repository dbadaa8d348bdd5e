"""What was recorded, and the state of the system's parts, as the JSON of the admin API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.bootstrap.json_values import money, time_text
from services.domain.audit import AuditPage, AuditRow, ChainCheck
from services.domain.fleet import Instance
from services.domain.ledger import Attempt, Outcome
from services.domain.requests import RequestDetail
from services.operations.system import SystemView


def audit_row_view(row: AuditRow) -> dict[str, Any]:
    """An event of the audit chain."""
    return {
        "sequence": row.sequence,
        "id": row.id,
        "at": time_text(row.at),
        "actor": row.actor,
        "action": row.action,
        "target": row.target,
        "reason": row.reason,
        "before": row.before,
        "after": row.after,
        "cause": row.cause,
        "revision": row.revision,
    }


def audit_page_view(page: AuditPage) -> dict[str, Any]:
    """A page of events, newest first; `next_cursor` is null on the last one."""
    return {
        "events": [audit_row_view(row) for row in page.rows],
        "next_cursor": page.next_cursor,
    }


def check_view(check: ChainCheck, at: datetime) -> dict[str, Any]:
    """Whether the chain holds, and since when that is known."""
    return {
        "intact": check.is_intact,
        "events": check.events,
        "first_bad_sequence": check.first_bad_sequence,
        "problem": check.problem,
        "verified_at": time_text(at),
    }


def request_view(detail: RequestDetail) -> dict[str, Any]:
    """One request with its steps, attempts and stored texts."""
    outcome = detail.outcome
    return _outcome(outcome) | {
        "steps": [
            {
                "step": s.step,
                "outcome": s.outcome,
                "decision": s.decision,
                "started_at": time_text(s.started_at),
                "duration_ms": round(s.duration_ms, 3),
            }
            for s in outcome.steps
        ],
        "attempts": [_attempt(attempt) for attempt in detail.attempts],
        "request_text": detail.request_text,
        "response_text": detail.response_text,
    }


def system_view(view: SystemView) -> dict[str, Any]:
    """The state of the system's parts."""
    return {
        "taken_at": time_text(view.taken_at),
        "sources": [
            {
                "name": s.name,
                "state": s.reading.state.value,
                "as_of": time_text(s.reading.as_of),
                "problem": s.reading.problem,
            }
            for s in view.sources
        ],
        "instances": [_instance(i) for i in view.instances.value or ()],
        "instances_problem": view.instances.problem,
        "journal": {
            "records": view.journal_records,
            "oldest_at": time_text(view.journal_oldest_at),
        },
        "applied_revision": view.applied_revision,
        "route": [str(candidate) for candidate in view.route],
        "providers": [
            {"name": p.name, "models": list(p.models), "is_mock": p.is_mock} for p in view.providers
        ],
        "settings": {setting.name: setting.value for setting in view.settings},
        "versions": dict(view.versions),
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    intent, usage = outcome.intent, outcome.usage
    return {
        "request_id": intent.request_id,
        "started_at": time_text(intent.started_at),
        "finished_at": time_text(outcome.finished_at),
        "source": intent.source.value,
        "application": intent.application,
        "feature": intent.feature,
        "user": intent.user,
        "requested_model": intent.requested_model,
        "status": outcome.status.value,
        "decision": outcome.decision,
        "http_status": outcome.http_status,
        "message": outcome.message,
        "provider": outcome.provider,
        "model": outcome.model,
        "is_mock": outcome.is_mock,
        "is_degraded": outcome.is_degraded,
        "is_cached": outcome.is_cached,
        "duration_ms": round(outcome.duration_ms, 3),
        "overhead_ms": round(outcome.overhead_ms, 3),
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cost_usd": money(outcome.cost_nano_usd),
        "cost_basis": outcome.cost_basis.value,
        "revision": intent.revision,
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "provider": attempt.provider,
        "model": attempt.model,
        "status": attempt.status.value,
        "decision": attempt.decision,
        "message": attempt.message,
        "duration_ms": round(attempt.duration_ms, 3),
        "first_token_ms": attempt.first_token_ms,
        "input_tokens": attempt.usage.input_tokens,
        "output_tokens": attempt.usage.output_tokens,
        "cost_usd": money(attempt.cost_nano_usd),
        "cost_basis": attempt.cost_basis.value,
        "is_mock": attempt.is_mock,
    }


def _instance(instance: Instance) -> dict[str, Any]:
    return {
        "id": instance.id,
        "kind": instance.kind,
        "version": instance.version,
        "started_at": time_text(instance.started_at),
        "heartbeat_at": time_text(instance.heartbeat_at),
        "revision": instance.revision,
        "running_calls": instance.running_calls,
        "journal_backlog": instance.journal_backlog,
    }
