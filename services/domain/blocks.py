"""Blocks: users and applications that are refused until a time, because they kept calling."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Block:
    """One block as the counters hold it.

    Args:
        key: whose calls, as `Demand.abuse_key`.
        violations: those that led to the block, and the calls refused since.
    """

    key: str
    until: datetime
    violations: int


@dataclass(frozen=True, slots=True)
class BlockView:
    """One block as it is shown.

    Args:
        subject: a user as records name them, or "@application:NAME" for calls that name no user.
    """

    subject: str
    until: datetime
    violations: int
