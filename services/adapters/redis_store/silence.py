"""How long a silent Redis keeps a call waiting."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from types import TracebackType

from services.domain.policy import REDIS_MOST_WAIT_S

_STEPS = 5
_READ_FIRST_S = 0.002


class SilenceLimit:
    """Within `async with`, ends a wait in TimeoutError once Redis was silent for so long.

    A busy loop, or many calls at once, are no silence. So it is counted in steps, and a step that a
    busy loop made longer counts once.

    Args:
        seconds: of silence.
        heard_s: when Redis last answered anybody, by the monotonic clock.
    """

    def __init__(self, seconds: float, heard_s: Callable[[], float]) -> None:
        self._step_s = seconds / _STEPS
        self._heard_s = heard_s
        self._loop = asyncio.get_running_loop()
        self._limit = asyncio.timeout(None)
        self._left = _STEPS
        self._most = max(round(REDIS_MOST_WAIT_S / self._step_s), _STEPS)
        self._seen_s = time.monotonic()
        self._timer = self._loop.call_later(self._step_s, self._count)

    async def __aenter__(self) -> None:
        await self._limit.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        await self._limit.__aexit__(kind, error, trace)

    def _count(self) -> None:
        self._left = _STEPS if self._heard_s() > self._seen_s else self._left - 1
        self._most -= 1
        self._seen_s = time.monotonic()
        if self._left > 0 and self._most > 0:
            self._timer = self._loop.call_later(self._step_s, self._count)
        else:
            # What has arrived meanwhile is read before.
            self._limit.reschedule(self._loop.time() + _READ_FIRST_S)
