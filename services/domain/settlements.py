"""Settlements: what the attempts of an admitted request really took."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.domain.ledger import Attempt


@dataclass(frozen=True, slots=True)
class Settlement:
    """What one attempt of an admitted request really took.

    Args:
        cost_nano_usd: booked in every budget of the demand.
        is_final: the request is over: its hold goes, its token estimate is corrected.
    """

    request_id: str
    attempt: int
    cost_nano_usd: int
    tokens: int
    is_final: bool


def settlements_of(request_id: str, attempts: Iterable[Attempt]) -> tuple[Settlement, ...]:
    """What a request that is over took, one settlement an attempt, the last of them final."""
    taken = [(a.number, a.cost_nano_usd, a.usage.total_tokens) for a in attempts] or [(0, 0, 0)]
    return tuple(
        Settlement(request_id, number, cost, tokens, place == len(taken))
        for place, (number, cost, tokens) in enumerate(taken, start=1)
    )
