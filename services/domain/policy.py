"""What is chosen when something is down: one line a choice, open, closed or sticky for so long."""

from __future__ import annotations

from enum import StrEnum

SESSION_WHEN_SQL_DOWN_S = 900.0
"""A signed-in operator stays signed in so long after the last check, so that kill still works."""

LEASE_S = 30.0
"""A fleet instance that has not seen the stored control state for so long refuses."""


class WhenRedisDown(StrEnum):
    """AI_BUDGET_WHEN_REDIS_DOWN: paid calls wait for Redis, or each instance spends its share."""

    CLOSED = "closed"
    SHARE = "share"


REDIS_TIMEOUT_S = 0.035
"""A request waits so long for a silent Redis before that counts as down; with what a busy loop adds
that is less than 50 ms."""

REDIS_MOST_WAIT_S = 0.5
"""No request waits longer, also for a Redis that is not silent but keeps answering others."""

KILL_WRITE_TIMEOUT_S = 1.0
"""Pulling the kill switch waits so long for each place before it goes on without it."""

REVISION_POLL_S = 0.25
"""How often the control state's revision and the kill file are looked at."""
