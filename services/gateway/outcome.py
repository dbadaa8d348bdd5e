"""How a request ended, as the ledger keeps it."""

from __future__ import annotations

from datetime import datetime

from services.domain.calls import Candidate
from services.domain.errors import CallerError, InternalFault, Refusal, SluiceError
from services.domain.ledger import Attempt, Intent, Outcome, Status
from services.domain.money import CostBasis, price_usage
from services.domain.privacy import mask_text
from services.gateway.answers import overhead_ms
from services.gateway.exchange import Exchange
from services.gateway.interruption import CLIENT_GONE_STATUS

MOST_CHARACTERS = 1_000
"""Of a message that is kept."""

_WEAKEST_FIRST = (
    CostBasis.UNPRICED,
    CostBasis.ESTIMATED,
    CostBasis.COUNTED,
    CostBasis.EXACT,
    CostBasis.FREE,
)


def outcome_of(exchange: Exchange, intent: Intent, finished_at: datetime) -> Outcome:
    """The outcome of a finished exchange."""
    status, decision, http_status = _result(exchange)
    attempts = tuple(exchange.attempts)
    candidate = exchange.answered_by or _last_tried(attempts)
    providers = exchange.snapshot.providers
    usage = exchange.usage
    if status is not Status.SUCCESS and attempts:
        usage = attempts[-1].usage
    return Outcome(
        intent=intent,
        status=status,
        decision=decision,
        http_status=http_status,
        finished_at=finished_at,
        duration_ms=exchange.elapsed_s() * 1000,
        overhead_ms=overhead_ms(exchange),
        steps=tuple(exchange.steps),
        attempts=attempts,
        provider=candidate.provider if candidate else None,
        model=candidate.model if candidate else None,
        is_mock=candidate is not None and providers[candidate.provider].is_mock,
        is_degraded=exchange.is_degraded,
        is_cached=exchange.is_cached or exchange.is_shared,
        is_admitted=exchange.is_admitted,
        is_mock_primary=exchange.snapshot.is_mock_primary,
        finish_reason=exchange.finish_reason,
        usage=usage,
        cost_nano_usd=sum(a.cost_nano_usd for a in attempts),
        cost_basis=_basis(attempts),
        saved_nano_usd=_saved_nano_usd(exchange),
        first_token_ms=None if exchange.first_token_s is None else exchange.first_token_s * 1000,
        message=_message(exchange.problem),
        response=exchange.response,
        limit=exchange.problem.limit if isinstance(exchange.problem, Refusal) else "",
        passed_limits=tuple(dict.fromkeys(exchange.passed_limits)),
    )


def _result(exchange: Exchange) -> tuple[Status, str, int]:
    problem = exchange.problem
    if problem is None:
        if exchange.is_abandoned:
            return Status.CANCELLED, "client_gone", CLIENT_GONE_STATUS
        return Status.SUCCESS, _source_of_answer(exchange), 200
    if isinstance(problem, CallerError | Refusal):
        return Status.REFUSED, problem.decision, problem.status
    return Status.ERROR, problem.decision, problem.status


def _source_of_answer(exchange: Exchange) -> str:
    if exchange.is_shared:
        return "shared"
    return "cached" if exchange.is_cached else "answered"


def _saved_nano_usd(exchange: Exchange) -> int:
    """What the call would have cost that was not made."""
    if not (exchange.is_cached or exchange.is_shared) or exchange.answered_by is None:
        return 0
    price = exchange.snapshot.prices.get(exchange.answered_by)
    return price_usage(exchange.usage, price) if price else 0


def _last_tried(attempts: tuple[Attempt, ...]) -> Candidate | None:
    """Whom a request that nobody answered failed at: else no provider would ever have errors."""
    return Candidate(attempts[-1].provider, attempts[-1].model) if attempts else None


def _message(problem: SluiceError | None) -> str | None:
    """What is kept of a problem: for a fault of our own its cause, which callers are not told."""
    if problem is None:
        return None
    told = problem.cause if isinstance(problem, InternalFault) else problem.message
    # It may quote what the caller sent, or what a provider said of it, at any length. What the
    # second cut leaves in half was whole when it was masked.
    return mask_text(told[: 2 * MOST_CHARACTERS]).text[:MOST_CHARACTERS]


def _basis(attempts: tuple[Attempt, ...]) -> CostBasis:
    """The weakest basis among the attempts: one unknown cost makes the sum unknown."""
    bases = {attempt.cost_basis for attempt in attempts}
    return next((basis for basis in _WEAKEST_FIRST if basis in bases), CostBasis.FREE)
