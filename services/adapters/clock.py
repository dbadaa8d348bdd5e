"""The machine's time, ids and randomness."""

from __future__ import annotations

import os
import random
import secrets
import time
from datetime import UTC, datetime

IDS_AT_ONCE = 256
"""So many ids' random bits are drawn at once: to ask the system for them takes longer than all the
rest of an id."""

_RANDOM_BYTES = 10
_drawn: list[bytes] = []


class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        return time.monotonic()


def uuid7(milliseconds: int) -> str:
    """A UUIDv7: 48 bits of milliseconds, then random bits. Source: RFC 9562, section 5.7."""
    value = milliseconds << 80 | int.from_bytes(_draw_random())
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _draw_random() -> bytes:
    """Random bytes that no other id gets, in whichever thread it is made."""
    try:
        return _drawn.pop()
    except IndexError:
        drawn = os.urandom(_RANDOM_BYTES * IDS_AT_ONCE)
        first, *rest = (
            drawn[at : at + _RANDOM_BYTES] for at in range(0, len(drawn), _RANDOM_BYTES)
        )
        _drawn.extend(rest)
        return first


class SystemIds:
    """Ids from the machine's clock and random source."""

    def request_id(self) -> str:
        return uuid7(time.time_ns() // 1_000_000)

    def token(self) -> str:
        return secrets.token_urlsafe(32)

    def jitter(self) -> float:
        return random.random()  # noqa: S311 - spreads retries, guards nothing
