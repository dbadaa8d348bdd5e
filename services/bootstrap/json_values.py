"""Values as the JSON of the admin API and the command line has them."""

from __future__ import annotations

from datetime import datetime

from services.domain.money import usd


def money(nano_usd: int) -> str:
    """Exact dollars, nine decimals: text, because JSON numbers are floats."""
    return f"{usd(nano_usd):.9f}"


def time_text(at: datetime | None) -> str | None:
    """A moment in ISO 8601 with milliseconds; None for none."""
    return None if at is None else at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
