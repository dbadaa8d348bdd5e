"""Prompt templates as values, and the strict reading of one from plain data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.domain.errors import Unprocessable

Scalar = str | int | float | bool

PLACEHOLDER = re.compile(r"\{\{[ \t]{0,8}([A-Za-z_][A-Za-z0-9_]{0,63})[ \t]{0,8}\}\}")
"""A variable in a template's text; group 1 is its name."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """What the template asks of the model; None leaves it to the route."""

    temperature: float | None = None
    max_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Constraints:
    """Bounds on the input, in characters, and topics the answer must not mention."""

    min_input_length: int | None = None
    max_input_length: int | None = None
    forbidden_topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """One version of one prompt; `id` is the file's name or the stored key."""

    id: str
    name: str
    version: str
    description: str
    system_prompt: str
    user_template: str
    feature: str | None = None
    parameters: Parameters = Parameters()
    constraints: Constraints = Constraints()
    defaults: Mapping[str, Scalar] = field(default_factory=dict)


def template_variables(template: Template) -> tuple[str, ...]:
    """List the variables of a template once each, in order of appearance."""
    return _variables_of(template.system_prompt, template.user_template)


def parse_template(template_id: str, data: Mapping[str, Any]) -> Template:
    """Read a template from the mapping its YAML file holds.

    Constraints may be a map or a list of one-key maps.

    Raises:
        Unprocessable: `prompt_template_invalid`; the message names every problem found.
    """
    reader = _Reader()
    reader.refuse_unknown(data, _FIELDS, "field")
    texts = {name: reader.text(data, name) for name in _TEXTS}
    feature = reader.value(data, "feature", _is_text, "text")
    parameters = reader.section(data, "parameters", _PARAMETERS)
    constraints = reader.section(_constraints_as_map(data, reader), "constraints", _CONSTRAINTS)
    low, high = constraints.get("min_input_length"), constraints.get("max_input_length")
    if low is not None and high is not None and low > high:
        reader.problems.append("`min_input_length` is above `max_input_length`")
    topics = tuple(constraints.pop("forbidden_topics", ()))
    known = _variables_of(texts["system_prompt"], texts["user_template"])
    defaults = reader.section(data, "defaults", dict.fromkeys(known, _DEFAULT))
    if reader.problems:
        raise Unprocessable(
            f"Prompt template `{template_id}` cannot be used: {'; '.join(reader.problems)}. "
            "Correct these and load it again.",
            code="prompt_template_invalid",
        )
    return Template(
        id=template_id,
        **texts,
        feature=feature,
        parameters=Parameters(**parameters),
        constraints=Constraints(**constraints, forbidden_topics=topics),
        defaults=defaults,
    )


class _Reader:
    """Takes values out of plain data and collects what is wrong with them."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def text(self, data: Mapping[str, Any], name: str) -> str:
        value = self.value(data, name, _is_text, "text; put numbers in quotes")
        if value is None and data.get(name) is None:
            self.problems.append(f"`{name}` is missing")
        if value and "{{" in PLACEHOLDER.sub("", value):
            self.problems.append(f"`{name}` has `{{{{` that does not begin a variable {{{{name}}}}")
        return value or ""

    def value(
        self, data: Mapping[str, Any], name: str, is_valid: Callable[[Any], bool], wanted: str
    ) -> Any:
        value = data.get(name)
        if value is None or is_valid(value):
            return value
        self.problems.append(f"`{name}` must be {wanted}")
        return None

    def section(self, data: Mapping[str, Any], name: str, rules: Mapping[str, _Rule]) -> _Section:
        section = self.value(data, name, _is_mapping, "a map") or {}
        self.refuse_unknown(section, rules, f"entry of `{name}`")
        values = {key: self.value(section, key, *rule) for key, rule in rules.items()}
        return {key: value for key, value in values.items() if value is not None}

    def refuse_unknown(self, data: Mapping[str, Any], known: Iterable[str], what: str) -> None:
        names = tuple(known)
        allowed = ", ".join(names) or "none"
        self.problems += [
            f"`{name}` is not a known {what} ({allowed})" for name in data if name not in names
        ]


def _constraints_as_map(data: Mapping[str, Any], reader: _Reader) -> Mapping[str, Any]:
    """Join a list of one-key maps into the map it stands for."""
    entries = data.get("constraints")
    if not isinstance(entries, list):
        return data
    joined: dict[Any, Any] = {}
    for entry in entries:
        if not isinstance(entry, Mapping) or len(entry) != 1:
            reader.problems.append("each item of `constraints` must be a map with one key")
        elif joined.keys() & entry.keys():
            reader.problems.append(f"`{next(iter(entry))}` stands twice in `constraints`")
        else:
            joined |= entry
    return {"constraints": joined}


def _variables_of(*texts: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for text in texts for name in PLACEHOLDER.findall(text)))


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_mapping(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_temperature(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 2


def _are_topics(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(_is_text(topic) for topic in value)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float)


_Rule = tuple[Callable[[Any], bool], str]
_Section = dict[str, Any]
_TEXTS = ("name", "version", "description", "system_prompt", "user_template")
_FIELDS = (*_TEXTS, "feature", "parameters", "constraints", "defaults")
_PARAMETERS: Mapping[str, _Rule] = {
    "temperature": (_is_temperature, "a number from 0 to 2"),
    "max_tokens": (_is_count, "a whole number above 0"),
}
_CONSTRAINTS: Mapping[str, _Rule] = {
    "min_input_length": (_is_count, "a whole number above 0"),
    "max_input_length": (_is_count, "a whole number above 0"),
    "forbidden_topics": (_are_topics, "a list of words"),
}
_DEFAULT: _Rule = (_is_scalar, "text, a number or true/false")
