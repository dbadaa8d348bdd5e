"""The fleet's counters decide as those of one process do, whatever happens in which order."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.domain.admissions import Admission
from services.domain.blocks import AbuseRule
from services.domain.periods import Period
from services.domain.quotas import Quota
from services.domain.rate_limits import BucketLimit, RateLimit
from tests.contract.counters_bench import Bench, Server, open_bench

RULE = AbuseRule(cooldown_s=20, violations=3, within_s=60, block_s=90)
USERS = ("ali", "ayşe")
MILLISECOND = 0.001


@dataclass(frozen=True)
class Step:
    """One call; `request` is the step that admitted what is settled or topped up."""

    kind: str
    user: str
    amount: int
    request: int


steps = st.lists(
    st.builds(
        Step,
        kind=st.sampled_from(
            ["admit"] * 6 + ["settle", "final", "top_up", "wait", "wait", "store", "unblock"]
        ),
        user=st.sampled_from(USERS),
        amount=st.integers(0, 60),
        request=st.integers(0, 30),
    ),
    max_size=70,
)


names = st.frozensets(
    st.sampled_from(
        [
            *("global_rpm", "global_rph", "user_rpm", "feature", "user_day", "abuse"),
            *("feature_daily", "feature_monthly"),
            *("daily_budget", "monthly_budget"),
        ]
    )
)


@given(steps=steps, shadow=st.just(frozenset()) | names)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_same_calls_get_the_same_answers(
    redis_server: Server, steps: list[Step], shadow: frozenset[str]
) -> None:
    asyncio.run(_compare(redis_server, steps, shadow))


async def _compare(redis_server: Server, steps: list[Step], shadow: frozenset[str]) -> None:
    async with (
        open_bench("memory", redis_server) as one,
        open_bench("redis", redis_server) as fleet,
    ):
        for number, step in enumerate(steps):
            mine = await _play(one, step, number, shadow)
            theirs = await _play(fleet, step, number, shadow)
            assert theirs == mine, step
            assert await _look(fleet) == await _look(one), step


async def _play(bench: Bench, step: Step, number: int, shadow: frozenset[str]) -> Any:
    name = f"r-{step.request}"
    match step.kind:
        case "admit":
            wants = _wants(bench, step) | {"shadow": shadow}
            return _rounded(await bench.ask(request_id=f"r-{number}", **wants))
        case "settle" | "final":
            tokens, is_final = step.amount // 2, step.kind == "final"
            await bench.settle(name, step.amount, number, tokens, final=is_final)
        case "top_up":
            return _rounded(await bench.take_more(name, step.amount, step.amount // 3))
        case "wait":
            bench.clock.advance(step.amount * 0.7)
        case "store":
            await bench.counters.store_answer("answer", b"yes", step.amount)
        case "unblock":
            return await bench.counters.unblock(step.user)
    return None


def _quotas(bench: Bench, user: str) -> tuple[Quota, ...]:
    """A user's own, and the caps of the feature that all of them use."""
    own = replace(bench.quota(20, 400), key=f"user:{user}")
    caps = bench.caps(
        feature_daily_tokens=250, feature_daily_requests=12, feature_monthly_tokens=600
    )
    return (own, *caps)


def _wants(bench: Bench, step: Step) -> dict[str, Any]:
    return {
        "rates": (
            RateLimit("global_rpm", "global", 9, 60),
            RateLimit("global_rph", "global", 30, 3600),
            RateLimit("user_rpm", f"user:{step.user}", 4, 60),
        ),
        "buckets": (BucketLimit("feature", "feature:hint", 30, 4),),
        "quotas": _quotas(bench, step.user),
        "budgets": (bench.budget(300), bench.budget(900, period=Period.MONTH)),
        "abuse_key": step.user,
        "abuse": RULE,
        "hold_nano_usd": step.amount,
        "hold_s": 45,
        "tokens": step.amount,
        "cache_key": "answer" if step.amount > 50 else None,
    }


def _rounded(admission: Admission | None) -> Any:
    """Times to the millisecond, which is what callers are told."""
    if admission is None:
        return None
    wait_s = admission.retry_after_s
    return (
        admission.denial,
        admission.limit,
        admission.allowance,
        None if wait_s is None else pytest.approx(wait_s, abs=MILLISECOND),
        {
            name: (limit, left, pytest.approx(free_s, abs=MILLISECOND))
            for name, (limit, left, free_s) in admission.remaining.items()
        },
        admission.cached,
        admission.shadow,
    )


async def _look(bench: Bench) -> Any:
    money = [
        await bench.money(bench.budget(300)),
        await bench.money(bench.budget(900, period=Period.MONTH)),
    ]
    blocked = await bench.counters.list_blocked()
    taken = await bench.used(*(quota for user in USERS for quota in _quotas(bench, user)))
    return money, taken, sorted((b.key, _to_milliseconds(b.until), b.violations) for b in blocked)


def _to_milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)
