"""Sample traffic: invented requests that fill the console before an application calls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.domain.errors import Unprocessable

MAX_REQUESTS = 20_000
MAX_DAYS = 90


@dataclass(frozen=True, slots=True)
class SampleOrder:
    """How much sample traffic is wanted.

    Args:
        days: over how many past days, up to now, the requests are spread.
        seed: the same seed at the same time gives the same traffic; None for any.
    """

    requests: int
    days: int
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class SampleState:
    """The sample requests in the ledger, and the quarter-hours of the first and the last."""

    requests: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None


def check_order(order: SampleOrder) -> SampleOrder:
    """The order, when it can be carried out.

    Raises:
        Unprocessable: too few or too many requests or days.
    """
    for name, value, most in (
        ("requests", order.requests, MAX_REQUESTS),
        ("days", order.days, MAX_DAYS),
    ):
        if not 1 <= value <= most:
            raise Unprocessable(f"{name} is {value}: use 1 to {most}.", param=name)
    return order
