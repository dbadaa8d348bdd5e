"""A field whose value cannot be meant is refused by its name; what providers add passes."""

from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from services.domain.calls import Endpoint
from services.domain.errors import InvalidRequest
from services.domain.messages import Incoming
from services.gateway.exchange import Prepared
from services.gateway.requests import prepare

ASK = [{"role": "user", "content": "2 + 2?"}]
FUNCTION = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"tools": "add"}, "tools"),
    ({"tools": {"type": "function"}}, "tools"),
    ({"tools": ["add"]}, "tools[0]"),
    ({"tools": [FUNCTION, {"function": {"name": "add"}}]}, "tools[1].type"),
    ({"tools": [{"type": "function", "name": "add"}]}, "tools[0].function"),
    ({"tools": [{"type": "function", "function": {}}]}, "tools[0].function.name"),
    ({"tools": [{"type": "function", "function": {"name": ""}}]}, "tools[0].function.name"),
    (
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": "{}"}}]},
        "tools[0].function.parameters",
    ),
    ({"tool_choice": 1}, "tool_choice"),
    ({"tool_choice": {"name": "add"}}, "tool_choice.type"),
    ({"tool_choice": {"type": "function"}}, "tool_choice.function"),
    ({"functions": [{}]}, "functions[0].name"),
    ({"function_call": 1}, "function_call"),
    ({"parallel_tool_calls": "no"}, "parallel_tool_calls"),
    ({"response_format": "json"}, "response_format"),
    ({"response_format": {}}, "response_format.type"),
    ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
    (
        {"response_format": {"type": "json_schema", "json_schema": "{}"}},
        "response_format.json_schema",
    ),
    ({"stop": 1}, "stop"),
    ({"stop": ["a", 1]}, "stop"),
    ({"stop": {}}, "stop"),
    ({"seed": "1"}, "seed"),
    ({"seed": True}, "seed"),
    ({"logit_bias": [1]}, "logit_bias"),
    ({"logprobs": "yes"}, "logprobs"),
    ({"top_logprobs": 1.5}, "top_logprobs"),
    ({"metadata": "note"}, "metadata"),
    ({"modalities": "text"}, "modalities"),
    ({"modalities": [1]}, "modalities[0]"),
    ({"audio": "loud"}, "audio"),
    ({"store": "yes"}, "store"),
    ({"reasoning_effort": 3}, "reasoning_effort"),
    ({"verbosity": 3}, "verbosity"),
    ({"web_search_options": True}, "web_search_options"),
    ({"service_tier": ["flex"]}, "service_tier"),
    ({"stream": "yes"}, "stream"),
    ({"stream_options": "all"}, "stream_options"),
    ({"stream_options": {"include_usage": "yes"}}, "stream_options.include_usage"),
    ({"model": ""}, "model"),
    ({"messages": [{"role": "user", "contents": "2 + 2?"}]}, "messages[0].content"),
    ({"messages": [{"role": "system", "content": None}, *ASK]}, "messages[0].content"),
    ({"messages": [{"role": "user", "content": [7]}]}, "messages[0].content[0]"),
    (
        {"messages": [*ASK, {"role": "assistant", "tool_calls": {"id": "1"}}]},
        "messages[1].tool_calls",
    ),
    ({"messages": [{"role": "assistant", "tool_calls": ["1"]}]}, "messages[0].tool_calls[0]"),
]
RIGHT: list[dict[str, Any]] = [
    {"tools": [FUNCTION], "tool_choice": {"type": "function", "function": {"name": "add"}}},
    {"tools": [], "tool_choice": "any"},
    {"messages": [*ASK, {"role": "assistant", "tool_calls": []}, {"role": "tool"}]},
    {"tools": [{"type": "web_search_20250305", "name": "web_search", "max_uses": 3}]},
    {"tools": [{"type": "custom", "custom": {"name": "sql"}}]},
    {"tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": []}}},
    {"functions": [{"name": "add"}], "function_call": {"name": "add"}},
    {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {}}}},
    {"response_format": {"type": "json_schema", "schema": {"type": "object"}}},
    {"response_format": {"type": "structural_tag", "structures": []}},
    {"stop": "END"},
    {"stop": ["END", "FIN"]},
    {"seed": 7, "logit_bias": {"50256": -100}, "logprobs": True, "top_logprobs": 3},
    {"reasoning_effort": "xhigh", "chat_template_kwargs": {"enable_thinking": False}, "min_p": 0.1},
    {"stream": True, "stream_options": {"include_usage": True, "include_obfuscation": False}},
]
NAMES = sorted({name for changes, _ in WRONG for name in changes} - {"messages", "model"})


def prepared(endpoint: Endpoint = Endpoint.CHAT, **body: Any) -> Prepared:
    if endpoint is Endpoint.CHAT:
        body = {"messages": ASK} | body
    snapshot: Any = SimpleNamespace(max_tokens=500)
    return prepare(snapshot, Incoming(endpoint, {}, orjson.dumps(body), ""), body)


@pytest.mark.parametrize(("changes", "param"), WRONG)
def test_a_field_that_cannot_be_meant_is_named(changes: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        prepared(**changes)
    assert (refusal.value.param, refusal.value.status) == (param, 400)
    assert refusal.value.message.startswith(param.rpartition(".")[0] or param)


@pytest.mark.parametrize("body", RIGHT)
def test_what_openai_and_other_servers_take_passes_unchanged(body: dict[str, Any]) -> None:
    own = {"stream", "stream_options"}
    sent = prepared(**body).body
    assert {k: v for k, v in sent.items() if k != "messages"} == {
        k: v for k, v in body.items() if k not in own | {"messages"}
    }


def test_null_stands_for_leaving_a_field_out() -> None:
    assert not prepared(**dict.fromkeys(NAMES)).is_streamed


@pytest.mark.parametrize("item", [1.5, {}, None, True])
@pytest.mark.parametrize(
    ("endpoint", "name"), [(Endpoint.EMBEDDING, "input"), (Endpoint.COMPLETION, "prompt")]
)
def test_an_input_that_is_no_text_is_named(endpoint: Endpoint, name: str, item: object) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        prepared(endpoint, **{name: ["elma", item]})
    assert refusal.value.param == f"{name}[1]"
    assert prepared(endpoint, **{name: [[1, 2], [3]]}).texts == ()


def test_a_completion_may_write_nothing_and_a_chat_may_not() -> None:
    scored = prepared(Endpoint.COMPLETION, prompt="elma", max_tokens=0, echo=True, logprobs=1)
    assert (scored.max_output_tokens, scored.reserved_tokens) == (0, 0)
    with pytest.raises(InvalidRequest, match="max_tokens is 0: use 1 to") as refusal:
        prepared(max_tokens=0)
    assert refusal.value.param == "max_tokens"
    with pytest.raises(InvalidRequest, match="max_tokens is -1: use 0 to"):
        prepared(Endpoint.COMPLETION, prompt="elma", max_tokens=-1)


def test_a_completion_without_a_prompt_is_sent_on_only_where_that_is_said() -> None:
    begun = prepared(Endpoint.COMPLETION, prompt=None)
    assert (begun.body["prompt"], begun.texts) == (None, ())
    for body in ({}, {"prompt": ""}, {"prompt": []}):
        with pytest.raises(InvalidRequest, match="or null for a document of its own") as refusal:
            prepared(Endpoint.COMPLETION, **body)
        assert refusal.value.param == "prompt"
    with pytest.raises(InvalidRequest, match="input must be a text or a list of texts, not empty"):
        prepared(Endpoint.EMBEDDING, input=None)


def test_parts_that_are_plain_strings_are_screened_too() -> None:
    parts = ["one", {"type": "text", "text": "two"}, {"type": "image_url", "image_url": {}}]
    assert prepared(messages=[{"role": "user", "content": parts}]).texts == ("one", "two")
    assert prepared(messages=[{"role": "system", "content": parts}]).texts == ()


@pytest.mark.parametrize(
    ("value", "kind"), [({}, "an object"), ([], "a list"), (True, "a boolean")]
)
def test_the_message_says_what_came_instead(value: object, kind: str) -> None:
    with pytest.raises(InvalidRequest, match=f"seed must be a whole number, not {kind}"):
        prepared(seed=value)
