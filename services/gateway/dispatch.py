"""Runs the attempts that the search for an answer finds, and bills each of them once.

Failover ends with the first content.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from services.domain.breakers import Permit
from services.domain.calls import Candidate, Chunk, Completion, ProviderCall, Timeouts
from services.domain.errors import (
    KillSwitchActive,
    ProviderError,
)
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
from services.domain.retries import RetryRule
from services.gateway.attempt import RunningAttempt
from services.gateway.billing import Biller
from services.gateway.exchange import Exchange
from services.gateway.interruption import as_interruption, refuse_killed
from services.gateway.large_texts import LARGE, to_its_end
from services.gateway.provider_gate import ProviderGate
from services.gateway.refusals import refusal_of_top_up
from services.gateway.search import Search, Searcher


class Dispatcher:
    """Calls providers until one answers."""

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
        self._timeouts = timeouts
        self._gate = ProviderGate(counters, retry)
        self._searcher = Searcher(
            live=live,
            breakers=breakers,
            gate=self._gate,
            observer=observer,
            retry=retry,
            timeouts=timeouts,
            clock=clock,
            ids=ids,
        )

    async def complete(self, exchange: Exchange) -> Completion:
        """The whole answer of the first candidate that gives one.

        Raises:
            ProviderError: all candidates failed, or one broke after content.
            RateLimited: a provider's limit left no candidate.
            KillSwitchActive: the call was, or all candidates are, stopped.
            Abandoned: the client went away.
        """
        search = Search(exchange)
        while True:
            attempt = await self._searcher.next(search)
            try:
                provider, call = self._begin(exchange, attempt)
                completion = await attempt.complete(provider, call)
            except BaseException as error:  # noqa: BLE001 - whatever it was, the attempt is billed
                await self._fail(search, attempt, error)
            else:
                await self._close(exchange, attempt, None)
                return completion

    async def stream(self, exchange: Exchange) -> AsyncGenerator[Chunk, None]:
        """The chunks of the first candidate that gives content; raises as `complete` does."""
        search = Search(exchange)
        while True:
            attempt = await self._searcher.next(search)
            try:
                provider, call = self._begin(exchange, attempt)
                async with aclosing(provider.stream(call)) as chunks:
                    while (chunk := await attempt.next(chunks)) is not None:
                        for shown in attempt.show(chunk):
                            yield shown
                for shown in attempt.end():
                    yield shown
            except BaseException as error:  # noqa: BLE001 - whatever it was, the attempt is billed
                await self._fail(search, attempt, error)
            else:
                await self._close(exchange, attempt, None)
                return

    def _begin(self, exchange: Exchange, attempt: RunningAttempt) -> tuple[Provider, ProviderCall]:
        """Whom to call with what, directly before it is sent; raises KillSwitchActive."""
        candidate = attempt.candidate
        refuse_killed(self._live.register, exchange, candidate)
        exchange.forget_kill_of_others()
        exchange.answered_by = candidate
        exchange.is_degraded = _is_degraded(exchange, candidate)
        return self._providers[candidate.provider], self._call(exchange, candidate)

    async def _fail(self, search: Search, attempt: RunningAttempt, caught: BaseException) -> None:
        """Close an attempt that failed; raises its failure unless another one may follow."""
        exchange = search.exchange
        error = as_interruption(exchange, caught)
        await self._close(exchange, attempt, error)
        is_stopped = isinstance(error, KillSwitchActive) and exchange.is_killed_everywhere
        is_final = exchange.has_content or is_stopped
        if is_final or not isinstance(error, ProviderError | KillSwitchActive):
            try:
                raise error from (caught.__cause__ if error is caught else None)
            finally:
                # A frame that keeps what it raised would be kept by it, with all of the request.
                del error, caught
        search.fail(error)

    def _call(self, exchange: Exchange, candidate: Candidate) -> ProviderCall:
        prepared = exchange.call
        return ProviderCall(
            exchange.request_id,
            prepared.endpoint,
            candidate.model,
            prepared.body,
            prepared.max_output_tokens,
            self._timeouts.left(exchange.elapsed_s(), is_streamed=prepared.is_streamed),
        )

    async def _close(
        self, exchange: Exchange, attempt: RunningAttempt, error: BaseException | None
    ) -> None:
        """Bill an attempt, whatever became of it, and tell the breaker."""
        closing = self._bill_and_tell(exchange, attempt, error)
        # Counting a long text takes until a cut may come: what was answered is billed all the same.
        await (closing if attempt.uncounted <= LARGE else to_its_end(closing))

    async def _bill_and_tell(
        self, exchange: Exchange, attempt: RunningAttempt, error: BaseException | None
    ) -> None:
        record = await self._biller.bill(exchange, attempt, error)
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
            raise refusal_of_top_up(short, exchange.demand, cause)


def _is_degraded(exchange: Exchange, candidate: Candidate) -> bool:
    """Whether a mock stands in for the real provider that should have answered."""
    snapshot = exchange.snapshot
    if exchange.route.is_pinned or not snapshot.providers[candidate.provider].is_mock:
        return False
    return not snapshot.is_mock_primary
