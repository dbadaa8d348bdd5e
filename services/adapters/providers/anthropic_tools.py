"""Tools in OpenAI's words, said in Anthropic's: pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from services.adapters.providers.wire import each_object
from services.adapters.providers.wire_faults import Unsupported
from services.domain.calls import JSON

_CHOICES = {"auto": "auto", "required": "any", "none": "none"}
_NO_PARAMETERS = {"type": "object", "properties": {}}


def render_tools(tools: object) -> list[dict[str, Any]]:
    """The tools a model may call; raises Unsupported for any but functions."""
    return [_render_tool(tool) for tool in each_object(tools, "tools")]


def render_tool_choice(body: JSON) -> dict[str, Any]:
    """`tool_choice` with what `parallel_tool_calls` says; nothing when both are left open."""
    choice, is_single = body.get("tool_choice"), body.get("parallel_tool_calls") is False
    if choice is None and not is_single:
        return {}
    rendered: dict[str, Any] = {"type": "auto"} if choice is None else _render_choice(choice)
    if is_single and rendered["type"] != "none":
        rendered["disable_parallel_tool_use"] = True
    return {"tool_choice": rendered}


def render_tool_use(call: JSON) -> dict[str, Any]:
    """A tool call of the conversation; raises Unsupported when its arguments are no object."""
    function = call.get("function")
    if not isinstance(function, Mapping):
        raise Unsupported("a tool call in messages names no function")
    return {
        "type": "tool_use",
        "id": call.get("id"),
        "name": function.get("name"),
        "input": _parse_arguments(function.get("arguments")),
    }


def _parse_arguments(arguments: object) -> dict[str, Any]:
    if not arguments:
        return {}
    try:
        found = orjson.loads(str(arguments))
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise Unsupported("the arguments of a tool call in messages are no JSON object")
    return found


def _render_tool(tool: JSON) -> dict[str, Any]:
    function = tool.get("function")
    if tool.get("type") != "function" or not isinstance(function, Mapping):
        raise Unsupported(f"a tool of type {tool.get('type')} has no counterpart at Anthropic")
    rendered = {
        "name": function.get("name"),
        "input_schema": function.get("parameters") or _NO_PARAMETERS,
    }
    if function.get("description"):
        rendered["description"] = function["description"]
    return rendered


def _render_choice(choice: object) -> dict[str, Any]:
    if isinstance(choice, str) and choice in _CHOICES:
        return {"type": _CHOICES[choice]}
    function = choice.get("function") if isinstance(choice, Mapping) else None
    if not isinstance(function, Mapping):
        raise Unsupported(f"tool_choice {choice!r} has no counterpart at Anthropic")
    return {"type": "tool", "name": function.get("name")}
