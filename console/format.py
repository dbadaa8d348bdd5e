"""Figures as text: money, tokens, durations, ages, shares and times. Pure."""

from __future__ import annotations

from datetime import datetime, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal

from services.domain.latency import LATENCY_BOUNDS_MS
from services.domain.money import usd
from services.domain.shares import is_enough_for_rate

DASH = "–"
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_MARKDOWN = frozenset("\\`*_{}[]()<>#+!|$:~")


def money_text(nano_usd: int) -> str:
    """Dollars as people read them: cents from $1 on, below that three significant digits.

    Nothing that costs something ever shows as $0.00; `exact_money_text` has every digit.
    """
    amount = usd(abs(nano_usd))
    sign = "-" if nano_usd < 0 else ""
    if nano_usd == 0 or amount >= 1:
        return f"{sign}${_rounded(amount, 2):,.2f}"
    digits = max(2, 2 - amount.adjusted())
    text = f"{_rounded(amount, min(digits, 9)):f}"
    whole, _, cents = text.partition(".")
    return f"{sign}${whole}.{cents.rstrip('0').ljust(2, '0')}"


def exact_money_text(nano_usd: int) -> str:
    """Dollars to the last nano-dollar, without trailing zeros beyond cents."""
    sign = "-" if nano_usd < 0 else ""
    whole, _, rest = f"{usd(abs(nano_usd)):.9f}".partition(".")
    return f"{sign}${int(whole):,}.{rest.rstrip('0').ljust(2, '0')}"


def usd_text(amount: str) -> str:
    """An exact dollar amount given as text, in the form of `exact_money_text`."""
    return exact_money_text(int(Decimal(amount).scaleb(9)))


def count_text(count: int) -> str:
    """A count with thousands separators: "12,345"."""
    return f"{count:,}"


def counted_text(count: int, noun: str) -> str:
    """A count of something: "1 request", "12,345 requests"."""
    return f"{count_text(count)} {noun}{'' if count == 1 else 's'}"


def short_count_text(count: int) -> str:
    """A count for a narrow place: "950", "12.3k", "4.5M"."""
    for size, unit in ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")):
        if count >= size:
            return f"{count / size:.3g}{unit}" if count < 999.5 * size else f"{count // size}{unit}"
    return str(count)


def percent_text(share: float | None) -> str:
    """A share as percent: three significant digits below 10%, never a false 0% or 100%."""
    if share is None:
        return DASH
    percent = share * 100
    if percent in {0, 100}:
        return f"{percent:.0f}%"
    if 0 < percent < 0.01:
        return "<0.01%"
    if 99.99 < percent < 100:
        return ">99.99%"
    if percent < 10:
        return f"{percent:.2f}".rstrip("0").rstrip(".") + "%"
    return f"{percent:.1f}".rstrip("0").rstrip(".") + "%"


def share_text(bad: int, n: int) -> str:
    """A share as percent; of few requests the counts, "1 of 3", as they make no rate."""
    if is_enough_for_rate(n):
        return percent_text(bad / n)
    return f"{count_text(bad)} of {count_text(n)}" if n else DASH


def milliseconds_text(ms: float | None) -> str:
    """A latency: "0.4 ms", "320 ms", "2.41 s", "1 min 12 s"."""
    if ms is None:
        return DASH
    if ms < 10:
        return f"{ms:.1f} ms"
    if ms < 1_000:
        return f"{ms:.0f} ms"
    if ms < 60_000:
        return f"{ms / 1000:.2f} s"
    return seconds_text(ms / 1000)


def percentile_text(ms: float | None) -> str:
    """A percentile read from the ledger's buckets: within the first one it is not known closer."""
    first = LATENCY_BOUNDS_MS[0]
    return milliseconds_text(ms) if ms is None or ms > first else f"<{first} ms"


def seconds_text(seconds: float) -> str:
    """A span in its two largest units: "0.2 s", "45 s", "3 min 20 s", "2 h 5 min", "4 d 3 h"."""
    if seconds < 0.1:
        return "under 0.1 s"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for unit, name, below, below_name in (
        (_DAY, "d", _HOUR, "h"),
        (_HOUR, "h", _MINUTE, "min"),
        (_MINUTE, "min", 1, "s"),
    ):
        if whole >= unit:
            rest = whole % unit // below
            return f"{whole // unit} {name}" + (f" {rest} {below_name}" if rest else "")
    return f"{whole} s"


def age_text(at: datetime | None, now: datetime) -> str:
    """How long ago: "just now", "12 s ago", "3 min ago", "2 h ago", "5 d ago"."""
    if at is None:
        return "at an unknown time"
    seconds = (now - at).total_seconds()
    if seconds < 2:
        return "just now"
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= unit:
            return f"{int(seconds // unit)} {name} ago"
    return f"{int(seconds)} s ago"


def time_text(at: datetime | None, zone: tzinfo) -> str:
    """An instant in a zone, which is named: "2026-11-21 14:05:09 Europe/Istanbul"."""
    if at is None:
        return DASH
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S} {zone}"


def minute_text(at: datetime, zone: tzinfo) -> str:
    """An instant to the minute: "2026-11-21 14:05", for places that name the zone."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def clock_text(at: datetime, zone: tzinfo) -> str:
    """An instant of the last hours: "14:05:09", for places whose heading names the zone."""
    return f"{at.astimezone(zone):%H:%M:%S}"


def escape_markdown(text: str) -> str:
    """Text that people or models wrote, without any meaning in Markdown."""
    return "".join(f"\\{c}" if c in _MARKDOWN else c for c in text.replace("\n", " "))


def safe_markdown(text: str) -> str:
    """A model's answer as Markdown without images: fetching one could carry data out.

    HTML needs no care here: Streamlit shows it as text.
    """
    return text.replace("![", "!\\[")


def _rounded(amount: Decimal, digits: int) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_EVEN)
