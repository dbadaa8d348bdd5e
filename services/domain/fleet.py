"""The instances of a fleet: their signs of life, and their word that a stop was applied."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.domain.policy import LEASE_S


@dataclass(frozen=True, slots=True)
class Instance:
    """A running process as its heartbeat tells."""

    id: str
    kind: str
    version: str
    started_at: datetime
    heartbeat_at: datetime
    revision: int
    running_calls: int
    journal_backlog: int

    @property
    def answers_calls(self) -> bool:
        """Whether it is a server, and no command on the host."""
        return self.kind != "cli"

    def is_off_by_lease(self, now: datetime) -> bool:
        """Whether it has been silent for so long that it refuses on its own."""
        return now - self.heartbeat_at > timedelta(seconds=LEASE_S)


@dataclass(frozen=True, slots=True)
class KillAck:
    """An instance's word that it has applied a kill entry and told calls in scope to stop."""

    instance_id: str
    scope: str
    epoch: int
    applied_at: datetime
