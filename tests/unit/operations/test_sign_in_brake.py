"""Guessing passwords gets slow, for the one who guesses."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from services.domain.errors import RateLimited
from services.operations.sign_in_brake import (
    ADDRESS_FAILURES,
    FAILURES,
    MAXIMUM_SUBJECTS,
    WINDOW_S,
    SignInBrake,
)
from tests.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def brake(clock: FakeClock) -> SignInBrake:
    return SignInBrake(clock)


def fail(brake: SignInBrake, times: int, login: str = "ayse", address: str = "10.0.0.1") -> None:
    for _ in range(times):
        brake.take(login, address)


def test_the_sixth_try_waits_and_is_told_how_long(brake: SignInBrake, clock: FakeClock) -> None:
    fail(brake, FAILURES)
    clock.advance(60)
    with pytest.raises(RateLimited) as refused:
        brake.take("ayse", "10.0.0.1")
    assert refused.value.status == 429
    assert refused.value.retry_after_s == WINDOW_S - 60


def test_spelling_the_login_otherwise_is_no_way_around(brake: SignInBrake) -> None:
    fail(brake, FAILURES)
    with pytest.raises(RateLimited):
        brake.take(" AYSE ", "10.0.0.1")


def test_others_are_not_slowed(brake: SignInBrake) -> None:
    fail(brake, FAILURES)
    brake.take("ayse", "10.0.0.2")
    brake.take("mehmet", "10.0.0.1")


def test_time_lets_them_try_again(brake: SignInBrake, clock: FakeClock) -> None:
    fail(brake, FAILURES)
    clock.advance(WINDOW_S)
    brake.take("ayse", "10.0.0.1")


def test_the_right_password_forgets_the_failures(brake: SignInBrake) -> None:
    fail(brake, FAILURES - 1)
    brake.forget("ayse", "10.0.0.1")
    fail(brake, FAILURES - 1)
    brake.take("ayse", "10.0.0.1")


def test_memory_stays_bounded(brake: SignInBrake) -> None:
    for number in range(MAXIMUM_SUBJECTS + 10):
        brake.take("ayse", f"10.0.{number // 256}.{number % 256}")
    assert len(brake._tries) == MAXIMUM_SUBJECTS


def test_tries_at_the_same_time_count_before_any_of_them_has_failed(brake: SignInBrake) -> None:
    def try_once(_: int) -> bool:
        try:
            brake.take("ayse", "10.0.0.1")
        except RateLimited:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(try_once, range(64))) == FAILURES


def test_changing_the_login_is_no_way_around(brake: SignInBrake) -> None:
    for number in range(ADDRESS_FAILURES):
        brake.take(f"guess-{number}", "10.0.0.1")
    with pytest.raises(RateLimited):
        brake.take("another", "10.0.0.1")
    brake.take("another", "10.0.0.2")
