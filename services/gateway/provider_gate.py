"""The limits of each provider: an attempt takes from its minute, waits for room, or goes on."""

from __future__ import annotations

from services.domain.calls import Candidate
from services.domain.errors import NoRoute, RateLimited, SluiceError
from services.domain.ledger import Attempt
from services.domain.ports import Counters
from services.domain.provider_limits import (
    PROVIDER_RPM,
    ProviderDemand,
    ProviderRoom,
    provider_limit_name,
)
from services.domain.retries import RetryRule, room_wait_s
from services.gateway.exchange import Exchange
from services.gateway.interruption import pause


class ProviderGate:
    """Asks the counters before each attempt; of a provider without a limit nothing is asked."""

    def __init__(self, counters: Counters, retry: RetryRule) -> None:
        self._counters = counters
        self._retry = retry

    async def take(self, exchange: Exchange, candidate: Candidate) -> ProviderRoom | None:
        """Take the next attempt's room; the refusal when there is none."""
        limit = exchange.snapshot.provider_limits.get(candidate.provider)
        if limit is None:
            return None
        room = await self._counters.take_provider(
            ProviderDemand(
                _attempt_name(exchange.request_id, len(exchange.attempts) + 1),
                candidate.provider,
                limit,
                exchange.input_tokens + exchange.call.reserved_tokens,
                exchange.snapshot.limits.shadow,
            )
        )
        for name in room.shadow:
            exchange.passed_limits.append(provider_limit_name(name, candidate.provider))
        return room if room.limit else None

    async def wait(
        self,
        exchange: Exchange,
        candidate: Candidate,
        room: ProviderRoom,
        waited_s: float,
        time_left_s: float,
    ) -> float | None:
        """Wait until there may be room; None, without a wait, when that is too long.

        Args:
            waited_s: how long this request has waited for this candidate already.

        Returns:
            Seconds it has waited in all.
        """
        delay_s = room_wait_s(room.wait_s, waited_s, self._retry, time_left_s)
        with exchange.step("provider_limit") as step:
            step.decision = f"{room.limit} of {candidate.provider}"
            if delay_s is None:
                step.outcome = "full"
                return None
            step.outcome = "waited"
            await pause(exchange, delay_s)
        return waited_s + delay_s

    async def correct(self, exchange: Exchange, record: Attempt) -> None:
        """Replace an attempt's estimated tokens by those it took."""
        limit = exchange.snapshot.provider_limits.get(record.provider)
        if limit is not None and limit.tokens is not None:
            name = _attempt_name(record.request_id, record.number)
            await self._counters.correct_provider(record.provider, name, record.usage.total_tokens)


def choose_failure(
    failure: SluiceError | None, candidate: Candidate, room: ProviderRoom
) -> SluiceError:
    """What a call ends with if no other candidate answers either.

    A provider's failure comes before a full provider, and of full ones the one with room first.

    Args:
        failure: what it would have ended with so far.
        room: of the candidate's provider, which is full.
    """
    kind = "requests" if room.limit == PROVIDER_RPM else "tokens"
    full = RateLimited(
        f"Limit {room.limit} of provider {candidate.provider}, {room.allowance} {kind} a minute, "
        "is reached, and no other provider of the route answered. Try again when Retry-After has "
        "passed.",
        code="provider_limit_reached",
        limit=provider_limit_name(room.limit, candidate.provider),
        retry_after_s=room.wait_s,
    )
    if failure is None or isinstance(failure, NoRoute):
        return full
    if isinstance(failure, RateLimited) and room.wait_s < (failure.retry_after_s or 0.0):
        return full
    return failure


def _attempt_name(request_id: str, number: int) -> str:
    return f"{request_id}/{number}"
