"""The mock under other providers' names, with bad moments, for sample traffic."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.adapters.providers.mock import BROKEN_STREAM, ERROR, MODEL, SLOW, MockProvider
from services.domain.calls import Chunk, Completion, Health, ProviderCall, ProviderInfo
from services.domain.ports import Clock

_MODELS = (MODEL, SLOW, ERROR, BROKEN_STREAM)
_SHARES = (0.957, 0.025, 0.012, 0.006)

Outage = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class SampleProvider:
    """The Provider port: each call is answered by the mock's model that luck chooses.

    Args:
        models: the names it goes by; the answers say them.
        outages: from when to when every call fails.
    """

    mock: MockProvider
    models: tuple[str, ...]
    clock: Clock
    rng: random.Random
    outages: Sequence[Outage] = ()

    @property
    def info(self) -> ProviderInfo:
        return ProviderInfo(self.mock.name, self.models, is_mock=True)

    async def complete(self, call: ProviderCall) -> Completion:
        answer = await self.mock.complete(replace(call, model=self._fate()))
        return replace(answer, data={**answer.data, "model": call.model})

    async def stream(self, call: ProviderCall) -> AsyncIterator[Chunk]:
        async for chunk in self.mock.stream(replace(call, model=self._fate())):
            yield replace(chunk, data={**chunk.data, "model": call.model})

    async def check_health(self, timeout_s: float) -> Health:
        return Health(not self._is_out(), self.mock.name, self.models[0], 0.0)

    async def reset(self) -> None:
        """There is no connection to renew."""

    async def close(self) -> None:
        """There is no connection to close."""

    def _fate(self) -> str:
        return ERROR if self._is_out() else self.rng.choices(_MODELS, _SHARES)[0]

    def _is_out(self) -> bool:
        now = self.clock.now()
        return any(start <= now < end for start, end in self.outages)
