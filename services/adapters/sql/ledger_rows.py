"""Requests, outcomes and attempts as table rows, and back."""

from __future__ import annotations

from typing import Any

from services.adapters.sql.codec import decode_steps, encode_steps
from services.adapters.sql.columns import Row
from services.domain.calls import Endpoint, Usage
from services.domain.ledger import Attempt, Intent, Outcome, Source, Status
from services.domain.money import CostBasis


def request_row(intent: Intent, writer: str) -> dict[str, Any]:
    """The intent's facts; its text is stored apart."""
    return {
        "request_id": intent.request_id,
        "started_at": intent.started_at,
        "source": intent.source.value,
        "endpoint": intent.endpoint.value,
        "application": intent.application,
        "feature": intent.feature,
        "user": intent.user,
        "requested_model": intent.requested_model,
        "is_streamed": intent.is_streamed,
        "held_nano_usd": intent.held_nano_usd,
        "revision": intent.revision,
        "prompt": intent.prompt,
        "prompt_version": intent.prompt_version,
        "writer": writer,
    }


def outcome_row(outcome: Outcome) -> dict[str, Any]:
    """The outcome without its intent, attempts and response text."""
    return {
        "request_id": outcome.intent.request_id,
        "started_at": outcome.intent.started_at,
        "status": outcome.status.value,
        "decision": outcome.decision,
        "http_status": outcome.http_status,
        "finished_at": outcome.finished_at,
        "duration_ms": outcome.duration_ms,
        "overhead_ms": outcome.overhead_ms,
        "steps": encode_steps(outcome.steps),
        "provider": outcome.provider,
        "model": outcome.model,
        "is_mock": outcome.is_mock,
        "is_degraded": outcome.is_degraded,
        "is_cached": outcome.is_cached,
        "is_admitted": outcome.is_admitted,
        "is_mock_primary": outcome.is_mock_primary,
        "finish_reason": outcome.finish_reason,
        **_usage_row(outcome.usage),
        "cost_nano_usd": outcome.cost_nano_usd,
        "cost_basis": outcome.cost_basis.value,
        "saved_nano_usd": outcome.saved_nano_usd,
        "first_token_ms": outcome.first_token_ms,
        "message": outcome.message,
    }


def attempt_row(attempt: Attempt) -> dict[str, Any]:
    """One attempt."""
    return {
        "request_id": attempt.request_id,
        "number": attempt.number,
        "provider": attempt.provider,
        "model": attempt.model,
        "status": attempt.status.value,
        "decision": attempt.decision,
        "started_at": attempt.started_at,
        "duration_ms": attempt.duration_ms,
        **_usage_row(attempt.usage),
        "cost_nano_usd": attempt.cost_nano_usd,
        "cost_basis": attempt.cost_basis.value,
        "is_mock": attempt.is_mock,
        "first_token_ms": attempt.first_token_ms,
        "message": attempt.message,
    }


def intent_of(row: Row) -> Intent:
    """The intent of a row of `requests`."""
    return Intent(
        request_id=row["request_id"],
        started_at=row["started_at"],
        source=Source(row["source"]),
        endpoint=Endpoint(row["endpoint"]),
        application=row["application"],
        feature=row["feature"],
        user=row["user"],
        requested_model=row["requested_model"],
        is_streamed=row["is_streamed"],
        held_nano_usd=row["held_nano_usd"],
        revision=row["revision"],
        prompt=row["prompt"],
        prompt_version=row["prompt_version"],
    )


def outcome_of(row: Row, attempts: tuple[Attempt, ...] = ()) -> Outcome:
    """The outcome of a row of `requests` joined with `outcomes`; steps only if they were read."""
    return Outcome(
        intent=intent_of(row),
        status=Status(row["status"]),
        decision=row["decision"],
        http_status=row["http_status"],
        finished_at=row["finished_at"],
        duration_ms=row["duration_ms"],
        overhead_ms=row["overhead_ms"],
        steps=decode_steps(row["steps"]) if "steps" in row else (),
        attempts=attempts,
        provider=row["provider"],
        model=row["model"],
        is_mock=row["is_mock"],
        is_degraded=row["is_degraded"],
        is_cached=row["is_cached"],
        is_admitted=row["is_admitted"],
        is_mock_primary=row["is_mock_primary"],
        finish_reason=row["finish_reason"],
        usage=_usage_of(row),
        cost_nano_usd=row["cost_nano_usd"],
        cost_basis=CostBasis(row["cost_basis"]),
        saved_nano_usd=row["saved_nano_usd"],
        first_token_ms=row["first_token_ms"],
        message=row["message"],
    )


def attempt_of(row: Row) -> Attempt:
    """The attempt of a row of `attempts`."""
    return Attempt(
        request_id=row["request_id"],
        number=row["number"],
        provider=row["provider"],
        model=row["model"],
        status=Status(row["status"]),
        decision=row["decision"],
        started_at=row["started_at"],
        duration_ms=row["duration_ms"],
        usage=_usage_of(row),
        cost_nano_usd=row["cost_nano_usd"],
        cost_basis=CostBasis(row["cost_basis"]),
        is_mock=row["is_mock"],
        first_token_ms=row["first_token_ms"],
        message=row["message"],
    )


def _usage_row(usage: Usage) -> dict[str, Any]:
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cached_input_tokens": usage.cached_input_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "is_counted": usage.is_counted,
    }


def _usage_of(row: Row) -> Usage:
    return Usage(
        row["input_tokens"],
        row["output_tokens"],
        row["cached_input_tokens"],
        row["cache_write_tokens"],
        row["reasoning_tokens"],
        row["is_counted"],
    )
