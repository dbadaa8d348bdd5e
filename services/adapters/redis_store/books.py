"""What the scripts booked, and what they are told to book: spend, quotas, settlements, blocks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from services.adapters.redis_store.keys import MICRO, budget_key, micros_at, quota_key
from services.domain.blocks import Block
from services.domain.budgets import BudgetState, BudgetWindow
from services.domain.quotas import Quota, QuotaState
from services.domain.settlements import Settlement


def encode_settlements(settlements: Sequence[Settlement]) -> bytes:
    """Settlements as rows of restore.lua."""
    return orjson.dumps([[s.attempt, s.cost_nano_usd, s.tokens, s.is_final] for s in settlements])


def encode_spent(spent: Sequence[tuple[BudgetWindow, int]]) -> bytes:
    """Spend by window as rows of seed.lua."""
    return orjson.dumps(
        [
            [budget_key(b), micros_at(b.window.starts_at), micros_at(b.window.ends_at), amount]
            for b, amount in spent
        ]
    )


def encode_taken(taken: Sequence[QuotaState]) -> bytes:
    """What quotas have taken as rows of seed_quotas.lua."""
    return orjson.dumps(
        [
            [quota_key(q), q.window.key, micros_at(q.window.ends_at), state.requests, state.tokens]
            for state in taken
            for q in (state.quota,)
        ]
    )


def decode_budgets(budgets: Sequence[BudgetWindow], reply: Sequence[int]) -> list[BudgetState]:
    """What budgets.lua read, without its first value."""
    return [
        BudgetState(b.budget, b.window, reply[2 * i], reply[2 * i + 1])
        for i, b in enumerate(budgets)
    ]


def decode_quotas(quotas: Sequence[Quota], reply: Sequence[int]) -> tuple[QuotaState, ...]:
    """What quotas.lua read."""
    return tuple(QuotaState(q, reply[2 * i], reply[2 * i + 1]) for i, q in enumerate(quotas))


def decode_blocked(reply: Sequence[Any]) -> tuple[Block, ...]:
    """What blocked.lua read."""
    return tuple(
        Block(
            reply[i].decode(),
            datetime.fromtimestamp(float(reply[i + 1]) / MICRO, UTC),
            reply[i + 2],
        )
        for i in range(0, len(reply), 3)
    )
