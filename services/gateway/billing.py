"""What one attempt cost, and how surely that is known."""

from __future__ import annotations

from dataclasses import replace

from services.domain.calls import Usage
from services.domain.errors import (
    KillSwitchActive,
    ProviderBadAnswer,
    ProviderTimeout,
    ProviderUnreachable,
)
from services.domain.ledger import Attempt
from services.domain.money import CostBasis, price_usage
from services.domain.ports import TokenCounter
from services.domain.surcharges import billed_usage, is_exact
from services.gateway.attempt import RunningAttempt
from services.gateway.exchange import Exchange
from services.gateway.interruption import Abandoned
from services.gateway.large_texts import LargeTexts

_BILLABLE_FAILURES = (ProviderTimeout, ProviderUnreachable, ProviderBadAnswer)


class Biller:
    """Prices what an attempt took: as reported, else as counted, else as it may be billed."""

    def __init__(self, tokens: TokenCounter) -> None:
        self._tokens = tokens
        self._texts = LargeTexts()

    async def bill(
        self, exchange: Exchange, attempt: RunningAttempt, error: BaseException | None
    ) -> Attempt:
        """The attempt's record with what it took; the exchange's usage when it answered."""
        return await self._texts.read(attempt.uncounted, self._bill, exchange, attempt, error)

    def _bill(
        self, exchange: Exchange, attempt: RunningAttempt, error: BaseException | None
    ) -> Attempt:
        usage, basis = self._usage(exchange, attempt, error)
        price = exchange.snapshot.prices.get(attempt.candidate)
        cost = 0
        if basis is not CostBasis.FREE and usage.total_tokens:
            if price is None:
                basis = CostBasis.UNPRICED
            else:
                body, model = exchange.call.body, attempt.candidate.model
                usage = billed_usage(body, usage)
                cost = price_usage(usage, price)
                if not is_exact(body, model, usage, price):
                    basis = CostBasis.UNPRICED
        if error is None:
            exchange.usage = usage
        return attempt.record(usage, cost, basis, error)

    def _usage(
        self, exchange: Exchange, attempt: RunningAttempt, error: BaseException | None
    ) -> tuple[Usage, CostBasis]:
        if attempt.usage is not None and error is None and not attempt.usage.is_counted:
            return attempt.usage, CostBasis.EXACT
        if attempt.usage is not None and attempt.has_content:
            return replace(attempt.usage, is_counted=True), CostBasis.COUNTED
        if error is None or attempt.has_content:
            output = self._counted_output(attempt)
            return Usage(exchange.input_tokens, output, is_counted=True), CostBasis.COUNTED
        may_be_billed = isinstance(error, _BILLABLE_FAILURES) and error.sent
        if may_be_billed or isinstance(error, Abandoned | KillSwitchActive):
            if not attempt.was_sent:
                return Usage(), CostBasis.FREE
            return Usage(exchange.input_tokens, is_counted=True), CostBasis.ESTIMATED
        return Usage(), CostBasis.FREE

    def _counted_output(self, attempt: RunningAttempt) -> int:
        """Output tokens of an answer without usage: its content events where each is about one
        token, as providers send them, else our own count of the text."""
        counted = self._tokens.count_text(attempt.candidate.model, "".join(attempt.texts))
        events = attempt.content_events
        return events if counted <= 2 * events else counted
