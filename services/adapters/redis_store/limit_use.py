"""What is used of shared limits, as use.lua is asked for it and tells of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import orjson

from services.adapters.redis_store.demands import bucket_key, rate_rows
from services.adapters.redis_store.keys import MICRO
from services.domain.limit_use import LimitUse, SharedLimits
from services.domain.provider_limits import PROVIDER_WINDOW_S, provider_uses


def use_args(asked: SharedLimits) -> tuple[int | bytes, ...]:
    """What use.lua is told, after the time."""
    body = {
        "rates": [[row[0], row[2]] for row in rate_rows(asked.rates, asked.shadow)],
        "buckets": [bucket_key(bucket) for bucket in asked.buckets],
        "providers": [name for name, _ in asked.providers],
    }
    return PROVIDER_WINDOW_S * MICRO, orjson.dumps(body)


def decode_use(asked: SharedLimits, reply: Sequence[int]) -> tuple[LimitUse, ...]:
    """What use.lua read."""
    return tuple(_decode(asked, iter(reply)))


def _decode(asked: SharedLimits, counts: Iterator[int]) -> Iterator[LimitUse]:
    for rate in asked.rates:
        yield LimitUse(rate.name, rate.key, next(counts), rate.requests)
    for bucket in asked.buckets:
        yield LimitUse(bucket.name, bucket.key, bucket.taken(next(counts) / MICRO), bucket.burst)
    for name, limit in asked.providers:
        for label, used, allowed in provider_uses(name, limit, next(counts), next(counts)):
            yield LimitUse(label, name, used, allowed)
