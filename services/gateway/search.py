"""The search for who answers: which candidate is tried next, and what keeps one out.

A candidate is asked in this order: the kill switch, its breaker, its provider's limits.
"""

from __future__ import annotations

from services.domain.breakers import Permit
from services.domain.calls import Candidate, Timeouts
from services.domain.errors import KillSwitchActive, NoRoute, ProviderError, SluiceError
from services.domain.ports import (
    BreakerStore,
    Clock,
    Ids,
    LiveControl,
    RequestObserver,
)
from services.domain.provider_limits import ProviderRoom
from services.domain.retries import RetryRule, retry_delay_s
from services.gateway.attempt import RunningAttempt
from services.gateway.exchange import Exchange
from services.gateway.interruption import kill_of, pause
from services.gateway.provider_gate import ProviderGate, choose_failure


class Search:
    """How far the search for one call's answer has come.

    Attributes:
        candidate: whom to call now; None when all were tried.
        retries: how often it has failed.
        failure: what the call ends with if no other candidate answers.
    """

    __slots__ = ("_left", "candidate", "exchange", "failure", "retries")

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self._left = iter(exchange.route.candidates)
        self.failure: SluiceError | None = None
        self.go_on()

    def go_on(self) -> None:
        """Turn to the next candidate."""
        self.candidate = next(self._left, None)
        self.retries = 0

    def fail(self, failure: SluiceError) -> None:
        """The candidate's attempt has failed; another one may follow."""
        # The frames it came through know this search, which keeps it: and so all of the request.
        self.failure = failure.with_traceback(None)
        self.retries += 1


class Searcher:
    """Finds the attempt to make now, and waits where it has to."""

    def __init__(
        self,
        *,
        live: LiveControl,
        breakers: BreakerStore,
        gate: ProviderGate,
        observer: RequestObserver,
        retry: RetryRule,
        timeouts: Timeouts,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._live = live
        self._breakers = breakers
        self._gate = gate
        self._observer = observer
        self._retry = retry
        self._timeouts = timeouts
        self._clock = clock
        self._ids = ids

    async def next(self, search: Search) -> RunningAttempt:
        """The attempt to make now: of the same candidate again, or of the next that lets it in.

        Raises:
            SluiceError: what the call ends with, as there is none.
        """
        exchange = search.exchange
        if search.retries and not await self._wait_to_retry(search):
            search.go_on()
        while search.candidate is not None:
            exchange.forget_kill_of_others()
            try:
                permit = await self._enter(exchange, search.candidate, search.failure)
            except KillSwitchActive:
                if exchange.is_killed_everywhere:
                    raise
                continue
            if isinstance(permit, Permit):
                return RunningAttempt(
                    self._clock, exchange, search.candidate, permit, self._observer
                )
            search.failure = permit
            search.go_on()
        raise search.failure or NoRoute(
            "No provider of the route can be called now. Try again later."
        )

    async def _enter(
        self, exchange: Exchange, candidate: Candidate, failure: SluiceError | None
    ) -> Permit | SluiceError:
        """The breaker's permit for an attempt that its provider's limits have room for, waited for
        if need be; else what the call ends with if no other candidate answers.

        Args:
            failure: what it would have ended with so far.
        """
        waited_s = 0.0
        while True:
            killed = kill_of(self._live.register, exchange, candidate)
            if killed is not None:
                return killed
            permit = await self._breakers.ask(candidate, exchange.request_id)
            if not permit.is_allowed:
                return failure or _not_now(candidate, permit)
            room = await self._take_room(exchange, candidate, permit)
            if room is None:
                return permit
            left_s = self._left_s(exchange)
            waited = await self._gate.wait(exchange, candidate, room, waited_s, left_s)
            if waited is None:
                return choose_failure(failure, candidate, room)
            waited_s = waited

    async def _take_room(
        self, exchange: Exchange, candidate: Candidate, permit: Permit
    ) -> ProviderRoom | None:
        """Take from the provider's limits; without room the breaker gets its permit back."""
        room: ProviderRoom | None = None
        is_taken = False
        try:
            room = await self._gate.take(exchange, candidate)
            is_taken = room is None
        finally:
            if not is_taken:
                await self._breakers.release(candidate, permit)
        return room

    async def _wait_to_retry(self, search: Search) -> bool:
        """Wait before the candidate is called again; False when it is not to be."""
        exchange = search.exchange
        if not isinstance(search.failure, ProviderError):
            return False
        left_s = self._left_s(exchange)
        delay_s = retry_delay_s(
            search.failure, search.retries, self._retry, self._ids.jitter(), left_s
        )
        if delay_s is None:
            return False
        try:
            await pause(exchange, delay_s)
        except KillSwitchActive:
            if exchange.is_killed_everywhere:
                raise
        return True

    def _left_s(self, exchange: Exchange) -> float:
        """Seconds until the call's own deadline."""
        return self._timeouts.left(
            exchange.elapsed_s(), is_streamed=exchange.call.is_streamed
        ).total_s


def _not_now(candidate: Candidate, permit: Permit) -> NoRoute:
    why = f" ({permit.reason})" if permit.reason else ""
    return NoRoute(
        f"The circuit breaker of {candidate} holds this call back{why}, and no other provider of "
        "the route answered. Try again when Retry-After has passed.",
        retry_after_s=permit.retry_after_s,
    )
