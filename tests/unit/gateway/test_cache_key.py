"""Under which key an answer is stored: never one key for two calls that differ in anything."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.calls import Endpoint
from services.domain.identity import ApiKey
from services.domain.ledger import Source
from services.domain.rollout_access import Subject
from services.domain.templates import Template
from services.gateway.answer_cache import cache_key
from services.gateway.exchange import Caller, Prepared
from tests.clock import FakeClock

PAIRS = 10_000
FEATURE = "question_hint"


@dataclass(frozen=True)
class Call:
    """Everything that an answer may depend on; `body` is JSON, so that calls can be compared."""

    application: str = "app"
    source: Source = Source.APPLICATION
    feature: str = FEATURE
    model: str = "openai/gpt-4o-mini"
    template: tuple[str, str] | None = None
    endpoint: Endpoint = Endpoint.CHAT
    max_tokens: int = 500
    body: bytes = b'{"messages":[{"role":"user","content":"2 + 2?"}],"temperature":0}'

    def key(self, **changes: Any) -> str | None:
        names = changes.pop("cached_features", frozenset())
        template = None
        if self.template is not None:
            template = Template(self.template[0], "Hint", self.template[1], "", "s", "u")
        prepared = Prepared(
            endpoint=self.endpoint,
            requested_model="auto",
            body=orjson.loads(self.body),
            texts=(),
            is_streamed=False,
            wants_usage=False,
            max_output_tokens=self.max_tokens,
            template=template,
        )
        key = ApiKey("1", self.application, "hash", frozenset(), FakeClock().now(), "tester")
        caller = Caller(key, self.feature, Subject(), self.source)
        return cache_key(caller, replace(prepared, **changes), self.model, names)


def body(**fields: Any) -> bytes:
    return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)


def messages(*texts: str, role: str = "user") -> list[dict[str, str]]:
    return [{"role": role, "content": text} for text in texts]


BODIES = [
    body(temperature=temperature, **fields)
    for temperature in (0, 0.1, 0.3)
    for fields in (
        {"messages": messages("a")},
        {"messages": messages("b")},
        {"messages": messages("a", "b")},
        {"messages": messages("ab")},
        {"messages": messages("a", role="system")},
        {"messages": messages("a"), "tools": [{"type": "function", "function": {"name": "f"}}]},
        {"messages": messages("a"), "tools": [{"type": "function", "function": {"name": "g"}}]},
        {"messages": messages("a"), "tool_choice": "none"},
        {"messages": messages("a"), "seed": 1},
        {"messages": messages("a"), "seed": 2},
        {"messages": messages("a"), "top_p": 0.5},
        {"messages": messages("a"), "stop": ["x"]},
        {"messages": messages("a"), "response_format": {"type": "json_object"}},
        {"prompt": "a"},
        {"prompt": ["a"]},
        {"input": "a"},
    )
]
# Names that would run into each other if they were only strung together.
NAMES = ["app", "app2", "ap", "p", "", "app,question_hint", 'app","', "a@b", "question_hint"]
TEMPLATES = [None, ("hint", "1.0"), ("hint", "1.1"), ("hint@1", ".0"), ("hint", "1.0@"), ("", "")]


def any_call(rng: random.Random) -> Call:
    return Call(
        application=rng.choice(NAMES),
        source=rng.choice(list(Source)),
        feature=rng.choice(NAMES),
        model=rng.choice(["openai/gpt-4o-mini", "openai/gpt-4o", "vllm/gpt-4o"]),
        template=rng.choice(TEMPLATES),
        endpoint=rng.choice(list(Endpoint)),
        max_tokens=rng.choice([1, 11, 500]),
        body=rng.choice(BODIES),
    )


def neighbour(call: Call, rng: random.Random) -> Call:
    """The call again, or with one thing of another one."""
    other = any_call(rng)
    name = rng.choice(["", *Call.__dataclass_fields__])
    return replace(call, **{name: getattr(other, name)}) if name else call


def test_ten_thousand_pairs_share_a_key_only_when_they_are_equal() -> None:
    rng = random.Random(20261125)
    equal = 0
    for _ in range(PAIRS):
        first = any_call(rng)
        second = neighbour(first, rng)
        assert (first.key() == second.key()) is (first == second), (first, second)
        equal += first == second
    assert PAIRS / 10 < equal < PAIRS / 2, "both sorts of pairs were tried"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(JSON, JSON)
def test_any_two_parameters_that_differ_have_different_keys(first: Any, second: Any) -> None:
    keys = [Call(body=body(temperature=0, extra=value)).key() for value in (first, second)]
    same = body(value=first) == body(value=second)
    assert (keys[0] == keys[1]) is same


@given(st.permutations(["messages", "temperature", "seed", "tools"]))
def test_the_order_of_fields_does_not_matter(order: list[str]) -> None:
    fields = {"messages": messages("a"), "temperature": 0, "seed": 1, "tools": []}
    shuffled = orjson.dumps({name: fields[name] for name in order})
    assert Call(body=shuffled).key() == Call(body=body(**fields)).key()


def test_plain_and_streamed_calls_share_a_key() -> None:
    assert Call().key(is_streamed=True, wants_usage=True) == Call().key()
    assert Call().key() is not None


@pytest.mark.parametrize("temperature", [None, 0.31, 1])
def test_warm_answers_are_cached_only_for_features_that_opt_in(temperature: float | None) -> None:
    warm = Call(body=body(messages=messages("a"), temperature=temperature))
    assert warm.key() is None
    assert warm.key(cached_features=frozenset({"study_plan"})) is None
    assert warm.key(cached_features=frozenset({FEATURE})) is not None


def test_several_choices_are_never_cached() -> None:
    assert Call().key(choices=2, cached_features=frozenset({FEATURE})) is None
