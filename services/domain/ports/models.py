"""Calls of the gateway as a client of it makes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from services.domain.calls import Candidate


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One column of a playground run: what is asked of which provider and model."""

    target: Candidate
    feature: str
    body: Mapping[str, Any]
    user: str


@dataclass(frozen=True, slots=True)
class ModelEvent:
    """Something that came back of it: a piece of text, or the end with its figures.

    Args:
        duration_ms, first_token_ms: as the gateway measured them; None when it did not say.
    """

    text: str = ""
    is_end: bool = False
    finish_reason: str | None = None
    request_id: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: str | None = None
    duration_ms: float | None = None
    first_token_ms: float | None = None
    decision: str | None = None
    problem: str | None = None


class ModelClient(Protocol):
    """An application's way to call AI: our own gateway over HTTP."""

    def stream(self, call: ModelCall, stopped: Callable[[], bool]) -> Iterator[ModelEvent]:
        """The answer's events, the last one `is_end`; ends early once `stopped()` is true."""
        ...
