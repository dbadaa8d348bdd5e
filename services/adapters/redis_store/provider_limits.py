"""A provider's minute, as take_provider.lua is asked for it and tells of it."""

from __future__ import annotations

from collections.abc import Sequence

from services.adapters.redis_store.keys import MICRO, NO_LIMIT
from services.domain.provider_limits import (
    PROVIDER_RPM,
    PROVIDER_TPM,
    PROVIDER_WINDOW_S,
    ProviderDemand,
    ProviderRoom,
)


def provider_args(demand: ProviderDemand) -> tuple[str | int, ...]:
    """What take_provider.lua is told, after the time."""
    limit, shadow = demand.limit, demand.shadow
    return (
        demand.provider,
        demand.attempt,
        PROVIDER_WINDOW_S * MICRO,
        NO_LIMIT if limit.requests is None else limit.requests,
        int(PROVIDER_RPM in shadow),
        NO_LIMIT if limit.tokens is None else limit.tokens,
        int(PROVIDER_TPM in shadow),
        demand.tokens,
    )


def decode_room(demand: ProviderDemand, reply: Sequence[int]) -> ProviderRoom:
    """What take_provider.lua decided."""
    refusing, wait_us, *passed = reply
    names = (PROVIDER_RPM, PROVIDER_TPM)
    if not refusing:
        return ProviderRoom(
            shadow=tuple(name for name, flag in zip(names, passed, strict=True) if flag)
        )
    allowance = (demand.limit.requests, demand.limit.tokens)[refusing - 1]
    return ProviderRoom(names[refusing - 1], allowance or 0, wait_us / MICRO)
