"""What is chosen when something is down: one line a choice, open, closed or sticky for so long."""

from __future__ import annotations

from enum import StrEnum

SESSION_WHEN_SQL_DOWN_S = 900.0
"""A signed-in operator stays signed in so long after the last check, so that kill still works."""

SNAPSHOT_WHEN_SQL_DOWN = "last"
"""Requests go on with the last snapshot read."""

JOURNAL_FULL = "closed"
"""No record, no call: new requests are refused while the journal cannot be written."""

LEASE_S = 30.0
"""A fleet instance that has not seen the stored control state for so long refuses."""


class WhenRedisDown(StrEnum):
    """AI_BUDGET_WHEN_REDIS_DOWN: paid calls wait for Redis, or each instance spends its share."""

    CLOSED = "closed"
    SHARE = "share"


PROVIDER_LIMITS_WHEN_REDIS_DOWN = "share"
"""A call that runs already may still be sent on: each instance takes its share of the minute."""

BREAKERS_WHEN_REDIS_DOWN = "local"
"""Each instance goes on with the breakers it last knew and with what its own calls tell; probes are
then one at a time on each instance. When Redis is back, the later order or change wins."""

KILL_WRITE_TIMEOUT_S = 1.0
"""Pulling the kill switch waits so long for each place before it goes on without it."""

REVISION_POLL_S = 0.25
"""How often the control state's revision and the kill file are looked at."""
