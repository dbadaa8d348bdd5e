"""Fields of a request's JSON body by their type and range."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.domain.errors import InvalidRequest

_NUMBERS = {
    "temperature": (0, 2),
    "top_p": (0, 1),
    "presence_penalty": (-2, 2),
    "frequency_penalty": (-2, 2),
}
_KINDS = {
    dict: "an object", list: "a list", str: "a string", int: "a number", float: "a number",
    bool: "a boolean",
}  # fmt: skip


def check_numbers(body: Mapping[str, Any]) -> None:
    """Raise InvalidRequest where a parameter is no number, or out of its range."""
    for name, (low, high) in _NUMBERS.items():
        value = body.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong_type(name, "a number", value)
        if not low <= value <= high:
            raise InvalidRequest(f"{name} is {value}: use {low} to {high}.", param=name)


def read_integer(body: Mapping[str, Any], name: str, low: int, high: int) -> int | None:
    """A whole number of that range; None where there is none."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type(name, "a whole number", value)
    if not low <= value <= high:
        raise InvalidRequest(f"{name} is {value}: use {low} to {high}.", param=name)
    return value


def kind_of(value: Any) -> str:
    """How JSON calls it, with its article."""
    return _KINDS.get(type(value), "null")


def wrong_type(name: str, wanted: str, value: Any) -> InvalidRequest:
    """The refusal of a field that holds something else than wanted."""
    return InvalidRequest(f"{name} must be {wanted}, not {kind_of(value)}.", param=name)
