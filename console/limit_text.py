"""What is used up, in words. Pure."""

from __future__ import annotations

from console.format import count_text, counted_text, exact_money_text
from services.domain.exhaustion import Exhausted, Measure
from services.domain.limit_refusals import RefusalRow


def exhausted_text(exhausted: Exhausted) -> str:
    """Who is refused, and by what: "hint is refused: 6 of 6 requests are used (feature_daily)"."""
    state = "goes on though used up, in shadow" if exhausted.is_shadow else "is refused"
    return f"{whose_text(exhausted.scope)} {state}: {used_up_text(exhausted)}"


def refused_text(row: RefusalRow) -> str:
    """What a limit refused: "3 calls of study_plan were refused in the last hour (user_daily)"."""
    calls = counted_text(row.refused[0], "call")
    verb = "was" if row.refused[0] == 1 else "were"
    return f"{calls} of {row.feature} {verb} refused in the last hour ({row.limit})"


def refusal_count_text(row: RefusalRow, place: int) -> str:
    """How many calls a limit refused over a span; in shadow how many it would have.

    Args:
        place: of the span among SPANS.
    """
    refused, passed = count_text(row.refused[place]), count_text(row.passed[place])
    if not row.passed[place]:
        return refused
    would = f"{passed} would be"
    return would if not row.refused[place] else f"{refused}; {would}"


def used_up_text(exhausted: Exhausted) -> str:
    """What ran out, by the name that refusals tell: "6 of 6 requests are used (feature_daily)"."""
    if exhausted.measure is Measure.NANO_USD:
        used, allowed = exact_money_text(exhausted.used), exact_money_text(exhausted.allowed)
        state = f"{used} of {allowed} is spent"
    else:
        used, allowed = count_text(exhausted.used), count_text(exhausted.allowed)
        state = f"{used} of {allowed} {exhausted.measure} are used"
    rest = ", the rest is too little for a usual call" if exhausted.has_rest else ""
    return f"{state}{rest} ({exhausted.limit})"


def whose_text(scope: str) -> str:
    """A budget's or cap's scope as people call it."""
    kind, _, name = scope.partition(":")
    return {"global": "every feature", "playground": "the playground"}.get(kind, name)
