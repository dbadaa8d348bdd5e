from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.errors import NoRoute, ProviderOverloaded, ProviderRejected, ProviderTimeout
from services.domain.retries import RetryRule, retry_delay_s, room_wait_s

RULE = RetryRule(max_retries=3, first_delay_s=1, max_delay_s=30)


@pytest.mark.parametrize(("retry", "low", "high"), [(1, 0.5, 1), (2, 1, 2), (3, 2, 4)])
def test_wait_doubles_and_is_spread(retry: int, low: float, high: float) -> None:
    error = ProviderTimeout("slow")
    assert retry_delay_s(error, retry, RULE, 0.0, 100) == low
    assert retry_delay_s(error, retry, RULE, 0.5, 100) == (low + high) / 2
    assert retry_delay_s(error, retry, RULE, 0.999999, 100) == pytest.approx(high, rel=1e-5)


def test_retries_end() -> None:
    assert retry_delay_s(ProviderTimeout("slow"), 4, RULE, 0.5, 100) is None
    assert retry_delay_s(ProviderTimeout("slow"), 1, RetryRule(max_retries=0), 0.5, 100) is None


def test_rejected_request_is_not_tried_again() -> None:
    assert retry_delay_s(ProviderRejected("no"), 1, RULE, 0.5, 100) is None
    assert retry_delay_s(NoRoute("none"), 1, RULE, 0.0, 100) == 0.5


def test_retry_after_is_the_least_wait() -> None:
    assert retry_delay_s(ProviderOverloaded("busy", retry_after_s=7), 1, RULE, 0.0, 100) == 7
    assert retry_delay_s(ProviderOverloaded("busy", retry_after_s=0), 1, RULE, 0.0, 100) == 0.5
    assert retry_delay_s(ProviderOverloaded("busy", retry_after_s=30), 1, RULE, 0.0, 100) == 30
    assert retry_delay_s(ProviderOverloaded("busy", retry_after_s=30.1), 1, RULE, 0.0, 100) is None


def test_no_retry_that_the_deadline_would_cut() -> None:
    error = ProviderOverloaded("busy", retry_after_s=7)
    assert retry_delay_s(error, 1, RULE, 0.0, 7) is None
    assert retry_delay_s(error, 1, RULE, 0.0, 7.1) == 7


@given(
    retry=st.integers(1, 40),
    jitter=st.floats(0, 1, exclude_max=True),
    asked=st.none() | st.floats(0, 100),
    left=st.floats(0, 1000),
)
def test_wait_stays_within_its_bounds(
    retry: int, jitter: float, asked: float | None, left: float
) -> None:
    rule = RetryRule(max_retries=40)
    wait = retry_delay_s(ProviderOverloaded("busy", retry_after_s=asked), retry, rule, jitter, left)
    if wait is not None:
        assert (asked or 0) <= wait <= rule.max_delay_s
        assert wait < left


@pytest.mark.parametrize(
    ("wait_s", "waited_s", "left_s", "expected"),
    [(5, 0, 60, 5), (30, 0, 60, 30), (31, 0, 60, None), (20, 15, 60, None), (5, 0, 5, None)],
)
def test_room_is_waited_for_within_the_longest_delay_and_the_time_left(
    wait_s: float, waited_s: float, left_s: float, expected: float | None
) -> None:
    assert room_wait_s(wait_s, waited_s, RULE, left_s) == expected
