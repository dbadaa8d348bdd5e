"""Where a call asks for a structure, the mock invents one that a client can read."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import orjson
import pytest

from services.adapters.providers.mock import MockProvider
from services.adapters.providers.mock_structures import invent
from services.adapters.tokens import QuickTokenCounter
from services.domain.calls import Endpoint, ProviderCall, Timeouts

TOKENS = QuickTokenCounter()
ASK = [{"role": "user", "content": "İzmir'de hava nasıl?"}]
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}


def tool(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": SCHEMA}}


def call(**body: Any) -> ProviderCall:
    return ProviderCall(
        "r-1", Endpoint.CHAT, "mock-model", {"messages": ASK, **body}, 500, Timeouts()
    )


def mock() -> MockProvider:
    return MockProvider(TOKENS, 0, 0, random.Random(1))


@pytest.mark.parametrize(
    ("choice", "name"),
    [
        ("required", "weather"),
        ({"type": "function", "function": {"name": "traffic"}}, "traffic"),
    ],
)
async def test_a_tool_that_must_be_called_is_called(choice: object, name: str) -> None:
    request = call(tools=[tool("weather"), tool("traffic")], tool_choice=choice)
    whole = await mock().complete(request)
    (answer,) = whole.data["choices"]
    (made,) = answer["message"]["tool_calls"]
    assert (answer["finish_reason"], answer["message"]["content"]) == ("tool_calls", None)
    assert made["function"] == {"name": name, "arguments": '{"city":"[MOCK]"}'}
    assert whole.usage is not None
    written = name + made["function"]["arguments"]
    assert whole.usage.output_tokens == TOKENS.count_text("mock-model", written)
    chunks = [chunk async for chunk in mock().stream(request)]
    (shown,) = [c.data["choices"][0]["delta"] for c in chunks if c.has_content]
    assert shown["tool_calls"] == [{"index": 0, **made}]
    assert [c.finish_reason for c in chunks if c.finish_reason] == ["tool_calls"]


@pytest.mark.parametrize(
    "body",
    [
        {"tools": [tool("weather")]},
        {"tools": [tool("weather")], "tool_choice": "auto"},
        {"tools": [tool("weather")], "tool_choice": "none"},
        {"tools": [], "tool_choice": "required"},
        {"response_format": {"type": "text"}},
    ],
)
async def test_where_the_model_may_choose_it_answers_in_words(body: dict[str, Any]) -> None:
    assert (await mock().complete(call(**body))).text.startswith("[MOCK]")


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ({"type": "json_object"}, {"answer": "[MOCK]"}),
        (
            {"type": "json_schema", "json_schema": {"name": "a", "schema": SCHEMA}},
            {"city": "[MOCK]"},
        ),
        ({"type": "json_schema", "schema": SCHEMA}, {"city": "[MOCK]"}),
    ],
)
async def test_json_that_is_asked_for_is_json(wanted: dict[str, Any], given: object) -> None:
    assert orjson.loads((await mock().complete(call(response_format=wanted))).text) == given
    chunks = [chunk async for chunk in mock().stream(call(response_format=wanted))]
    assert orjson.loads("".join(chunk.text for chunk in chunks)) == given


def test_every_kind_of_schema_gets_a_value_of_its_type() -> None:
    properties: dict[str, Any] = {
        "grade": {"type": "integer"},
        "share": {"type": "number"},
        "is_right": {"type": "boolean"},
        "steps": {"type": "array", "items": {"type": "string"}},
        "level": {"enum": ["easy", "hard"]},
        "kind": {"const": "hint"},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "old": {"type": ["null", "string"]},
        "topic": {"$ref": "#/$defs/Topic"},
        "odd": "no schema",
    }
    topic = {"type": "object", "properties": {"name": {"type": "string"}}}
    schema = {"type": "object", "properties": properties, "$defs": {"Topic": topic}}
    assert invent(schema) == {
        "grade": 0,
        "share": 0,
        "is_right": False,
        "steps": [],
        "level": "easy",
        "kind": "hint",
        "note": "[MOCK]",
        "old": None,
        "topic": {"name": "[MOCK]"},
        "odd": None,
    }


def test_a_schema_that_refers_to_itself_comes_to_an_end() -> None:
    schema = {"$ref": "#/$defs/Node", "$defs": {"Node": {"properties": {"next": {"$ref": "Node"}}}}}
    assert "next" in invent(schema)
    node = {"properties": {f"n{number}": {"$ref": "Node"} for number in range(50)}}
    assert len(orjson.dumps(invent({"$ref": "Node", "$defs": {"Node": node}}))) < 10_000


async def test_json_that_is_longer_than_the_limit_is_not_begun() -> None:
    request = replace(call(response_format={"type": "json_object"}), max_output_tokens=1)
    answer = await mock().complete(request)
    assert (answer.text, answer.finish_reason) == ("", "length")
