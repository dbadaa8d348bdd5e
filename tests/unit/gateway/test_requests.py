"""What a call asks for is read as the provider will bill it."""

from typing import Any

import orjson
import pytest

from services.domain.calls import Endpoint
from services.domain.errors import InvalidRequest
from services.domain.identity import ApiKey
from services.domain.messages import Incoming
from services.gateway.requests import MAX_DEPTH, MAX_ROLE, count_choices, read_body, read_caller
from tests.clock import FakeClock

KEY = ApiKey("1", "app", "hash", frozenset(), FakeClock().now(), "tester", feature="question_hint")


def body_of(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


@pytest.mark.parametrize(
    ("endpoint", "body", "choices"),
    [
        (Endpoint.CHAT, {}, 1),
        (Endpoint.CHAT, {"n": 3}, 3),
        (Endpoint.CHAT, {"best_of": 7}, 1),
        (Endpoint.COMPLETION, {"prompt": "a"}, 1),
        (Endpoint.COMPLETION, {"prompt": ["a", "b"], "n": 2}, 4),
        (Endpoint.COMPLETION, {"prompt": ["a"] * 100, "best_of": 20}, 2_000),
        (Endpoint.COMPLETION, {"prompt": [1, 2, 3]}, 1),
        (Endpoint.COMPLETION, {"prompt": [[1, 2], [3]]}, 2),
    ],
)
def test_every_answer_the_provider_writes_is_reserved(
    endpoint: Endpoint, body: dict[str, Any], choices: int
) -> None:
    assert count_choices(endpoint, body) == choices


@pytest.mark.parametrize("user", ["@application:other", "@playground:ayse", "x" * 257])
def test_names_that_could_stand_for_somebody_else_are_refused(user: str) -> None:
    with pytest.raises(InvalidRequest, match="user must"):
        read_caller(KEY, {}, {"user": user})


def test_a_body_as_deep_as_it_may_be_is_read_and_can_be_written_again() -> None:
    found = read_body(Incoming(Endpoint.CHAT, {}, body_of(MAX_DEPTH), ""))
    assert orjson.dumps(found) == body_of(MAX_DEPTH)


def test_a_deeper_body_is_the_callers_mistake() -> None:
    with pytest.raises(InvalidRequest, match="levels deep"):
        read_body(Incoming(Endpoint.CHAT, {}, body_of(MAX_DEPTH + 1), ""))


def test_a_role_is_as_short_as_a_name() -> None:
    key = ApiKey(
        "1", "app", "", frozenset(), FakeClock().now(), "a", may_assert=frozenset({"role"})
    )
    headers = {"x-ai-feature": "f", "x-ai-role": "x" * MAX_ROLE}
    assert read_caller(key, headers, {}).subject.role == "x" * MAX_ROLE
    with pytest.raises(InvalidRequest, match="role"):
        read_caller(key, headers | {"x-ai-role": "x" * (MAX_ROLE + 1)}, {})
