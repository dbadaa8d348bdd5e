"""What a caller's demands have in common is encoded once, and never taken for another's."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from typing import Any

import orjson
import pytest

from services.adapters.redis_store import demands
from services.adapters.redis_store.demands import DemandArgs, DemandEncoder
from services.domain.admissions import Demand
from services.domain.blocks import AbuseRule
from services.domain.rate_limits import BucketLimit, RateLimit

DEMAND = Demand(
    "r-1",
    rates=(RateLimit("user_rpm", "user:ali", 5, 60),),
    buckets=(BucketLimit("feature", "feature:hint", 60, 5),),
    abuse_key="ali",
    hold_nano_usd=7,
    tokens=9,
)


def body(args: DemandArgs) -> Any:
    return orjson.loads(args.demand)


def test_requests_of_one_caller_differ_in_what_is_their_own() -> None:
    encoder = DemandEncoder()
    first = body(encoder.encode(DEMAND, None))
    second = body(encoder.encode(replace(DEMAND, request_id="r-2", tokens=0), "ai:cache:x"))
    assert (first.pop("id"), first.pop("tokens")) == ("r-1", 9)
    assert (second.pop("id"), second.pop("tokens"), second.pop("cache")) == ("r-2", 0, "ai:cache:x")
    assert first == second


@pytest.mark.parametrize(
    "changes",
    [
        {"buckets": (BucketLimit("feature", "feature:plan", 60, 5),)},
        {"shadow": frozenset({"user_rpm"})},
        {"abuse_key": "ayşe"},
        {"abuse": AbuseRule(violations=3)},
        {"rates": ()},
    ],
)
def test_caller_with_other_limits_is_encoded_anew(changes: dict[str, Any]) -> None:
    encoder = DemandEncoder()
    encoder.encode(DEMAND, None)
    other = replace(DEMAND, **changes)
    assert encoder.encode(other, None) == DemandEncoder().encode(other, None)
    assert encoder.encode(DEMAND, None) == DemandEncoder().encode(DEMAND, None)


def test_so_many_callers_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demands, "MOST_KNOWN", 10)
    encoder = DemandEncoder()
    for number in range(35):
        rates = (RateLimit("user_rpm", f"user:{number}", 5, 60),)
        args = encoder.encode(replace(DEMAND, rates=rates), None)
        assert body(args)["rates"][0][0] == f"ai:rate:user:{number}"
        assert len(encoder._known) <= 10


def test_limits_of_a_caller_are_remembered_in_no_more_memory_than_their_text() -> None:
    encoder = DemandEncoder()
    callers = [replace(DEMAND, rates=(RateLimit("user_rpm", str(n), 5, 60),)) for n in range(500)]
    tracemalloc.start()
    try:
        for demand in callers:
            encoder.encode(demand, None)
        assert tracemalloc.get_traced_memory()[0] < 2_000 * len(callers)
    finally:
        tracemalloc.stop()
