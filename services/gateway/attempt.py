"""One attempt while it runs: what has come of it so far, and its record at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

from services.domain.breakers import Permit
from services.domain.calls import Candidate, Chunk, Completion, ProviderCall, Usage
from services.domain.errors import KillSwitchActive, SluiceError
from services.domain.ledger import Attempt, Status
from services.domain.money import CostBasis
from services.domain.ports import Clock, Provider, RequestObserver
from services.domain.privacy import mask_text
from services.gateway.exchange import Exchange
from services.gateway.interruption import Abandoned


class RunningAttempt:
    """What is known of an attempt while it runs."""

    def __init__(
        self,
        clock: Clock,
        exchange: Exchange,
        candidate: Candidate,
        permit: Permit,
        observer: RequestObserver,
    ) -> None:
        self._clock = clock
        self._exchange = exchange
        self._waiting = exchange.waiting()
        self._began_s = clock.monotonic_s()
        self._ended_s: float | None = None
        self.started_at = clock.now()
        self.candidate = candidate
        self.permit = permit
        self.number = len(exchange.attempts) + 1
        self.usage: Usage | None = None
        self.texts: list[str] = []
        self._held: list[Chunk] = []
        self.content_events = 0
        self.has_content = False
        self.was_sent = False
        self.first_token_s: float | None = None
        observer.attempt_started(candidate.provider)

    async def complete(self, provider: Provider, call: ProviderCall) -> Completion:
        """The provider's whole answer."""
        exchange = self._exchange
        with self._waiting:
            self.was_sent = True
            completion = await provider.complete(call)
        self._ended_s = self._clock.monotonic_s()
        self.usage = completion.usage
        self.texts.append(completion.text)
        self.has_content = exchange.has_content = True
        exchange.finish_reason = completion.finish_reason
        if exchange.is_interrupted:
            raise asyncio.CancelledError
        return completion

    async def next(self, chunks: AsyncGenerator[Chunk, None]) -> Chunk | None:
        """The next of the provider's chunks; None after the last."""
        with self._waiting:
            self.was_sent = True
            try:
                return await anext(chunks)
            except StopAsyncIteration:
                return None

    def show(self, chunk: Chunk) -> Sequence[Chunk]:
        """What may be passed on now: nothing before the first content, so that nothing is shown
        of an attempt that still may be given up."""
        self._note(chunk)
        if not self.has_content and chunk.finish_reason is None:
            self._held.append(chunk)
            return ()
        if not self._held:
            return (chunk,)
        return (*self._release(), chunk)

    def end(self) -> Sequence[Chunk]:
        """The chunks that are still held back; the provider has sent its last."""
        self._ended_s = self._clock.monotonic_s()
        return self._release()

    def _release(self) -> Sequence[Chunk]:
        held, self._held = self._held, []
        return held

    def _note(self, chunk: Chunk) -> None:
        exchange = self._exchange
        if chunk.usage is not None:
            self.usage = chunk.usage
        if chunk.finish_reason is not None:
            exchange.finish_reason = chunk.finish_reason
        if chunk.has_content:
            self.content_events += 1
            self.texts.append(chunk.text)
            if not self.has_content:
                self.has_content = exchange.has_content = True
                self.first_token_s = self._clock.monotonic_s() - self._began_s
                exchange.first_token_s = exchange.elapsed_s()

    @property
    def uncounted(self) -> int:
        """Characters of content whose tokens nobody has told; none where somebody has."""
        return sum(map(len, self.texts)) if self.usage is None else 0

    def seconds(self) -> float:
        """How long the provider took."""
        return (self._ended_s or self._clock.monotonic_s()) - self._began_s

    def record(
        self, usage: Usage, cost: int, basis: CostBasis, error: BaseException | None
    ) -> Attempt:
        status, decision, message = _result(error)
        first = self.first_token_s
        return Attempt(
            request_id=self._exchange.request_id,
            number=self.number,
            provider=self.candidate.provider,
            model=self.candidate.model,
            status=status,
            decision=decision,
            started_at=self.started_at,
            duration_ms=self.seconds() * 1000,
            usage=usage,
            cost_nano_usd=cost,
            cost_basis=basis,
            is_mock=self._exchange.snapshot.providers[self.candidate.provider].is_mock,
            first_token_ms=None if first is None else first * 1000,
            message=message,
        )


def _result(error: BaseException | None) -> tuple[Status, str, str | None]:
    if error is None:
        return Status.SUCCESS, "answered", None
    if isinstance(error, KillSwitchActive):
        return Status.REFUSED, error.decision, None
    if isinstance(error, SluiceError):
        return Status.ERROR, error.decision, mask_text(error.message).text
    return Status.CANCELLED, "client_gone" if isinstance(error, Abandoned) else "cut", None
