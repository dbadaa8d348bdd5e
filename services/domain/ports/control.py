"""What operators decide, stored and as this process sees it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from services.domain.audit import AuditEvent
from services.domain.breakers import BreakerState
from services.domain.calls import Candidate
from services.domain.identity import ApiKey
from services.domain.kill import KillEntry, KillRegister
from services.domain.rollout import Rollout
from services.domain.snapshot import ControlState, Snapshot


class ControlStore(Protocol):
    """The versioned control state; each write is one transaction with its audit event.

    Writes raise Conflict when the thing changed since it was read (its stored version is not the
    new one less 1), and return the new revision.
    """

    def read_revision(self) -> int: ...

    def read_state(self) -> ControlState: ...

    def create_features(self, features: Iterable[Rollout]) -> None:
        """Add those not there yet; no event, for the first start."""
        ...

    def save_rollouts(
        self, rollouts: Sequence[Rollout], event: AuditEvent, provider: str | None = None
    ) -> int:
        """Save one or more rollouts together; `provider` also sets the primary provider."""
        ...

    def save_key(self, key: ApiKey, event: AuditEvent, replaces: str | None = None) -> int:
        """Save a new key or a change of one.

        Args:
            replaces: the id of the live key of the same name that a new one is to take over from.

        Raises:
            Conflict: another live key has the new one's name.
        """
        ...

    def save_breaker(self, candidate: Candidate, state: BreakerState, event: AuditEvent) -> int: ...


class LiveControl(Protocol):
    """This process's picture of the control state, swapped whole; readable from any thread."""

    @property
    def snapshot(self) -> Snapshot: ...

    @property
    def register(self) -> KillRegister: ...

    def apply_kills(self, entries: Iterable[KillEntry]) -> KillRegister:
        """Merge entries in, tell running calls in scope to stop; returns the new register."""
        ...

    def refresh(self) -> None:
        """Read the stored control state and swap the snapshot; raises SourceDown."""
        ...
