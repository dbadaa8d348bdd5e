"""Names that callers send."""

from __future__ import annotations

import pytest

from services.domain.errors import InvalidRequest
from services.domain.identity import ApiKey
from services.gateway.callers import MAX_ROLE, read_caller
from tests.clock import FakeClock

KEY = ApiKey("1", "app", "hash", frozenset(), FakeClock().now(), "tester", feature="question_hint")


@pytest.mark.parametrize("user", ["@application:other", "@playground:ayse", "x" * 257])
def test_names_that_could_stand_for_somebody_else_are_refused(user: str) -> None:
    with pytest.raises(InvalidRequest, match="user must"):
        read_caller(KEY, {}, {"user": user})


def test_a_role_is_as_short_as_a_name() -> None:
    key = ApiKey(
        "1", "app", "", frozenset(), FakeClock().now(), "a", may_assert=frozenset({"role"})
    )
    headers = {"x-ai-feature": "f", "x-ai-role": "x" * MAX_ROLE}
    assert read_caller(key, headers, {}).subject.role == "x" * MAX_ROLE
    with pytest.raises(InvalidRequest, match="role"):
        read_caller(key, headers | {"x-ai-role": "x" * (MAX_ROLE + 1)}, {})
