"""Which outcomes are evidence, and which parts of time make up a window."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.calls import Endpoint
from services.domain.evidence import (
    SECONDS_KEPT_S,
    Tally,
    add_tallies,
    judge_outcome,
    plan_window,
)
from services.domain.ledger import Intent, Outcome, Source, Status

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
INTENT = Intent(
    "018f-request-id", AT, Source.APPLICATION, Endpoint.CHAT, "shop", "hint",
    "hash-of-a-user", "auto", False, 0, 1,
)  # fmt: skip
ANSWERED = Outcome(
    INTENT, Status.SUCCESS, "answered", 200, AT, 100.0, 1.0, (), provider="openai", model="gpt",
    is_mock_primary=False,
)  # fmt: skip


def judge(is_mock_primary: bool | None = False, **changes: Any) -> tuple[bool, bool, int] | None:
    """(is mock, is bad, slow) of an outcome."""
    source = changes.pop("source", Source.APPLICATION)
    outcome = replace(
        ANSWERED,
        intent=replace(INTENT, source=source),
        is_mock_primary=is_mock_primary,
        **changes,
    )
    mark = judge_outcome(outcome)
    return None if mark is None else (mark.is_mock, mark.is_bad, mark.slow)


FAILED = {"status": Status.ERROR, "decision": "provider_timeout"}


@pytest.mark.parametrize(
    ("changes", "is_bad"),
    [
        ({}, False),
        (FAILED, True),
        (FAILED | {"provider": None, "model": None}, True),
        ({"is_degraded": True, "is_mock": True, "provider": "mock"}, True),
        (FAILED | {"is_degraded": True, "is_mock": True, "provider": "mock"}, True),
    ],
)
def test_answers_and_failures_of_real_providers_count(
    changes: dict[str, Any], is_bad: bool
) -> None:
    assert judge(**changes) == (False, is_bad, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": Status.REFUSED, "decision": "rate_limit_exceeded"},
        {"status": Status.REFUSED, "decision": "invalid_request"},
        {"status": Status.CANCELLED, "decision": "client_gone"},
        {"status": Status.LOST},
        {"is_cached": True},
        {"source": Source.PLAYGROUND},
        {"source": Source.SAMPLE},
        FAILED | {"source": Source.SAMPLE},
        {"is_mock": True, "provider": "mock"},
    ],
)
def test_what_says_nothing_about_the_provider_does_not_count(changes: dict[str, Any]) -> None:
    assert judge(**changes) is None


def test_mock_counts_apart_while_it_is_the_primary() -> None:
    assert judge(True, is_mock=True, provider="mock") == (True, False, 0)
    assert judge(True, is_mock=True, provider="mock", **FAILED) == (True, True, 0)
    assert judge(True, provider=None, model=None, **FAILED) == (True, True, 0)
    assert judge(True) == (False, False, 0)


def test_where_nobody_knows_what_was_configured_nothing_counts() -> None:
    """As in records of older versions."""
    assert judge(None) is None
    assert judge(None, **FAILED) is None


@pytest.mark.parametrize(
    ("duration_ms", "slow"), [(2000.0, 0), (2000.1, 1), (10_000.0, 1), (10_001.0, 2)]
)
def test_slow_is_slower_than_each_threshold(duration_ms: float, slow: int) -> None:
    assert judge(duration_ms=duration_ms) == (False, False, slow)


def test_call_that_names_nobody_is_a_user_of_its_own() -> None:
    mark = judge_outcome(ANSWERED)
    nobody = replace(ANSWERED, intent=replace(INTENT, user=None))
    other = judge_outcome(nobody)
    assert mark is not None
    assert other is not None
    assert (mark.user, other.user) == ("sh-of-a-user", "8f-request-id"[-12:])


def test_tallies_add_up_and_users_are_counted_once() -> None:
    one = Tally(3, 2, (1, 0), frozenset({"a", "b"}))
    two = Tally(4, 1, (2, 1), frozenset({"b"}), frozenset({"c"}))
    assert add_tallies([one, two]) == Tally(7, 3, (3, 1), frozenset({"a", "b"}), frozenset({"c"}))
    assert add_tallies([]) == Tally()


@given(now=st.integers(10**6, 10**7), age=st.floats(0, 20_000))
def test_window_holds_each_second_once_from_its_start_or_first_whole_minute(
    now: int, age: float
) -> None:
    since = now - age
    parts = plan_window(since, now)
    held = [
        *parts.seconds,
        *(s for m in parts.minutes for s in range(m * 60, m * 60 + 60)),
        *(s for h in parts.hours for s in range(h * 3600, h * 3600 + 3600)),
    ]
    assert len(held) == len(set(held))
    first = int(-(-since // 1))
    begins = first if first > now - SECONDS_KEPT_S else -(-first // 60) * 60
    assert [s for s in sorted(held) if s <= now] == list(range(begins, now + 1))
