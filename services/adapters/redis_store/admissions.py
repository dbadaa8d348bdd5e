"""What admit.lua decided of a demand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from services.adapters.redis_store.keys import MICRO
from services.domain.admissions import GONE, HELD_RETRY_S, Admission, Demand, Denial
from services.domain.blocks import ABUSE


def decode_admission(demand: Demand, reply: Sequence[Any]) -> Admission:
    """What admit.lua decided; `reply` is not the one of a total loss."""
    kind, index, allowance, wait_us, cached, left, passed = reply
    remaining = {
        rate.name: (rate.requests, int(left[2 * i]), left[2 * i + 1] / MICRO)
        for i, rate in enumerate(demand.rates)
        if rate.name not in demand.shadow
    }
    if not kind:
        names = tuple(
            _passed_name(demand, Denial(passed[i].decode()), passed[i + 1])
            for i in range(0, len(passed), 2)
        )
        return Admission(remaining=remaining, cached=cached, shadow=names)
    return replace(_refusal(demand, kind, index, allowance, wait_us), remaining=remaining)


def decode_shortage(demand: Demand, reply: Sequence[Any]) -> Admission:
    """Why top_up.lua took nothing more."""
    kind, index, allowance, wait_us = reply
    return _refusal(demand, kind, index, allowance, wait_us) if index else GONE


def _refusal(demand: Demand, kind: bytes, index: int, allowance: int, wait_us: int) -> Admission:
    denial = Denial(kind.decode())
    wait_s = HELD_RETRY_S if denial is Denial.BUDGET_HELD else wait_us / MICRO
    return Admission(denial, _limit_name(demand, denial, index), int(allowance), wait_s)


def _limit_name(demand: Demand, denial: Denial, index: int) -> str:
    match denial:
        case Denial.RATE:
            return demand.rates[index - 1].name
        case Denial.BUCKET:
            return demand.buckets[index - 1].name
        case Denial.QUOTA:
            return demand.quotas[index - 1].name
        case Denial.BUDGET_SPENT | Denial.BUDGET_HELD:
            return demand.budgets[index - 1].budget.name
        case _:
            return denial.value


def _passed_name(demand: Demand, kind: Denial, index: int) -> str:
    return ABUSE if kind is Denial.BLOCKED else _limit_name(demand, kind, index)
