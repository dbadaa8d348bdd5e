"""What a call asks for is read as the provider will bill it."""

from typing import Any

import orjson
import pytest

from services.domain.calls import Endpoint
from services.domain.errors import InvalidRequest
from services.domain.messages import Incoming
from services.gateway.requests import MAX_DEPTH, count_choices, parse_body


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


def test_a_body_as_deep_as_it_may_be_is_read_and_can_be_written_again() -> None:
    found = parse_body(Incoming(Endpoint.CHAT, {}, body_of(MAX_DEPTH), ""))
    assert orjson.dumps(found) == body_of(MAX_DEPTH)


def test_a_deeper_body_is_the_callers_mistake() -> None:
    with pytest.raises(InvalidRequest, match="levels deep"):
        parse_body(Incoming(Endpoint.CHAT, {}, body_of(MAX_DEPTH + 1), ""))
