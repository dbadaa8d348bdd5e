"""The tables. Times are UTC microseconds, money is nano-dollars, `_bp` hundredths of a percent."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, MetaData, Table

from services.adapters.sql.columns import (
    SafeText,
    UtcMicros,
    at,
    change,
    flag,
    key,
    real,
    text,
    usage,
    whole,
)
from services.domain.latency import BUCKETS
from services.domain.rollups import SUMS

metadata = MetaData()

control = Table(
    "control",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    whole("revision"),
    text("provider", null=True),
)
rollouts = Table(
    "rollouts",
    metadata,
    key("subject"),
    text("stage"),
    whole("percentage_bp"),
    at("stage_entered_at"),
    flag("is_enabled"),
    text("allowed_users"),
    text("denied_users"),
    text("segments"),
    *change(),
)
breaker_overrides = Table(
    "breaker_overrides", metadata, key("provider"), key("model"), text("state"), *change()
)
kill_register = Table(
    "kill_register",
    metadata,
    key("scope"),
    flag("is_active"),
    whole("epoch"),
    text("actor"),
    text("reason"),
    at("at"),
)
api_keys = Table(
    "api_keys",
    metadata,
    key("id"),
    text("name"),
    Column("hash", SafeText, nullable=False, unique=True),
    text("scopes"),
    at("created_at"),
    text("created_by"),
    text("feature", null=True),
    text("role", null=True),
    text("may_assert"),
    at("expires_at", null=True),
    at("revoked_at", null=True),
    *change(),
)
accounts = Table(
    "accounts",
    metadata,
    key("id"),
    Column("login", SafeText, nullable=False, unique=True),
    text("role"),
    at("created_at"),
    flag("is_active"),
    text("password_hash"),
    *change(),
)
sessions = Table(
    "sessions",
    metadata,
    key("token_hash"),
    Column("account_id", SafeText, ForeignKey("accounts.id"), nullable=False, index=True),
    at("created_at"),
    at("expires_at"),
    text("address", null=True),
    text("user_agent", null=True),
)
sign_in_links = Table(
    "sign_in_links", metadata, key("token_hash"), at("expires_at"), at("used_at", null=True)
)
audit_events = Table(
    "audit_events",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("id", SafeText, nullable=False, unique=True),
    Column("at", UtcMicros, nullable=False, index=True),
    text("actor"),
    text("action"),
    Column("target", SafeText, nullable=False, index=True),
    text("reason"),
    text("before", null=True),
    text("after", null=True),
    text("cause", null=True),
    whole("revision", null=True),
    text("prev_mac"),
    text("mac"),
)
requests = Table(
    "requests",
    metadata,
    key("request_id"),
    at("started_at"),
    text("source"),
    text("endpoint"),
    text("application"),
    text("feature"),
    text("user", null=True),
    text("requested_model"),
    flag("is_streamed"),
    whole("held_nano_usd"),
    whole("revision"),
    text("prompt", null=True),
    text("prompt_version", null=True),
    Column("writer", SafeText, nullable=False, index=True),
    Index("ix_requests_user_started_at", "user", "started_at"),
)
outcomes = Table(
    "outcomes",
    metadata,
    key("request_id"),
    at("started_at"),
    text("status"),
    text("decision"),
    Column("http_status", Integer, nullable=False),
    at("finished_at"),
    real("duration_ms"),
    real("overhead_ms"),
    text("steps"),
    text("provider", null=True),
    text("model", null=True),
    flag("is_mock"),
    flag("is_degraded"),
    flag("is_cached"),
    flag("is_admitted"),
    # NULL where it is not known: in rows of older versions, and where the outcome was lost.
    Column("is_mock_primary", Boolean, nullable=True),
    text("finish_reason", null=True),
    *usage(),
    whole("cost_nano_usd"),
    text("cost_basis"),
    whole("saved_nano_usd"),
    real("first_token_ms", null=True),
    text("message", null=True),
    # A page is walked newest first; the filters people use most each have their own order.
    Index("ix_outcomes_started_at", "started_at", "request_id"),
    Index("ix_outcomes_status_started_at", "status", "started_at", "request_id"),
    # Of rows where is_mock_primary is NULL alone, as the migration says: to say it here would load
    # PostgreSQL's dialect everywhere.
    Index("ix_outcomes_unmarked", "finished_at"),
)
attempts = Table(
    "attempts",
    metadata,
    key("request_id"),
    Column("number", Integer, primary_key=True, autoincrement=False),
    text("provider"),
    text("model"),
    text("status"),
    text("decision"),
    at("started_at"),
    real("duration_ms"),
    *usage(),
    whole("cost_nano_usd"),
    text("cost_basis"),
    flag("is_mock"),
    real("first_token_ms", null=True),
    text("message", null=True),
)
payloads = Table(
    "payloads",
    metadata,
    key("request_id"),
    Column("user", SafeText, nullable=True, index=True),
    text("request_text", null=True),
    text("response_text", null=True),
)

ROLLUP_DIMENSIONS = (
    "source", "feature", "provider", "model", "status", "decision", "prompt_version", "application",
)  # fmt: skip
LATENCY_COLUMNS = tuple(f"latency_{i}" for i in range(BUCKETS))
FIRST_TOKEN_COLUMNS = tuple(f"first_token_{i}" for i in range(BUCKETS))
ROLLUP_MEASURES = SUMS + LATENCY_COLUMNS + FIRST_TOKEN_COLUMNS


def _rollup(name: str) -> Table:
    return Table(
        name,
        metadata,
        Column("bucket_start", UtcMicros, primary_key=True, autoincrement=False),
        *(key(dimension) for dimension in ROLLUP_DIMENSIONS),
        Column("is_mock", Boolean, primary_key=True),
        *(whole(measure) for measure in ROLLUP_MEASURES),
        sqlite_with_rowid=False,
    )


rollups_minute = _rollup("rollups_minute")
rollups_quarter = _rollup("rollups_quarter")

USER_MEASURES = ("requests", "input_tokens", "output_tokens", "cost_nano_usd")
rollups_user_hour = Table(
    "rollups_user_hour",
    metadata,
    Column("bucket_start", UtcMicros, primary_key=True, autoincrement=False),
    key("source"),
    key("user"),
    key("feature"),
    *(whole(measure) for measure in USER_MEASURES),
    sqlite_with_rowid=False,
)
rollups_limit = Table(
    "rollups_limit",
    metadata,
    Column("bucket_start", UtcMicros, primary_key=True, autoincrement=False),
    key("limit_name"),
    key("feature"),
    whole("refused"),
    whole("passed"),
    sqlite_with_rowid=False,
)
QUOTA_MEASURES = ("requests", "tokens")
# What requests took from quotas, by quarter-hours, which every zone's days are made of.
rollups_quota = Table(
    "rollups_quota",
    metadata,
    Column("bucket_start", UtcMicros, primary_key=True, autoincrement=False),
    key("subject"),
    key("feature"),
    *(whole(measure) for measure in QUOTA_MEASURES),
    sqlite_with_rowid=False,
)
EVIDENCE_MEASURES = ("requests", "bad", "slow", "slower")
# Evidence by the minute in which requests ended; slower than each of the domain's SLOW_S.
rollups_evidence = Table(
    "rollups_evidence",
    metadata,
    Column("bucket_start", UtcMicros, primary_key=True, autoincrement=False),
    key("feature"),
    Column("is_mock", Boolean, primary_key=True),
    *(whole(measure) for measure in EVIDENCE_MEASURES),
    sqlite_with_rowid=False,
)
ingests = Table("ingests", metadata, key("writer"), at("ingested_at"))
instances = Table(
    "instances",
    metadata,
    key("id"),
    text("kind"),
    text("version"),
    at("started_at"),
    at("heartbeat_at"),
    whole("revision"),
    whole("running_calls"),
    whole("journal_backlog"),
)
kill_acks = Table(
    "kill_acks",
    metadata,
    key("instance_id"),
    key("scope"),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    at("applied_at"),
)
