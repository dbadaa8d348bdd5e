"""Calls the candidates of a route: breaker, provider's limit, attempt with retry, next candidate.

Failover ends with the first content.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing

from services.domain.breakers import Permit
from services.domain.calls import Candidate, Chunk, Completion, ProviderCall, Timeouts
from services.domain.errors import (
    KillSwitchActive,
    NoRoute,
    ProviderError,
    SluiceError,
)
from services.domain.kill import KillEntry
from services.domain.ledger import Attempt
from services.domain.ports import (
    BreakerStore,
    Clock,
    Counters,
    Ids,
    LiveControl,
    Provider,
    RequestObserver,
    TokenCounter,
)
from services.domain.provider_limits import ProviderRoom
from services.domain.retries import RetryRule, retry_delay_s
from services.gateway.admission import refusal_of_more
from services.gateway.attempt import RunningAttempt
from services.gateway.billing import Biller
from services.gateway.exchange import Exchange
from services.gateway.interruption import as_interruption, kill_refusal, pause
from services.gateway.provider_gate import ProviderGate, told_failure


class _Search:
    """How far the search for an answer has come.

    Attributes:
        candidate: whom to call now; None when all were tried.
        retries: how often it has failed.
        failure: what the call ends with if no other candidate answers.
    """

    __slots__ = ("_left", "candidate", "failure", "retries")

    def __init__(self, candidates: Iterator[Candidate]) -> None:
        self._left = candidates
        self.failure: SluiceError | None = None
        self.go_on()

    def go_on(self) -> None:
        """Turn to the next candidate."""
        self.candidate = next(self._left, None)
        self.retries = 0


class Dispatcher:
    """Runs attempts and bills each of them once."""

    def __init__(
        self,
        *,
        providers: Mapping[str, Provider],
        live: LiveControl,
        breakers: BreakerStore,
        counters: Counters,
        tokens: TokenCounter,
        observer: RequestObserver,
        retry: RetryRule,
        timeouts: Timeouts,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._providers = providers
        self._live = live
        self._breakers = breakers
        self._counters = counters
        self._biller = Biller(tokens)
        self._observer = observer
        self._retry = retry
        self._timeouts = timeouts
        self._clock = clock
        self._ids = ids
        self._gate = ProviderGate(counters, observer, retry)

    async def complete(self, exchange: Exchange) -> Completion:
        """The whole answer of the first candidate that gives one.

        Raises:
            ProviderError: all candidates failed, or one broke after content.
            RateLimited: a provider's limit left no candidate.
            KillSwitchActive: the call was, or all candidates are, stopped.
            Abandoned: the client went away.
        """
        search = _Search(iter(exchange.route.candidates))
        while True:
            attempt = await self._next(exchange, search)
            try:
                provider, call = self._begin(exchange, attempt)
                completion = await attempt.complete(provider, call)
            except BaseException as error:  # noqa: BLE001 - whatever it was, the attempt is billed
                await self._fail(exchange, search, attempt, error)
            else:
                await self._close(exchange, attempt, None)
                return completion

    async def stream(self, exchange: Exchange) -> AsyncGenerator[Chunk, None]:
        """The chunks of the first candidate that gives content; raises as `complete` does."""
        search = _Search(iter(exchange.route.candidates))
        while True:
            attempt = await self._next(exchange, search)
            try:
                provider, call = self._begin(exchange, attempt)
                async with aclosing(provider.stream(call)) as chunks:
                    while (chunk := await attempt.next(chunks)) is not None:
                        for shown in attempt.show(chunk):
                            yield shown
                for shown in attempt.end():
                    yield shown
            except BaseException as error:  # noqa: BLE001 - whatever it was, the attempt is billed
                await self._fail(exchange, search, attempt, error)
            else:
                await self._close(exchange, attempt, None)
                return

    async def _next(self, exchange: Exchange, search: _Search) -> RunningAttempt:
        """The attempt to make now: of the same candidate again, or of the next that lets it in.

        Raises:
            SluiceError: what the call ends with, as there is none.
        """
        if search.retries and not await self._wait_to_retry(exchange, search):
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
            blocked = self._blocking(exchange, candidate)
            if blocked is not None:
                return kill_refusal(blocked)
            permit = await self._breakers.ask(candidate, exchange.request_id)
            if not permit.is_allowed:
                return failure or _not_now(candidate, permit)
            room = await self._take_room(exchange, candidate, permit)
            if room is None:
                return permit
            left_s = self._time_left(exchange).total_s
            waited = await self._gate.wait(exchange, candidate, room, waited_s, left_s)
            if waited is None:
                return told_failure(failure, candidate, room)
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

    def _begin(self, exchange: Exchange, attempt: RunningAttempt) -> tuple[Provider, ProviderCall]:
        """Whom to call with what, directly before it is sent; raises KillSwitchActive."""
        candidate = attempt.candidate
        blocked = self._blocking(exchange, candidate)
        if blocked is not None:
            raise kill_refusal(blocked)
        exchange.forget_kill_of_others()
        exchange.answered_by = candidate
        exchange.is_degraded = _is_degraded(exchange, candidate)
        return self._providers[candidate.provider], self._call(exchange, candidate)

    async def _fail(
        self,
        exchange: Exchange,
        search: _Search,
        attempt: RunningAttempt,
        caught: BaseException,
    ) -> None:
        """Close an attempt that failed; raises its failure unless another one may follow."""
        error = as_interruption(exchange, caught)
        await self._close(exchange, attempt, error)
        is_stopped = isinstance(error, KillSwitchActive) and exchange.is_killed_everywhere
        is_final = exchange.has_content or is_stopped
        if is_final or not isinstance(error, ProviderError | KillSwitchActive):
            raise error from (caught.__cause__ if error is caught else None)
        search.failure = error
        search.retries += 1

    def _call(self, exchange: Exchange, candidate: Candidate) -> ProviderCall:
        prepared = exchange.call
        return ProviderCall(
            exchange.request_id,
            prepared.endpoint,
            candidate.model,
            prepared.body,
            prepared.max_output_tokens,
            self._time_left(exchange),
        )

    async def _close(
        self, exchange: Exchange, attempt: RunningAttempt, error: BaseException | None
    ) -> None:
        """Bill an attempt, whatever became of it, and tell the breaker."""
        record = self._biller.bill(exchange, attempt, error)
        exchange.attempts.append(record)
        exchange.provider_s += attempt.seconds()
        self._observer.attempt_ended(record)
        await self._tell_breaker(attempt.candidate, attempt.permit, error)
        await self._gate.correct(exchange, record)
        if error is not None and record.cost_nano_usd and not exchange.has_content:
            await self._cover_next(exchange, record)

    async def _tell_breaker(
        self, candidate: Candidate, permit: Permit, error: BaseException | None
    ) -> None:
        if error is None:
            await self._breakers.record_success(candidate, permit)
        elif isinstance(error, ProviderError) and error.counts_for_breaker:
            await self._breakers.record_failure(candidate, permit, error.decision)
        else:
            await self._breakers.release(candidate, permit)

    async def _cover_next(self, exchange: Exchange, record: Attempt) -> None:
        """Hold what a failed attempt may be billed for, beside the whole hold for the next one.

        It becomes spend at the request's end: what a killed process leaves is in no ledger either.
        """
        short = await self._counters.top_up(exchange.demand, record.cost_nano_usd)
        if short is not None:
            cause = "An attempt failed that may be billed"
            raise refusal_of_more(short, exchange.demand, cause)

    async def _wait_to_retry(self, exchange: Exchange, search: _Search) -> bool:
        """Wait before the candidate is called again; False when it is not to be."""
        if not isinstance(search.failure, ProviderError):
            return False
        left = self._time_left(exchange).total_s
        delay = retry_delay_s(search.failure, search.retries, self._retry, self._ids.jitter(), left)
        if delay is None:
            return False
        try:
            await pause(exchange, delay)
        except KillSwitchActive:
            if exchange.is_killed_everywhere:
                raise
        return True

    def _time_left(self, exchange: Exchange) -> Timeouts:
        allowed = self._timeouts.allowed_s(is_streamed=exchange.call.is_streamed)
        left = max(allowed - exchange.elapsed_s(), 0.001)
        return Timeouts(self._timeouts.connect_s, self._timeouts.read_s, left, left)

    def _blocking(self, exchange: Exchange, candidate: Candidate) -> KillEntry | None:
        feature = exchange.caller.feature if exchange.caller else None
        return self._live.register.blocking(feature, candidate.provider, candidate.model)


def _is_degraded(exchange: Exchange, candidate: Candidate) -> bool:
    """Whether a mock stands in for the real provider that should have answered."""
    snapshot = exchange.snapshot
    if exchange.route.is_pinned or not snapshot.providers[candidate.provider].is_mock:
        return False
    return not snapshot.is_mock_primary


def _not_now(candidate: Candidate, permit: Permit) -> NoRoute:
    why = f" ({permit.reason})" if permit.reason else ""
    return NoRoute(
        f"The circuit breaker of {candidate} holds this call back{why}, and no other provider of "
        "the route answered. Try again when Retry-After has passed.",
        retry_after_s=permit.retry_after_s,
    )
