"""The first tables: control state, people, audit chain, ledger, rollups, fleet."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_USAGE = "input_tokens output_tokens cached_input_tokens cache_write_tokens reasoning_tokens"
_SUMS = (
    "requests input_tokens output_tokens cached_input_tokens cost_nano_usd retry_cost_nano_usd "
    "fallback_cost_nano_usd saved_nano_usd degraded_requests cached_requests unpriced_requests"
)
_HISTOGRAMS = [f"{kind}_{i}" for kind in ("latency", "first_token") for i in range(16)]


def upgrade() -> None:
    """Create the tables in an empty database."""
    _create_control()
    _create_people()
    _create_audit()
    _create_requests()
    _create_outcomes()
    _create_rollups()
    _create_fleet()


def _keys(names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text, primary_key=True) for name in names.split()]


def _texts(names: str, *, null: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text, nullable=null) for name in names.split()]


def _wholes(names: str, *, null: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.BigInteger, nullable=null) for name in names.split()]


def _flags(names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Boolean, nullable=False) for name in names.split()]


def _reals(names: str, *, null: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Double, nullable=null) for name in names.split()]


def _change() -> list[sa.Column[Any]]:
    return [
        *_wholes("version"),
        *_wholes("changed_at", null=True),
        *_texts("changed_by", null=True),
    ]


def _number_key(name: str, kind: type[Any] = sa.BigInteger) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def _create_control() -> None:
    control = op.create_table(
        "control",
        _number_key("id", sa.Integer),
        *_wholes("revision"),
        *_texts("provider", null=True),
    )
    op.bulk_insert(control, [{"id": 1, "revision": 0, "provider": None}])
    op.create_table(
        "rollouts",
        *_keys("subject"),
        *_texts("stage allowed_users denied_users segments"),
        *_wholes("percentage_bp stage_entered_at"),
        *_flags("is_enabled"),
        *_change(),
    )
    op.create_table("breaker_overrides", *_keys("provider model"), *_texts("state"), *_change())
    op.create_table(
        "kill_register",
        *_keys("scope"),
        *_flags("is_active"),
        *_wholes("epoch at"),
        *_texts("actor reason"),
    )
    op.create_table(
        "api_keys",
        *_keys("id"),
        *_texts("name scopes created_by may_assert"),
        *_texts("feature role", null=True),
        *_wholes("created_at"),
        *_wholes("expires_at revoked_at", null=True),
        sa.Column("hash", sa.Text, nullable=False, unique=True),
        *_change(),
    )


def _create_people() -> None:
    op.create_table(
        "accounts",
        *_keys("id"),
        *_texts("role password_hash"),
        *_wholes("created_at"),
        *_flags("is_active"),
        sa.Column("login", sa.Text, nullable=False, unique=True),
        *_change(),
    )
    op.create_table(
        "sessions",
        *_keys("token_hash"),
        sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.id"), nullable=False),
        *_wholes("created_at expires_at"),
        *_texts("address user_agent", null=True),
    )
    op.create_index("ix_sessions_account_id", "sessions", ["account_id"])
    op.create_table(
        "sign_in_links",
        *_keys("token_hash"),
        *_wholes("expires_at"),
        *_wholes("used_at", null=True),
    )


def _create_audit() -> None:
    op.create_table(
        "audit_events",
        _number_key("sequence"),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        *_wholes("at"),
        *_texts("actor action target reason prev_mac mac"),
        *_texts("before after cause", null=True),
        *_wholes("revision", null=True),
    )
    op.create_index("ix_audit_events_at", "audit_events", ["at"])
    op.create_index("ix_audit_events_target", "audit_events", ["target"])


def _create_requests() -> None:
    op.create_table(
        "requests",
        *_keys("request_id"),
        *_wholes("started_at held_nano_usd revision"),
        *_texts("source endpoint application feature requested_model writer"),
        *_texts("user prompt prompt_version", null=True),
        *_flags("is_streamed"),
    )
    op.create_index("ix_requests_writer", "requests", ["writer"])
    op.create_index("ix_requests_user_started_at", "requests", ["user", "started_at"])
    op.create_table(
        "payloads", *_keys("request_id"), *_texts("user request_text response_text", null=True)
    )
    op.create_index("ix_payloads_user", "payloads", ["user"])


def _create_outcomes() -> None:
    op.create_table(
        "outcomes",
        *_keys("request_id"),
        *_wholes(f"started_at finished_at cost_nano_usd saved_nano_usd {_USAGE}"),
        *_texts("status decision steps cost_basis"),
        *_texts("provider model finish_reason message", null=True),
        sa.Column("http_status", sa.Integer, nullable=False),
        *_reals("duration_ms overhead_ms"),
        *_reals("first_token_ms", null=True),
        *_flags("is_mock is_degraded is_cached is_counted"),
    )
    op.create_index("ix_outcomes_started_at", "outcomes", ["started_at", "request_id"])
    op.create_index(
        "ix_outcomes_status_started_at", "outcomes", ["status", "started_at", "request_id"]
    )
    op.create_table(
        "attempts",
        *_keys("request_id"),
        _number_key("number", sa.Integer),
        *_texts("provider model status decision cost_basis"),
        *_texts("message", null=True),
        *_wholes(f"started_at cost_nano_usd {_USAGE}"),
        *_reals("duration_ms"),
        *_reals("first_token_ms", null=True),
        *_flags("is_mock is_counted"),
    )


def _create_rollups() -> None:
    for name in ("rollups_minute", "rollups_quarter"):
        op.create_table(
            name,
            _number_key("bucket_start"),
            *_keys("source feature provider model status decision prompt_version application"),
            sa.Column("is_mock", sa.Boolean, primary_key=True),
            *_wholes(_SUMS),
            *(sa.Column(bucket, sa.BigInteger, nullable=False) for bucket in _HISTOGRAMS),
            sqlite_with_rowid=False,
        )
    op.create_table(
        "rollups_user_hour",
        _number_key("bucket_start"),
        *_keys("source user feature"),
        *_wholes("requests input_tokens output_tokens cost_nano_usd"),
        sqlite_with_rowid=False,
    )
    op.create_table("ingests", *_keys("writer"), *_wholes("ingested_at"))


def _create_fleet() -> None:
    op.create_table(
        "instances",
        *_keys("id"),
        *_texts("kind version"),
        *_wholes("started_at heartbeat_at revision running_calls journal_backlog"),
    )
    op.create_table(
        "kill_acks", *_keys("instance_id scope"), _number_key("epoch"), *_wholes("applied_at")
    )
