"""The shapes of fields that OpenAI's API fixes, and that no provider means otherwise.

Values that providers add to (tool types, formats, efforts) pass as they are; so does null, which
stands for leaving a field out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from services.domain.errors import InvalidRequest
from services.gateway.body_fields import wrong_type

_Check = Callable[[str, Any], None]


def check_shapes(body: Mapping[str, Any]) -> None:
    """Raise InvalidRequest for the first field whose value can be no such thing."""
    for name, value in body.items():
        check = _CHECKS.get(name)
        if check is not None and value is not None:
            check(name, value)


def _must_be(kind: type, wanted: str) -> _Check:
    def check(name: str, value: Any) -> None:
        # JSON's true is no number, though Python's is.
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise wrong_type(name, wanted, value)

    return check


_string = _must_be(str, "a string")
_boolean = _must_be(bool, "true or false")
_integer = _must_be(int, "a whole number")
_object = _must_be(dict, "an object")
_list = _must_be(list, "a list")


def _each(check: _Check) -> _Check:
    def check_each(name: str, value: Any) -> None:
        _list(name, value)
        for index, item in enumerate(value):
            check(f"{name}[{index}]", item)

    return check_each


check_objects = _each(_object)


def _named(name: str, value: Any) -> None:
    """An object that says what it is called."""
    _object(name, value)
    called = value.get("name")
    if not isinstance(called, str) or not called:
        raise InvalidRequest(f"{name} needs a name, a string.", param=f"{name}.name")


def _typed(name: str, value: Any) -> None:
    """An object that says of which type it is."""
    _object(name, value)
    if not isinstance(value.get("type"), str) or not value["type"]:
        raise InvalidRequest(
            f'{name} needs a type, a string such as "{_EXAMPLES[name.partition("[")[0]]}".',
            param=f"{name}.type",
        )


def _tool(name: str, value: Any) -> None:
    _typed(name, value)
    if value["type"] == "function":
        function = value.get("function")
        if not isinstance(function, dict):
            raise InvalidRequest(
                f"{name}.function must be an object with the function's name and parameters.",
                param=f"{name}.function",
            )
        _named(f"{name}.function", function)
        if function.get("parameters") is not None:
            _object(f"{name}.function.parameters", function["parameters"])


def _tool_choice(name: str, value: Any) -> None:
    if isinstance(value, str):
        return
    if not isinstance(value, dict):
        raise wrong_type(name, 'a string such as "auto", or an object', value)
    _tool(name, value)


def _function_call(name: str, value: Any) -> None:
    if not isinstance(value, str | dict):
        raise wrong_type(name, 'a string such as "auto", or an object', value)


def _response_format(name: str, value: Any) -> None:
    _typed(name, value)
    schema = value.get("json_schema")
    if schema is not None:
        _object(f"{name}.json_schema", schema)
    elif value["type"] == "json_schema" and "schema" not in value:  # llama.cpp's own place for it
        raise InvalidRequest(
            f"{name} of type json_schema needs json_schema, an object with a name and a schema.",
            param=f"{name}.json_schema",
        )


def _stop(name: str, value: Any) -> None:
    if isinstance(value, str):
        return
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InvalidRequest(f"{name} must be a string or a list of strings.", param=name)


def _logprobs(name: str, value: Any) -> None:
    """True or false in chats, a number in completions."""
    if not isinstance(value, int):
        raise wrong_type(name, "true, false or a whole number", value)


def _stream_options(name: str, value: Any) -> None:
    _object(name, value)
    wanted = value.get("include_usage")
    if wanted is not None:
        _boolean(f"{name}.include_usage", wanted)


_EXAMPLES = {"tools": "function", "tool_choice": "function", "response_format": "json_object"}
_CHECKS: Mapping[str, _Check] = {
    "audio": _object,
    "dimensions": _integer,
    "echo": _boolean,
    "encoding_format": _string,
    "function_call": _function_call,
    "functions": _each(_named),
    "logit_bias": _object,
    "logprobs": _logprobs,
    "metadata": _object,
    "modalities": _each(_string),
    "parallel_tool_calls": _boolean,
    "reasoning_effort": _string,
    "response_format": _response_format,
    "seed": _integer,
    "service_tier": _string,
    "stop": _stop,
    "store": _boolean,
    "stream": _boolean,
    "stream_options": _stream_options,
    "suffix": _string,
    "tool_choice": _tool_choice,
    "tools": _each(_tool),
    "top_logprobs": _integer,
    "verbosity": _string,
    "web_search_options": _object,
}
