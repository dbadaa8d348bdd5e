"""The verdict names the worst thing, and is green only on figures."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from console.verdict import BudgetFact, Facts, Level, assess
from services.domain.breakers import BreakerState, BreakerView
from services.domain.exhaustion import Exhausted, Measure
from services.domain.kill import KillEntry

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
GOOD = Facts(
    kills=(), breakers=(), budgets=(), ledger_problem=None, requests=1_204, refused=0,
    error_rate=0.004, p95_ms=2_100,
)  # fmt: skip


def kill(scope: str) -> KillEntry:
    return KillEntry(scope, True, 1, "ayse", "wrong prices", AT)


def breaker(state: BreakerState) -> BreakerView:
    return BreakerView("openai", "gpt", state, "5 failures in a row", 4.0, 4.0, 56.0, 5)


RETURNING = replace(breaker(BreakerState.CLOSED), returning_percent=50)


def test_good_figures_are_ok_and_told() -> None:
    verdict = assess(GOOD)
    assert verdict.level is Level.OK
    assert verdict.sentence == "OK: 1,204 requests in 24 hours, 0.4% errors, P95 2.10 s."


def test_a_latency_within_the_first_bucket_is_not_made_up() -> None:
    assert assess(replace(GOOD, p95_ms=48.0)).sentence.endswith("P95 <50 ms.")


@pytest.mark.parametrize(
    ("facts", "level", "words"),
    [
        (replace(GOOD, kills=[kill("all")]), Level.STOPPED, "stopped by ayse: wrong prices"),
        (replace(GOOD, kills=[kill("feature:x")]), Level.TROUBLE, "feature:x is stopped"),
        (replace(GOOD, breakers=[breaker(BreakerState.OPEN)]), Level.TROUBLE, "gpt is open"),
        (replace(GOOD, breakers=[breaker(BreakerState.HALF_OPEN)]), Level.WARNING, "half open"),
        (replace(GOOD, breakers=[RETURNING]), Level.WARNING, "returning: 50% of calls"),
        (replace(GOOD, breakers=[breaker(BreakerState.CLOSED)]), Level.OK, "OK"),
        (replace(GOOD, error_rate=0.02), Level.WARNING, "2% of requests fail"),
        (replace(GOOD, error_rate=0.06), Level.TROUBLE, "6% of requests fail"),
        (replace(GOOD, p95_ms=6_000), Level.WARNING, "P95 latency is 6.00 s"),
        (replace(GOOD, p95_ms=11_000), Level.TROUBLE, "P95 latency is 11.00 s"),
        (replace(GOOD, ledger_problem="disk"), Level.UNKNOWN, "figures are missing"),
        (replace(GOOD, requests=None), Level.IDLE, "nobody asked"),
        (replace(GOOD, requests=134, refused=67), Level.OK, "OK: 134 requests"),
        (
            replace(GOOD, requests=134, refused=125),
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
    facts = replace(GOOD, budgets=[BudgetFact("today", share, forecast, 0.8)])
    assert assess(facts).level is level


@pytest.mark.parametrize(
    ("share", "level", "words"),
    [
        (0.1, Level.WARNING, "today's budget is in shadow: not enforced"),
        (1.2, Level.TROUBLE, "today's budget is in shadow: spent, and calls go on"),
    ],
)
def test_a_budget_in_shadow_is_never_silent(share: float, level: Level, words: str) -> None:
    verdict = assess(replace(GOOD, budgets=[BudgetFact("today", share, share, 0.8, True)]))
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
    facts = replace(GOOD, error_rate=0.02, breakers=[breaker(BreakerState.OPEN)])
    verdict = assess(facts)
    assert verdict.level is Level.TROUBLE
    assert "requests fail" not in verdict.sentence
