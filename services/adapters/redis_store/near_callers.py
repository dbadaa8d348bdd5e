"""Callers near a limit of their own, as near_callers.lua is asked for them and tells of them."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from services.adapters.redis_store.demands import RATE_KEY, rate_rows
from services.adapters.redis_store.keys import NO_LIMIT, QUOTA_KEY
from services.domain.near_callers import MOST_NEAR, CallerUse, OwnLimits


def near_args(asked: OwnLimits) -> tuple[int | bytes, ...]:
    """What near_callers.lua is told, after the time."""
    rows = zip(asked.rates, rate_rows(asked.rates, asked.shadow), strict=True)
    body = {
        "rates": [[rate.name, row[2]] for rate, row in rows],
        "quotas": [[quota.name, quota.window.key] for quota in asked.quotas],
    }
    return MOST_NEAR, orjson.dumps(body)


def decode_near(asked: OwnLimits, reply: Sequence[bytes | int]) -> tuple[CallerUse, ...]:
    """What near_callers.lua read; of a caller whose role has changed by its last call."""
    found: dict[tuple[str, str], CallerUse] = {}
    for at in range(0, len(reply), 4):
        limit, caller, requests, tokens = reply[at : at + 4]
        use = _use(asked, bytes(limit).decode(), bytes(caller), int(requests), int(tokens))
        found.setdefault((use.limit, use.key), use)
    return tuple(found.values())


def _use(asked: OwnLimits, limit: str, caller: bytes, requests: int, tokens: int) -> CallerUse:
    key, *allowed = orjson.loads(caller)
    if len(allowed) == 1:
        own = key.removeprefix(RATE_KEY)
        own = own.removesuffix(f":shadow:{limit}") if limit in asked.shadow else own
        return CallerUse(limit, own, requests, int(allowed[0]))
    own = key.removeprefix(QUOTA_KEY).rpartition(":")[0]
    most, most_tokens = (None if number == NO_LIMIT else int(number) for number in allowed)
    return CallerUse(limit, own, requests, most, tokens, most_tokens)
