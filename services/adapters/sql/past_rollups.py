"""Adds outcomes to the rollups that counters and evidence are rebuilt from."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from services.adapters.sql.rollup_sums import Sums, add, minute_of, quarter_of, store
from services.adapters.sql.schema import (
    EVIDENCE_MEASURES,
    QUOTA_MEASURES,
    rollups_evidence,
    rollups_quota,
)
from services.domain.evidence import judge_outcome
from services.domain.ledger import Outcome
from services.domain.quota_uses import use_of

_QUOTA_KEY = ("bucket_start", "subject", "feature")
_EVIDENCE_KEY = ("bucket_start", "feature", "is_mock")


def add_to_past(connection: Connection, outcomes: Iterable[Outcome]) -> None:
    """Add outcomes that are new to the ledger: to quotas where they began, as evidence where they
    ended."""
    quotas: Sums = {}
    evidence: Sums = {}
    for outcome in outcomes:
        use = use_of(outcome)
        if use is not None:
            quarter = quarter_of(minute_of(outcome.intent.started_at))
            taken = {"requests": use.requests, "tokens": use.tokens}
            add(quotas, (quarter, use.subject, use.feature), taken)
        mark = judge_outcome(outcome)
        if mark is not None:
            key = (minute_of(outcome.finished_at), mark.feature, mark.is_mock)
            counts = (1, int(mark.is_bad), int(mark.slow > 0), int(mark.slow > 1))
            add(evidence, key, dict(zip(EVIDENCE_MEASURES, counts, strict=True)))
    store(connection, rollups_quota, _QUOTA_KEY, QUOTA_MEASURES, quotas)
    store(connection, rollups_evidence, _EVIDENCE_KEY, EVIDENCE_MEASURES, evidence)
