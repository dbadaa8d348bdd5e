"""Checking passwords starves nobody, and tells nobody which logins there are."""

from __future__ import annotations

import threading
from contextlib import suppress

from services.operations.passwords import HASHES_AT_ONCE, Passwords
from tests.clock import FakeClock

PATIENCE_S = 0.5


class Hasher:
    """Hashes that can be read; a check waits until one more runs at once than may."""

    def __init__(self) -> None:
        self.checked: list[str] = []
        self.most_at_once = 0
        self._running = 0
        self._lock = threading.Lock()
        self._too_many = threading.Barrier(HASHES_AT_ONCE + 1)

    def hash(self, password: str) -> str:
        return f"<{password}>"

    def verify(self, password_hash: str, password: str) -> bool:
        with self._lock:
            self.checked.append(password_hash)
            self._running += 1
            self.most_at_once = max(self.most_at_once, self._running)
        with suppress(threading.BrokenBarrierError):
            self._too_many.wait(PATIENCE_S)
        with self._lock:
            self._running -= 1
        return password_hash == self.hash(password)


def test_few_passwords_are_hashed_at_once_however_many_sign_in() -> None:
    hasher = Hasher()
    passwords = Passwords(hasher=hasher, clock=FakeClock())
    threads = [
        threading.Thread(target=passwords.is_right, args=("secret", "<secret>"))
        for _ in range(2 * HASHES_AT_ONCE)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert hasher.most_at_once == HASHES_AT_ONCE
    assert len(hasher.checked) == len(threads)


def test_unknown_login_is_checked_like_a_known_one_and_never_right() -> None:
    hasher = Hasher()
    passwords = Passwords(hasher=hasher, clock=FakeClock())
    assert not passwords.is_right("secret", None)
    assert passwords.is_right("secret", "<secret>")
    assert len(hasher.checked) == 2
