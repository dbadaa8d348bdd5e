"""Operations' values as the JSON of the admin API and the command line."""

from __future__ import annotations

from typing import Any

from services.bootstrap.json_values import money, time_text
from services.bootstrap.limit_views import caps_view, exhausted_view
from services.bootstrap.rollout_views import rollout_view
from services.domain.audit import AuditRow
from services.domain.breakers import BreakerView
from services.domain.budgets import BudgetView
from services.domain.costs import CostReport
from services.domain.readings import Reading
from services.domain.rollups import Rollup
from services.domain.traffic import Traffic
from services.operations.kill_switch import KillResult
from services.operations.status import StatusView


def kill_view(result: KillResult) -> dict[str, Any]:
    """What a pull or release did, with its proof; who, why and when are null where nothing was."""
    proof, entry = result.proof, result.entry
    return {
        "scope": result.scope,
        "changed": entry is not None,
        "active": entry is not None and entry.is_active,
        "was_active": result.was_active,
        "actor": entry and entry.actor,
        "reason": entry and entry.reason,
        "at": entry and time_text(entry.at),
        "applied": proof.applied,
        "instances": proof.instances,
        "seconds": proof.seconds,
        "stragglers": list(proof.stragglers),
        "off_by_lease": list(proof.off_by_lease),
        "proof_problem": proof.problem,
        "still_stopped": list(result.still_stopped),
        "warning": result.warning,
        "places": {p.place: "written" if p.has_answered else p.problem for p in result.places},
    }


def status_view(status: StatusView) -> dict[str, Any]:
    """The whole status."""
    return {
        "taken_at": time_text(status.taken_at),
        "revision": status.revision,
        "rollout": rollout_view(status.ceiling),
        "features": {f.subject: rollout_view(f) for f in status.features},
        "kill_switch": {
            "active": bool(status.kills),
            "scopes": [
                {"scope": k.scope, "actor": k.actor, "reason": k.reason, "at": time_text(k.at)}
                for k in status.kills
            ],
        },
        "provider": status.primary,
        "is_mock": status.is_mock,
        "circuit_breaker_state": status.breaker_state.value,
        "circuit_breakers": [
            breaker_view(b) | {"is_routed": b in status.routed_breakers} for b in status.breakers
        ],
        "budget": _budget_section(status.budgets),
        "feature_caps": caps_view(status.caps),
        "exhausted": [exhausted_view(e) for e in status.exhausted],
        "shadow_limits": list(status.shadow_limits),
        "traffic_24h": _reading(status.traffic, _traffic),
        "journal_backlog": status.journal_backlog,
    }


def breaker_view(breaker: BreakerView) -> dict[str, Any]:
    """One breaker; times are seconds from now."""
    return {
        "provider": breaker.provider,
        "model": breaker.model,
        "state": breaker.state.value,
        "reason": breaker.reason,
        "for_s": round(breaker.for_s, 1),
        "not_closed_for_s": breaker.not_closed_for_s,
        "next_probe_in_s": breaker.next_probe_in_s,
        "failures_in_row": breaker.failures_in_row,
        "returning_percent": breaker.returning_percent,
    }


def breaker_change_view(row: AuditRow) -> dict[str, Any]:
    """What a breaker was and became, and why."""
    return {
        "at": time_text(row.at),
        "breaker": row.target,
        "before": (row.before or {}).get("state"),
        "after": (row.after or {}).get("state"),
        "reason": row.reason,
        "actor": row.actor,
    }


def cost_view(report: CostReport) -> dict[str, Any]:
    """A cost report with exact dollars."""
    return {
        "start": time_text(report.start),
        "end": time_text(report.end),
        "zone": report.zone,
        "complete_up_to": time_text(report.complete_up_to),
        "traffic": [source.value for source in report.sources],
        "filters": {dimension.value: list(v) for dimension, v in report.where.items()},
        **_sums(report.total),
        "total_cost_usd": money(report.total.cost_nano_usd),
        "is_at_least": report.is_at_least,
        "mock_requests": report.mock_requests,
        "days": [{"day": day.day.isoformat(), **_sums(day.sums)} for day in report.days],
        "by": {
            dimension.value: [{"name": row.values[dimension], **_sums(row)} for row in rows]
            for dimension, rows in report.by.items()
        },
    }


def _sums(sums: Rollup) -> dict[str, Any]:
    return {
        "cost_usd": money(sums.cost_nano_usd),
        "requests": sums.requests,
        "unpriced_requests": sums.unpriced_requests,
        "saved_usd": money(sums.saved_nano_usd),
        "retry_cost_usd": money(sums.retry_cost_nano_usd),
        "fallback_cost_usd": money(sums.fallback_cost_nano_usd),
        "input_tokens": sums.input_tokens,
        "output_tokens": sums.output_tokens,
        "cached_input_tokens": sums.cached_input_tokens,
    }


def _budget_section(reading: Reading[tuple[BudgetView, ...]]) -> dict[str, Any]:
    views = reading.value or ()
    applications = [v for v in views if v.budget.scope == "global"]
    return {
        "state": reading.state.value,
        "problem": reading.problem,
        "within_budget": all(v.is_within for v in applications) if applications else None,
        "windows": [
            {
                "name": v.budget.name,
                "scope": v.budget.scope,
                "period": v.budget.period.value,
                "window": v.window.key,
                "limit_usd": money(v.budget.limit_nano_usd),
                "spent_usd": money(v.spent_nano_usd),
                "held_usd": money(v.held_nano_usd),
                "counted_usd": money(v.counted_nano_usd),
                "forecast_usd": money(v.forecast_nano_usd),
                "share": round(v.share, 6),
                "is_shadow": v.is_shadow,
            }
            for v in views
        ],
    }


def _traffic(traffic: Traffic) -> dict[str, Any]:
    quality = traffic.quality
    return {
        "requests": quality.requests,
        "answered": quality.answered,
        "errors": quality.failed,
        "refused": quality.refused,
        "error_rate": quality.error_rate,
        "p95_ms": quality.latency_ms(0.95),
        "cost_usd": money(traffic.cost_nano_usd),
    }


def _reading(reading: Reading[Traffic], view: Any) -> dict[str, Any]:
    head = {"state": reading.state.value, "problem": reading.problem}
    return head | (view(reading.value) if reading.value is not None else {})
