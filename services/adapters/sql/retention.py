"""Deletes what is kept for a limited time only."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete

from services.adapters.sql.engine import Database
from services.adapters.sql.schema import (
    ingests,
    rollups_evidence,
    rollups_limit,
    rollups_minute,
    rollups_quota,
    rollups_user_hour,
    sessions,
    sign_in_links,
)
from services.domain.evidence import TOTALS_KEPT_S

MINUTES_KEPT = timedelta(hours=48)
USER_HOURS_KEPT = timedelta(days=90)
QUOTAS_KEPT = timedelta(days=33)
"""Longer than any month: counters are rebuilt for the present one."""

EVIDENCE_KEPT = timedelta(seconds=TOTALS_KEPT_S)


def prune(database: Database, now: datetime) -> int:
    """Delete what is kept for a time only; how many rows."""
    expired = (
        delete(rollups_minute).where(rollups_minute.c.bucket_start < now - MINUTES_KEPT),
        delete(rollups_limit).where(rollups_limit.c.bucket_start < now - MINUTES_KEPT),
        delete(rollups_user_hour).where(rollups_user_hour.c.bucket_start < now - USER_HOURS_KEPT),
        delete(rollups_quota).where(rollups_quota.c.bucket_start < now - QUOTAS_KEPT),
        delete(rollups_evidence).where(rollups_evidence.c.bucket_start < now - EVIDENCE_KEPT),
        delete(ingests).where(ingests.c.ingested_at < now - USER_HOURS_KEPT),
        delete(sessions).where(sessions.c.expires_at < now),
        delete(sign_in_links).where(sign_in_links.c.expires_at < now),
    )
    with database.write() as connection:
        return sum(connection.execute(statement).rowcount for statement in expired)
