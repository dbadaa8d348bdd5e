"""What the mock answers where a call asks for a structure: a tool call, or JSON of a schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

MARK = "[MOCK]"
_DEEPEST, _MOST_VALUES = 8, 200
"""Schemas may refer to themselves without end, and many times over."""

_VALUES: Mapping[str, Any] = {"string": MARK, "integer": 0, "number": 0, "boolean": False}


def forced_call(body: Mapping[str, Any]) -> tuple[str, str] | None:
    """(name, arguments) of the function that a call makes the model call; None for none.

    Where the model may choose, the mock answers in words.
    """
    choice = body.get("tool_choice")
    named = _name_of(choice) if isinstance(choice, Mapping) else None
    if named is None and choice != "required":
        return None
    for tool in body.get("tools") or ():
        name = _name_of(tool)
        if name is not None and named in (None, name):
            parameters = tool["function"].get("parameters") or {}
            return name, orjson.dumps(invent(parameters)).decode()
    return None


def forced_json(body: Mapping[str, Any]) -> str | None:
    """The JSON that a call asks for by its response_format; None for none."""
    wanted = body.get("response_format")
    if not isinstance(wanted, Mapping) or wanted.get("type") not in ("json_object", "json_schema"):
        return None
    schema = (wanted.get("json_schema") or wanted).get("schema")
    value = invent(schema) if isinstance(schema, Mapping) else {"answer": MARK}
    return orjson.dumps(value).decode()


def invent(schema: Mapping[str, Any]) -> Any:
    """A value that fits the schema's types; its rules on lengths and ranges are not kept."""
    definitions = schema.get("$defs") or schema.get("definitions")
    return _Inventor(definitions if isinstance(definitions, Mapping) else {}).value(schema, 0)


class _Inventor:
    """Invents a value, of a size that a schema cannot drive up."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions
        self._left = _MOST_VALUES

    def value(self, schema: object, depth: int) -> Any:
        """What fits the schema; None beyond what is invented."""
        if not isinstance(schema, Mapping) or depth > _DEEPEST:
            return None
        self._left -= 1
        if "$ref" in schema:
            name = str(schema["$ref"]).rpartition("/")[2]
            return self.value(self._definitions.get(name), depth + 1)
        for several in ("anyOf", "oneOf", "allOf"):
            if isinstance(schema.get(several), list) and schema[several]:
                return self.value(schema[several][0], depth + 1)
        if "const" in schema:
            return schema["const"]
        if isinstance(schema.get("enum"), list) and schema["enum"]:
            return schema["enum"][0]
        return self._of_type(schema, depth)

    def _of_type(self, schema: Mapping[str, Any], depth: int) -> Any:
        kind, properties = schema.get("type"), schema.get("properties")
        if isinstance(kind, list):
            kind = next(iter(kind), None)
        if kind == "array":
            return []
        if kind != "object" and not isinstance(properties, Mapping):
            return _VALUES.get(kind) if isinstance(kind, str) else None
        made: dict[str, Any] = {}
        for name, inner in properties.items() if isinstance(properties, Mapping) else ():
            if self._left <= 0:
                break
            made[name] = self.value(inner, depth + 1)
        return made


def _name_of(tool: object) -> str | None:
    """The name of a function tool, or of the function that is chosen."""
    function = tool.get("function") if isinstance(tool, Mapping) else None
    name = function.get("name") if isinstance(function, Mapping) else None
    return name if isinstance(name, str) else None
