"""Slows down whoever guesses passwords: five tries in five minutes, then a wait."""

from __future__ import annotations

import threading
from collections import OrderedDict

from services.domain.errors import RateLimited
from services.domain.ports import Clock

FAILURES = 5
ADDRESS_FAILURES = 30
"""From one address whatever the login, so that changing the login does not help."""

WINDOW_S = 300.0
MAXIMUM_SUBJECTS = 10_000
"""More pairs of login and address than this push the oldest out, so that memory stays bounded."""


class SignInBrake:
    """Counts sign-ins of a login from an address that have not succeeded."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tries: OrderedDict[tuple[str, str], tuple[float, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, login: str, address: str | None) -> None:
        """Take a try before the password is looked at, so that tries at once count too.

        Raises:
            RateLimited: too many tries failed; `retry_after_s` says how long to wait.
        """
        now = self._clock.monotonic_s()
        limits = {_key(login, address): FAILURES, ("", address or ""): ADDRESS_FAILURES}
        with self._lock:
            recent = {key: self._recent(key, now) for key in limits}
            waits = [
                recent[key][-limit] + WINDOW_S - now
                for key, limit in limits.items()
                if len(recent[key]) >= limit
            ]
            if not waits:
                for key, limit in limits.items():
                    self._keep(key, (*recent[key][-limit + 1 :], now))
                return
        raise RateLimited(
            f"Too many failed sign-ins. Try again in {max(round(max(waits) / 60), 1)} min.",
            code="sign_in_slowed",
            retry_after_s=max(*waits, 1.0),
        )

    def forget(self, login: str, address: str | None) -> None:
        """Begin anew after the right password: the login wholly, the address by this try."""
        with self._lock:
            self._tries.pop(_key(login, address), None)
            place = ("", address or "")
            self._keep(place, self._recent(place, self._clock.monotonic_s())[:-1])

    def _recent(self, key: tuple[str, str], now: float) -> tuple[float, ...]:
        return tuple(at for at in self._tries.get(key, ()) if at > now - WINDOW_S)

    def _keep(self, key: tuple[str, str], times: tuple[float, ...]) -> None:
        self._tries[key] = times
        self._tries.move_to_end(key)
        while len(self._tries) > MAXIMUM_SUBJECTS:
            self._tries.popitem(last=False)


def _key(login: str, address: str | None) -> tuple[str, str]:
    return login.strip().lower()[:64] or "-", address or ""
