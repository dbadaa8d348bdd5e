"""Blocks: users and applications that are refused until a time, because they kept calling."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

ABUSE = "abuse"
"""The limit's name, as refusals tell it and AI_SHADOW_LIMITS may list it."""


@dataclass(frozen=True, slots=True)
class AbuseRule:
    """How repeated violations block a user."""

    cooldown_s: float = 30.0
    violations: int = 10
    within_s: float = 600.0
    block_s: float = 900.0


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
