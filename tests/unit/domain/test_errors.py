"""Errors as they are told and recorded."""

from __future__ import annotations

import pytest

from services.domain.errors import InternalFault, RateLimited, as_problem


def caught(error: Exception) -> Exception:
    try:
        raise error
    except Exception as raised:  # noqa: BLE001 - it is this test's own
        return raised


def test_what_is_kept_of_an_error_knows_nothing_of_the_frames_it_came_through() -> None:
    refusal = RateLimited("Too many requests.")
    assert caught(refusal).__traceback__ is not None
    assert as_problem(refusal) is refusal
    assert refusal.__traceback__ is None


def test_an_error_that_is_none_of_ours_is_a_fault_of_ours_that_names_it() -> None:
    problem = as_problem(caught(ValueError("no such thing")))
    assert isinstance(problem, InternalFault)
    assert problem.cause == "ValueError: no such thing"


@pytest.mark.parametrize(
    ("seconds", "header"), [(None, None), (0.0, "1"), (0.2, "1"), (2.0, "2"), (2.1, "3")]
)
def test_retry_after_is_whole_seconds_that_are_enough(
    seconds: float | None, header: str | None
) -> None:
    assert RateLimited("Too many requests.", retry_after_s=seconds).retry_after == header
