"""What breaks a request off: a kill, or a client that goes away."""

from __future__ import annotations

import asyncio

from services.domain.calls import Candidate
from services.domain.errors import KillSwitchActive
from services.domain.kill import KillEntry, KillRegister
from services.gateway.exchange import Exchange

CLIENT_GONE_STATUS = 499
"""What records say, as nginx does, of a request whose client closed the connection."""


class Abandoned(Exception):
    """The client closed the connection."""


def kill_refusal(entry: KillEntry) -> KillSwitchActive:
    """The refusal for a stopped scope."""
    return KillSwitchActive(
        f"AI is stopped by an operator (scope {entry.scope}, since {entry.at:%Y-%m-%d %H:%M:%S} "
        "UTC). Nothing is sent to a provider until it is released; show your users the feature "
        "without AI."
    )


def interruption_of(exchange: Exchange) -> Abandoned | KillSwitchActive:
    """What an interrupted exchange ends with."""
    return Abandoned() if exchange.killed_by is None else kill_refusal(exchange.killed_by)


def refuse_interrupted(exchange: Exchange) -> None:
    """Raise what an interruption means that came while nobody waited."""
    if exchange.is_interrupted:
        raise interruption_of(exchange)


def as_interruption(exchange: Exchange, caught: BaseException) -> BaseException:
    """What a cancellation means: our own interruption, or a real one from outside."""
    if not isinstance(caught, asyncio.CancelledError) or not exchange.is_interrupted:
        return caught
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()
    return interruption_of(exchange)


def kill_of(
    register: KillRegister, exchange: Exchange, candidate: Candidate | None = None
) -> KillSwitchActive | None:
    """The refusal where the feature, all of AI, or who would answer, is stopped; None elsewhere."""
    feature = exchange.caller.feature if exchange.caller else None
    if candidate is None:
        entry = register.blocking(feature)
    else:
        entry = register.blocking(feature, candidate.provider, candidate.model)
    return None if entry is None else kill_refusal(entry)


def refuse_killed(
    register: KillRegister, exchange: Exchange, candidate: Candidate | None = None
) -> None:
    """Raise what `kill_of` finds."""
    killed = kill_of(register, exchange, candidate)
    if killed is not None:
        raise killed


async def pause(exchange: Exchange, seconds: float) -> None:
    """Let time pass; raises what an interruption means, at once."""
    try:
        with exchange.waiting():
            await asyncio.sleep(seconds)
    except asyncio.CancelledError as caught:
        raise as_interruption(exchange, caught) from None
