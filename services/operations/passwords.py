"""Passwords as they are checked: few at once, and slowly for whoever guesses."""

from __future__ import annotations

import threading
from functools import cached_property

from services.domain.ports import Clock, PasswordHasher
from services.operations.sign_in_brake import SignInBrake

HASHES_AT_ONCE = 2
"""A password hash takes 64 MB and a tenth of a second on purpose: more at once would starve the
gateway beside it."""


class Passwords:
    """Hashes new passwords and checks given ones."""

    def __init__(self, *, hasher: PasswordHasher, clock: Clock) -> None:
        self._hasher = hasher
        self._brake = SignInBrake(clock)
        self._hashing = threading.Semaphore(HASHES_AT_ONCE)

    def hash(self, password: str) -> str:
        """What is stored of a password."""
        with self._hashing:
            return self._hasher.hash(password)

    def take_try(self, login: str, address: str | None) -> None:
        """Count a try, before anything is looked up; raises RateLimited after too many."""
        self._brake.take(login, address)

    def forget_tries(self, login: str, address: str | None) -> None:
        """Begin anew, after the right password of an account that may come in."""
        self._brake.forget(login, address)

    def is_right(self, password: str, stored: str | None) -> bool:
        """Whether it is the stored one; nobody's (None) is wrong, and found so as slowly."""
        with self._hashing:
            nobodys = self._nobodys_hash
            return self._hasher.verify(nobodys if stored is None else stored, password)

    @cached_property
    def _nobodys_hash(self) -> str:
        return self._hasher.hash("nobody has this password")
