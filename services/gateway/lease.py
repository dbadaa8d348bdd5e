"""How long an instance may act on a control state that it cannot read again."""

from __future__ import annotations

from services.domain.errors import LeaseExpired
from services.domain.ports import Clock


class Lease:
    """Renewed whenever the stored control state was read; the clock goes on while the process is
    stopped, so a kill is bounded even where no instance can be reached.

    Args:
        seconds: None for an instance that shares its control state with nobody.
    """

    def __init__(self, clock: Clock, seconds: float | None) -> None:
        self._clock = clock
        self._seconds = seconds
        self._renewed_s = clock.monotonic_s()

    def renew(self) -> None:
        """The control state was read just now."""
        self._renewed_s = self._clock.monotonic_s()

    def check(self) -> None:
        """Let a request pass.

        Raises:
            LeaseExpired: the control state was not seen for too long.
        """
        age_s = self._clock.monotonic_s() - self._renewed_s
        if self._seconds is not None and age_s > self._seconds:
            raise LeaseExpired(
                f"This instance has not seen for {age_s:.0f} s what operators decided, neither in "
                "SQL nor in Redis, so it answers nothing until it does. Ask another instance, or "
                "try again when its storage is back.",
                retry_after_s=1.0,
            )
