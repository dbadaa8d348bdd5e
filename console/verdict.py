"""The one line at the top of the Overview: are we OK?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import streamlit as st

from console.format import (
    count_text,
    counted_text,
    escape_markdown,
    milliseconds_text,
    percent_text,
    percentile_text,
    share_text,
)
from console.limit_text import exhausted_text, refused_text
from services.domain.breakers import BreakerState, BreakerView
from services.domain.exhaustion import Exhausted
from services.domain.kill import ALL, KillEntry
from services.domain.latency import count_slower
from services.domain.limit_refusals import RefusalRow
from services.domain.reliability import Quality
from services.domain.shares import Judgement, judge_share

ERROR_RATE_BAD, ERROR_RATE_HIGH = 0.05, 0.01
P95_BAD_MS, P95_HIGH_MS = 10_000, 5_000
SLOW_SHARE = 0.05
"""A P95 above a bound is a share of requests slower than it above this."""
FORECAST_FROM_SHARE = 0.1
"""A forecast counts from so much spent on: a few calls after midnight foretell nothing."""


class Level(StrEnum):
    """How bad it is, worst first."""

    STOPPED = "stopped"
    TROUBLE = "trouble"
    UNKNOWN = "unknown"
    WARNING = "warning"
    FEW = "few"
    IDLE = "idle"
    OK = "ok"


@dataclass(frozen=True, slots=True)
class BudgetFact:
    """A budget as the verdict needs it: "today", its share spent, and what it is likely to be.

    Args:
        is_spent: it has no room for a usual call.
    """

    name: str
    share: float
    forecast_share: float
    alert_share: float
    is_spent: bool = False
    is_shadow: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What the verdict is about.

    Args:
        ledger_problem: why figures cannot be read; None while they can.
        exhausted: caps and budgets that are used up.
        refusals: what quotas, caps and budgets refused in the last hour besides.
        counters_problem: why nobody knows what is used of caps; None while it is known.
        quality: how the requests of the last 24 hours went; None when there were none ever.
    """

    kills: Sequence[KillEntry]
    breakers: Sequence[BreakerView]
    budgets: Sequence[BudgetFact]
    ledger_problem: str | None
    quality: Quality | None
    exhausted: Sequence[Exhausted] = ()
    counters_problem: str | None = None
    refusals: Sequence[RefusalRow] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The level and the sentence for it."""

    level: Level
    sentence: str


def draw_verdict(verdict: Verdict) -> None:
    """Draw the line; green only when there are figures and all of them are good."""
    draw, icon = {
        Level.STOPPED: (st.error, "front_hand"),
        Level.TROUBLE: (st.error, "error"),
        Level.UNKNOWN: (st.warning, "cloud_off"),
        Level.WARNING: (st.warning, "warning"),
        Level.FEW: (st.info, "hourglass_top"),
        Level.IDLE: (st.info, "bedtime"),
        Level.OK: (st.success, "check_circle"),
    }[verdict.level]
    draw(escape_markdown(verdict.sentence), icon=f":material/{icon}:")


def assess(facts: Facts) -> Verdict:
    """Judge, pure: the worst thing decides the level; all things of that level are named."""
    findings = _stops(facts) + _breakers(facts) + _quality(facts.quality)
    findings += _money(facts) + _caps(facts)
    if facts.ledger_problem is not None:
        findings.append((Level.UNKNOWN, "the ledger does not answer, so figures are missing"))
    if facts.counters_problem is not None:
        text = "the counters do not answer, so what is left of caps is not known"
        findings.append((Level.UNKNOWN, text))
    if stopped := [kill for kill in facts.kills if kill.scope == ALL]:
        return Verdict(Level.STOPPED, f"AI is stopped by {stopped[0].actor}: {stopped[0].reason}")
    if findings:
        worst = min((level for level, _ in findings), key=list(Level).index)
        named = "; ".join(text for level, text in findings if level is worst)
        return Verdict(worst, f"{_OPENINGS[worst]}: {named}.")
    quality = facts.quality
    if quality is None or not quality.requests:
        return Verdict(Level.IDLE, "Nothing is wrong, and nobody asked for anything in 24 hours.")
    return Verdict(
        Level.OK,
        f"OK: {counted_text(quality.requests, 'request')} in 24 hours, "
        f"{share_text(quality.failed, quality.counted)} failed, "
        f"P95 {percentile_text(quality.latency_ms(0.95))}.",
    )


_OPENINGS = {
    Level.TROUBLE: "Trouble",
    Level.UNKNOWN: "Unknown",
    Level.WARNING: "Watch",
    Level.FEW: "Too few requests to judge",
}
_Finding = tuple[Level, str]


def _stops(facts: Facts) -> list[_Finding]:
    return [
        (Level.TROUBLE, f"{kill.scope} is stopped by {kill.actor}: {kill.reason}")
        for kill in facts.kills
        if kill.scope != ALL
    ]


def _breakers(facts: Facts) -> list[_Finding]:
    found = []
    for breaker in facts.breakers:
        name = f"breaker {breaker.provider}/{breaker.model}"
        if breaker.state in {BreakerState.OPEN, BreakerState.FORCED_OPEN}:
            found.append((Level.TROUBLE, f"{name} is open ({breaker.reason})"))
        elif breaker.state is BreakerState.HALF_OPEN:
            found.append((Level.WARNING, f"{name} is half open"))
        elif breaker.returning_percent is not None:
            share = f"{breaker.returning_percent}% of calls"
            found.append((Level.WARNING, f"{name} is closed again, returning: {share}"))
    return found


def _quality(quality: Quality | None) -> list[_Finding]:
    if quality is None:
        return []
    found = []
    requests, failed, counted = quality.requests, quality.failed, quality.counted
    if quality.refused * 2 > requests:
        counts = f"{count_text(quality.refused)} of {count_text(requests)}"
        found.append((Level.WARNING, f"{counts} requests were refused"))
    if quality.degraded:
        answers = counted_text(quality.degraded, "answer")
        text = f"the mock invented {answers} in 24 hours in place of a real provider"
        is_proven = _exceeds(quality.degraded, counted, ERROR_RATE_BAD)
        found.append((Level.TROUBLE if is_proven else Level.WARNING, text))
    if (level := error_level(failed, counted)) is not None:
        counts = f"{count_text(failed)} of {counted_text(counted, 'request')} failed"
        share = f" ({percent_text(failed / counted)})" if level != Level.FEW else ""
        found.append((level, counts + share))
    if (level := latency_level(quality.latency_counts)) is not None:
        of = f" of {counted_text(sum(quality.latency_counts), 'request')}"
        found.append((level, f"P95 latency is {milliseconds_text(quality.latency_ms(0.95))}{of}"))
    return found


def error_level(errors: int, counted: int) -> Level | None:
    """How bad a share of failed requests is; what is not proven is too few to judge."""
    if _exceeds(errors, counted, ERROR_RATE_BAD):
        return Level.TROUBLE
    if _exceeds(errors, counted, ERROR_RATE_HIGH):
        return Level.WARNING
    return Level.FEW if errors > counted * ERROR_RATE_HIGH else None


def latency_level(counts: tuple[int, ...]) -> Level | None:
    """How bad the P95 of a histogram is; what is not proven is too few to judge."""
    total, slow = sum(counts), count_slower(counts, P95_HIGH_MS)
    if _exceeds(count_slower(counts, P95_BAD_MS), total, SLOW_SHARE):
        return Level.TROUBLE
    if _exceeds(slow, total, SLOW_SHARE):
        return Level.WARNING
    return Level.FEW if slow > total * SLOW_SHARE else None


def _exceeds(bad: int, n: int, limit: float) -> bool:
    return judge_share(bad, n, limit).judgement is Judgement.FAIL


def _money(facts: Facts) -> list[_Finding]:
    found = []
    for budget in facts.budgets:
        spent = f"{budget.name}'s budget"
        if budget.is_shadow:
            end = "spent, and calls go on" if budget.is_spent else "not enforced"
            level = Level.TROUBLE if budget.is_spent else Level.WARNING
            found.append((level, f"{spent} is in shadow: {end}"))
        elif budget.is_spent:
            found.append((Level.TROUBLE, f"{spent} is spent, calls are refused"))
        elif budget.share >= budget.alert_share:
            found.append((Level.WARNING, f"{spent} is {percent_text(budget.share)} spent"))
        elif budget.forecast_share > 1 and budget.share >= FORECAST_FROM_SHARE:
            text = f"{spent} will not last: {percent_text(budget.forecast_share)} by its end"
            found.append((Level.WARNING, text))
    return found


def _caps(facts: Facts) -> list[_Finding]:
    """What is used up besides the budgets of everybody, which `_money` tells."""
    return [
        (Level.WARNING if each.is_shadow else Level.TROUBLE, exhausted_text(each))
        for each in facts.exhausted
        if each.scope != "global"
    ] + [(Level.WARNING, refused_text(row)) for row in facts.refusals]
