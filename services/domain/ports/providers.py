"""Providers of models, and what their calls cost."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from datetime import datetime
from typing import Any, Protocol

from services.domain.calls import Candidate, Chunk, Completion, Health, ProviderCall, ProviderInfo
from services.domain.money import Price


class Provider(Protocol):
    """A place that answers calls. Errors are ProviderErrors, never a vendor's own."""

    @property
    def info(self) -> ProviderInfo: ...

    async def complete(self, call: ProviderCall) -> Completion: ...

    def stream(self, call: ProviderCall) -> AsyncGenerator[Chunk, None]:
        """The answer's events; closing the iterator stops the call upstream at once."""
        ...

    async def check_health(self, timeout_s: float) -> Health: ...

    async def reset(self) -> None:
        """New connections; the key is read again."""
        ...

    async def close(self) -> None: ...


class TokenCounter(Protocol):
    """Counts tokens without asking anyone."""

    def count_text(self, model: str, text: str) -> int: ...

    def count_body(self, model: str, body: Mapping[str, Any]) -> int:
        """Input tokens of an OpenAI request body (messages and tools, prompt, or input)."""
        ...


class PriceBook(Protocol):
    """Prices valid at an instant; None for a model without a known price."""

    def find(self, candidate: Candidate, at: datetime) -> Price | None: ...
