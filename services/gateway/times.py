"""The times of a call: how long it may take, and how long its hold and its answer outlive it."""

from __future__ import annotations

from dataclasses import dataclass

from services.domain.calls import Timeouts

HOLD_MARGIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Times:
    """How long a call may take, plain or streamed, and how long answers are kept."""

    calls: Timeouts
    cache_ttl_s: float = 3600.0

    @property
    def hold_s(self) -> float:
        """When an unsettled hold lapses: no call lives so long."""
        longest_s = max(self.calls.total_s, self.calls.stream_s)
        return longest_s + min(longest_s, HOLD_MARGIN_S)
