"""Sets, mappings and steps as the text columns hold them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from services.adapters.sql.columns import from_micros, micros_of
from services.domain.ledger import StepRecord


def encode_set(values: Iterable[str]) -> str:
    """A set of words, sorted, so that equal sets are equal text."""
    return orjson.dumps(sorted(str(value) for value in values)).decode()


def decode_set(text: str) -> frozenset[str]:
    """The set that encode_set wrote."""
    return frozenset(orjson.loads(text))


def encode_mapping(value: Mapping[str, Any] | None) -> str | None:
    """A mapping with its keys in order; None stays None."""
    if value is None:
        return None
    options = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
    return orjson.dumps(dict(value), _plain, options).decode()


def decode_mapping(text: str | None) -> Mapping[str, Any] | None:
    """The mapping that encode_mapping wrote."""
    return None if text is None else dict(orjson.loads(text))


def encode_steps(steps: Iterable[StepRecord]) -> str:
    """Steps as short rows: they are read one request at a time, never searched."""
    rows = [(s.step, s.outcome, s.decision, micros_of(s.started_at), s.duration_ms) for s in steps]
    return orjson.dumps(rows).decode()


def decode_steps(text: str) -> tuple[StepRecord, ...]:
    """The steps that encode_steps wrote."""
    return tuple(
        StepRecord(step, outcome, decision, from_micros(started), duration)
        for step, outcome, decision, started, duration in orjson.loads(text)
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (frozenset, set)):
        return sorted(str(item) for item in value)
    return str(value)
