"""A ControlStore that rings after each change, so that no instance waits for its next look."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.adapters.redis_store.doorbell import Bell, Doorbell
from services.domain.audit import AuditEvent
from services.domain.breakers import BreakerState
from services.domain.calls import Candidate
from services.domain.identity import ApiKey
from services.domain.ports import ControlStore
from services.domain.rollout import Rollout
from services.domain.snapshot import ControlState


class RingingControl:
    """Passes everything on to the store; rings after what was committed."""

    def __init__(self, store: ControlStore, doorbell: Doorbell) -> None:
        self._store = store
        self._doorbell = doorbell

    def read_revision(self) -> int:
        return self._store.read_revision()

    def read_state(self) -> ControlState:
        return self._store.read_state()

    def create_features(self, features: Iterable[Rollout]) -> None:
        self._store.create_features(features)
        self._doorbell.ring(Bell.CONTROL)

    def save_rollouts(
        self, rollouts: Sequence[Rollout], event: AuditEvent, provider: str | None = None
    ) -> int:
        return self._ring(self._store.save_rollouts(rollouts, event, provider))

    def save_key(self, key: ApiKey, event: AuditEvent, replaces: str | None = None) -> int:
        return self._ring(self._store.save_key(key, event, replaces))

    def save_breaker(self, candidate: Candidate, state: BreakerState, event: AuditEvent) -> int:
        return self._ring(self._store.save_breaker(candidate, state, event))

    def _ring(self, revision: int) -> int:
        self._doorbell.ring(Bell.CONTROL)
        return revision
