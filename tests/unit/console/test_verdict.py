"""The verdict names the worst thing, and is green only on figures."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from console.verdict import BudgetFact, Facts, Level, assess
from services.domain.breakers import BreakerState, BreakerView
from services.domain.exhaustion import Exhausted, Measure
from services.domain.kill import KillEntry
from services.domain.latency import LATENCY_BOUNDS_MS
from services.domain.reliability import Quality


def timed(quick: int, slow: int = 0, very_slow: int = 0) -> tuple[int, ...]:
    """A histogram of requests of 2 to 3 s, 5 to 7.5 s, and 10 to 20 s."""
    counts = [0] * (len(LATENCY_BOUNDS_MS) + 1)
    for bound, count in ((3_000, quick), (7_500, slow), (20_000, very_slow)):
        counts[LATENCY_BOUNDS_MS.index(bound)] = count
    return tuple(counts)


AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def quality(
    requests: int = 1_204,
    failed: int = 5,
    refused: int = 0,
    counts: tuple[int, ...] = (),
    degraded: int = 0,
) -> Quality:
    answered = requests - failed - refused
    counts = counts or timed(1_204)
    return Quality("", requests, answered, failed, refused, degraded, counts, timed(0))


GOOD = Facts(kills=(), breakers=(), budgets=(), ledger_problem=None, quality=quality())


def kill(scope: str) -> KillEntry:
    return KillEntry(scope, True, 1, "ayse", "wrong prices", AT)


def breaker(state: BreakerState) -> BreakerView:
    return BreakerView("openai", "gpt", state, "5 failures in a row", 4.0, 4.0, 56.0, 5)


RETURNING = replace(breaker(BreakerState.CLOSED), returning_percent=50)


def test_good_figures_are_ok_and_told() -> None:
    verdict = assess(GOOD)
    assert verdict.level is Level.OK
    assert verdict.sentence == "OK: 1,204 requests in 24 hours, 0.42% failed, P95 2.95 s."


def test_a_latency_within_the_first_bucket_is_not_made_up() -> None:
    counts = (1_204, *timed(0)[1:])
    assert assess(replace(GOOD, quality=quality(counts=counts))).sentence.endswith("P95 <50 ms.")


@pytest.mark.parametrize(
    ("facts", "level", "words"),
    [
        (replace(GOOD, kills=[kill("all")]), Level.STOPPED, "stopped by ayse: wrong prices"),
        (replace(GOOD, kills=[kill("feature:x")]), Level.TROUBLE, "feature:x is stopped"),
        (replace(GOOD, breakers=[breaker(BreakerState.OPEN)]), Level.TROUBLE, "gpt is open"),
        (replace(GOOD, breakers=[breaker(BreakerState.HALF_OPEN)]), Level.WARNING, "half open"),
        (replace(GOOD, breakers=[RETURNING]), Level.WARNING, "returning: 50% of calls"),
        (replace(GOOD, breakers=[breaker(BreakerState.CLOSED)]), Level.OK, "OK"),
        (
            replace(GOOD, quality=quality(degraded=1)),
            Level.WARNING,
            "Watch: the mock invented 1 answer in 24 hours in place of a real provider.",
        ),
        (
            replace(GOOD, quality=quality(degraded=120)),
            Level.TROUBLE,
            "the mock invented 120 answers",
        ),
        (
            replace(GOOD, quality=quality(failed=24)),
            Level.WARNING,
            "Watch: 24 of 1,204 requests failed (1.99%)",
        ),
        (
            replace(GOOD, quality=quality(failed=120)),
            Level.TROUBLE,
            "Trouble: 120 of 1,204 requests failed (9.97%)",
        ),
        (
            replace(GOOD, quality=quality(counts=timed(900, 100))),
            Level.WARNING,
            "Watch: P95 latency is 6.25 s",
        ),
        (
            replace(GOOD, quality=quality(counts=timed(900, 0, 100))),
            Level.TROUBLE,
            "Trouble: P95 latency is 15.00 s of 1,000 requests",
        ),
        (
            replace(GOOD, quality=quality(3, failed=1)),
            Level.FEW,
            "Too few requests to judge: 1 of 3 requests failed.",
        ),
        (
            replace(GOOD, quality=quality(1, failed=0, counts=timed(0, 1))),
            Level.FEW,
            "Too few requests to judge: P95 latency is",
        ),
        (
            replace(GOOD, quality=quality(1, failed=0)),
            Level.OK,
            "24 hours, 0 of 1 failed",
        ),
        (replace(GOOD, ledger_problem="disk"), Level.UNKNOWN, "figures are missing"),
        (replace(GOOD, quality=None), Level.IDLE, "nobody asked"),
        (replace(GOOD, quality=quality(134, failed=0, refused=67)), Level.OK, "OK: 134 requests"),
        (
            replace(GOOD, quality=quality(134, failed=0, refused=125)),
            Level.WARNING,
            "125 of 134 requests were refused",
        ),
    ],
)
def test_each_trouble_has_its_level_and_words(facts: Facts, level: Level, words: str) -> None:
    verdict = assess(facts)
    assert verdict.level is level
    assert words in verdict.sentence


@pytest.mark.parametrize(
    ("share", "forecast", "level"),
    [
        (0.5, 0.9, Level.OK),
        (0.5, 1.2, Level.WARNING),
        (0.02, 9.0, Level.OK),
        (0.8, 0.8, Level.WARNING),
        (1.0, 1.0, Level.TROUBLE),
    ],
)
def test_budgets_warn_before_they_are_spent(share: float, forecast: float, level: Level) -> None:
    facts = replace(GOOD, budgets=[BudgetFact("today", share, forecast, 0.8, share >= 1)])
    assert assess(facts).level is level


def test_a_budget_is_spent_once_no_call_fits_in_what_is_left() -> None:
    facts = replace(GOOD, budgets=[BudgetFact("today", 0.99, 0.99, 0.8, is_spent=True)])
    assert assess(facts).sentence == "Trouble: today's budget is spent, calls are refused."


@pytest.mark.parametrize(
    ("share", "level", "words"),
    [
        (0.1, Level.WARNING, "today's budget is in shadow: not enforced"),
        (1.2, Level.TROUBLE, "today's budget is in shadow: spent, and calls go on"),
    ],
)
def test_a_budget_in_shadow_is_never_silent(share: float, level: Level, words: str) -> None:
    fact = BudgetFact("today", share, share, 0.8, is_spent=share >= 1, is_shadow=True)
    verdict = assess(replace(GOOD, budgets=[fact]))
    assert verdict.level is level
    assert words in verdict.sentence[:1].lower() + verdict.sentence[1:]


def cap(*, is_shadow: bool = False, scope: str = "feature:hint") -> Exhausted:
    return Exhausted("feature_daily", scope, Measure.REQUESTS, 6, 6, AT, is_shadow)


@pytest.mark.parametrize(
    ("facts", "level", "words"),
    [
        (
            replace(GOOD, exhausted=[cap()]),
            Level.TROUBLE,
            "Trouble: hint is refused: 6 of 6 requests are used (feature_daily).",
        ),
        (
            replace(GOOD, exhausted=[cap(is_shadow=True)]),
            Level.WARNING,
            "Watch: hint goes on though used up, in shadow: 6 of 6 requests are used",
        ),
        (
            replace(
                GOOD, exhausted=[replace(cap(), measure=Measure.TOKENS, used=2600, allowed=3000)]
            ),
            Level.TROUBLE,
            "Trouble: hint is refused: 2,600 of 3,000 tokens are used, the rest is too little for",
        ),
        (replace(GOOD, exhausted=[cap(scope="global")]), Level.OK, "OK: "),
        (
            replace(GOOD, counters_problem="Redis does not answer"),
            Level.UNKNOWN,
            "Unknown: the counters do not answer, so what is left of caps is not known.",
        ),
    ],
)
def test_a_feature_at_its_cap_is_never_green(facts: Facts, level: Level, words: str) -> None:
    verdict = assess(facts)
    assert verdict.level is level
    assert verdict.sentence.startswith(words)


def test_the_worst_decides_and_hides_lesser_things() -> None:
    facts = replace(GOOD, quality=quality(failed=24), breakers=[breaker(BreakerState.OPEN)])
    verdict = assess(facts)
    assert verdict.level is Level.TROUBLE
    assert "requests failed" not in verdict.sentence
