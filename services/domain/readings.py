"""A figure as a page shows it: always in one of four states, with its age and its source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from services.domain.errors import SourceDown

T = TypeVar("T")


class ReadingState(StrEnum):
    """What is known of a figure."""

    VALUE = "value"
    ZERO = "zero"
    NO_DATA = "no_data"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """A figure or view.

    Args:
        value: None when there is no data or its source is down.
        as_of: up to when it is complete.
        source: where it is from ("ledger", "counters", "control state").
        problem: why the source is down.
    """

    state: ReadingState
    value: T | None
    as_of: datetime | None
    source: str
    problem: str | None = None


def take_reading(
    source: str,
    as_of: datetime | None,
    read: Callable[[], T | None],
    is_zero: Callable[[T], bool] = lambda value: value == 0,
) -> Reading[T]:
    """Read a figure; a source that does not answer gives a reading that says so."""
    try:
        value = read()
    except SourceDown as error:
        return Reading(ReadingState.DOWN, None, None, source, error.message)
    if value is None:
        return Reading(ReadingState.NO_DATA, None, as_of, source)
    state = ReadingState.ZERO if is_zero(value) else ReadingState.VALUE
    return Reading(state, value, as_of, source)
