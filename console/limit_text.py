"""What is used up, in words. Pure."""

from __future__ import annotations

from console.format import count_text, counted_text, escape_markdown, exact_money_text
from services.domain.exhaustion import Exhausted, Measure
from services.domain.limit_refusals import RefusalRow
from services.domain.near_callers import NearCallers


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


def near_text(near: NearCallers) -> str:
    """How near callers are to a limit of their own: "1 full, 3 near; fullest: HASH, 10 of 10"."""
    if near.fullest is None:
        return "nobody is near it"
    most = " or more" if near.is_cut else ""
    parts = [f"{count_text(near.full)}{most} full"] if near.full else []
    if rest := near.near - near.full:
        parts.append(f"{count_text(rest)}{most} near")
    use = near.fullest
    used, allowed = max(use.pairs, key=lambda pair: pair[0] / max(pair[1], 1))
    unit = " tokens" if (used, allowed) == (use.tokens, use.allowed_tokens) else ""
    who = escape_markdown(use.key)
    return f"{', '.join(parts)}; fullest: {who}, {count_text(used)} of {count_text(allowed)}{unit}"


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
