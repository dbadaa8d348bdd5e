"""The mock under other providers' names, with bad moments, for sample traffic."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.adapters.providers.mock import BROKEN_STREAM, ERROR, MODEL, SLOW, MockProvider
from services.domain.calls import Chunk, Completion, Health, ProviderCall, ProviderInfo
from services.domain.ports import Clock

_DECK = (*[MODEL] * 95, *[SLOW] * 2, *[ERROR] * 2, BROKEN_STREAM)
"""What a hundred calls meet; drawn like cards, so that no run of samples lacks bad moments."""

Outage = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class SampleProvider:
    """The Provider port: each call is answered by the mock's model that the cards choose.

    Args:
        models: the names it goes by; the answers say them.
        outages: from when to when every call fails.
    """

    mock: MockProvider
    models: tuple[str, ...]
    clock: Clock
    rng: random.Random
    outages: Sequence[Outage] = ()
    _plain: list[str] = field(default_factory=list, init=False)
    _streamed: list[str] = field(default_factory=list, init=False)

    @property
    def info(self) -> ProviderInfo:
        return ProviderInfo(self.mock.name, self.models, is_mock=True)

    async def complete(self, call: ProviderCall) -> Completion:
        answer = await self.mock.complete(replace(call, model=self._fate(self._plain)))
        return replace(answer, data={**answer.data, "model": call.model})

    async def stream(self, call: ProviderCall) -> AsyncGenerator[Chunk, None]:
        async for chunk in self.mock.stream(replace(call, model=self._fate(self._streamed))):
            yield replace(chunk, data={**chunk.data, "model": call.model})

    async def check_health(self, timeout_s: float) -> Health:
        return Health(not self._is_out(), self.mock.name, self.models[0], 0.0)

    async def reset(self) -> None:
        """There is no connection to renew."""

    async def close(self) -> None:
        """There is no connection to close."""

    def _fate(self, cards: list[str]) -> str:
        if self._is_out():
            return ERROR
        if not cards:
            cards += self.rng.sample(_DECK, len(_DECK))
        return cards.pop()

    def _is_out(self) -> bool:
        now = self.clock.now()
        return any(start <= now < end for start, end in self.outages)
