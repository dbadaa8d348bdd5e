"""Checking passwords starves nobody, and tells nobody which logins there are."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from services.operations.passwords import HASHES_AT_ONCE, Passwords
from tests.clock import FakeClock

PATIENCE_S = 0.2


class Hasher:
    """Hashes that can be read; each piece of work waits until one more runs at once than may."""

    def __init__(self) -> None:
        self.worked = 0
        self.most_at_once = 0
        self._running = 0
        self._lock = threading.Lock()
        self._too_many = threading.Event()

    def hash(self, password: str) -> str:
        self._work()
        return f"<{password}>"

    def verify(self, password_hash: str, password: str) -> bool:
        self._work()
        return password_hash == f"<{password}>"

    def _work(self) -> None:
        with self._lock:
            self.worked += 1
            self._running += 1
            self.most_at_once = max(self.most_at_once, self._running)
            if self._running > HASHES_AT_ONCE:
                self._too_many.set()
        self._too_many.wait(PATIENCE_S)
        with self._lock:
            self._running -= 1


def sign_in(passwords: Passwords) -> None:
    passwords.is_right("secret", "<secret>")


def set_password(passwords: Passwords) -> None:
    passwords.hash("secret")


@pytest.mark.parametrize("uses", [[sign_in], [set_password], [sign_in, set_password]])
def test_few_passwords_are_hashed_at_once_however_many_come(
    uses: list[Callable[[Passwords], None]],
) -> None:
    hasher = Hasher()
    passwords = Passwords(hasher=hasher, clock=FakeClock())
    threads = [
        threading.Thread(target=use, args=(passwords,)) for use in uses * (HASHES_AT_ONCE + 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert hasher.most_at_once == HASHES_AT_ONCE
    assert hasher.worked >= len(threads)


def test_unknown_login_is_checked_like_a_known_one_and_never_right() -> None:
    hasher = Hasher()
    passwords = Passwords(hasher=hasher, clock=FakeClock())
    assert not passwords.is_right("secret", None)
    assert passwords.is_right("secret", "<secret>")
    assert hasher.worked == 3, "nobody's hash once, and two checks"
