"""Sessions as they were last found, so that whoever was signed in stays so while SQL is down."""

from __future__ import annotations

from services.domain.identity import Session
from services.domain.policy import SESSION_WHEN_SQL_DOWN_S
from services.domain.ports import Clock

MAXIMUM_SESSIONS = 10_000


class SeenSessions:
    """Remembers sessions by the hash of their token."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: dict[str, tuple[Session, float]] = {}

    def remember(self, session: Session) -> None:
        """Note that the session was live just now."""
        if len(self._seen) > MAXIMUM_SESSIONS:
            self._seen.clear()
        self._seen[session.token_hash] = (session, self._clock.monotonic_s())

    def recall(self, token_hash: str) -> Session | None:
        """A session that was live a short time ago."""
        known = self._seen.get(token_hash)
        if known is None or self._clock.monotonic_s() - known[1] >= SESSION_WHEN_SQL_DOWN_S:
            return None
        return known[0]

    def forget(self, token_hash: str) -> None:
        """The session has ended."""
        self._seen.pop(token_hash, None)

    def clear(self) -> None:
        """Some sessions have ended; those that have not are remembered at their next use."""
        self._seen.clear()
