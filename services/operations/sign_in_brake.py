"""Slows down whoever guesses passwords: five failures in five minutes, then a wait."""

from __future__ import annotations

import threading
from collections import OrderedDict

from services.domain.errors import RateLimited
from services.domain.ports import Clock

FAILURES = 5
WINDOW_S = 300.0
MAXIMUM_SUBJECTS = 10_000
"""More pairs of login and address than this push the oldest out, so that memory stays bounded."""


class SignInBrake:
    """Counts failed sign-ins of a login from an address."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: OrderedDict[tuple[str, str], tuple[float, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, login: str, address: str | None) -> None:
        """Let a try pass.

        Raises:
            RateLimited: too many failures; `retry_after_s` says how long to wait.
        """
        with self._lock:
            recent = self._recent(login, address)
        if len(recent) < FAILURES:
            return
        wait_s = recent[-FAILURES] + WINDOW_S - self._clock.monotonic_s()
        raise RateLimited(
            f"Too many failed sign-ins. Try again in {max(round(wait_s / 60), 1)} min.",
            code="sign_in_slowed",
            retry_after_s=max(wait_s, 1.0),
        )

    def note_failure(self, login: str, address: str | None) -> None:
        """Count a failure."""
        key = _key(login, address)
        with self._lock:
            recent = self._recent(login, address)
            self._failures[key] = (*recent[-FAILURES + 1 :], self._clock.monotonic_s())
            self._failures.move_to_end(key)
            while len(self._failures) > MAXIMUM_SUBJECTS:
                self._failures.popitem(last=False)

    def forget(self, login: str, address: str | None) -> None:
        """Begin anew after the right password."""
        with self._lock:
            self._failures.pop(_key(login, address), None)

    def _recent(self, login: str, address: str | None) -> tuple[float, ...]:
        oldest = self._clock.monotonic_s() - WINDOW_S
        return tuple(at for at in self._failures.get(_key(login, address), ()) if at > oldest)


def _key(login: str, address: str | None) -> tuple[str, str]:
    return login.strip().lower()[:64], address or ""
