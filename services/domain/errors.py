"""The error tree: one class a kind of failure, each with its HTTP status and what it means.

SluiceError
├── CallerError                 the request or the operation is wrong as it stands
│   ├── InvalidRequest          400
│   ├── Unauthenticated         401
│   ├── Forbidden               403
│   ├── NotFound                404
│   ├── SlowRequest             408
│   ├── Conflict                409
│   ├── TooLarge                413
│   └── Unprocessable           422
├── Refusal                     a rule of the operators said no: normal business, no error
│   ├── KillSwitchActive        503
│   ├── NotInRollout            403
│   ├── RateLimited             429
│   ├── QuotaExceeded           429
│   ├── TooLargeForQuota        413
│   ├── UserBlocked             429
│   ├── BudgetExhausted         402
│   ├── BudgetHeld              429
│   └── GuardrailBlocked        422
├── ProviderError               the provider failed us
│   ├── ProviderTimeout         504
│   ├── ProviderOverloaded      503
│   ├── ProviderUnreachable     502
│   ├── ProviderRejected        502
│   ├── ProviderBadAnswer       502
│   └── NoRoute                 503
├── InternalFault               500: a fault of our own
└── DependencyError             503: our own storage or counters failed us
    ├── LedgerUnavailable
    ├── BudgetUnavailable
    ├── LeaseExpired
    └── SourceDown              a place that pages and commands read from
"""

from __future__ import annotations

import math
from typing import Any, ClassVar


class SluiceError(Exception):
    """Anything Sluice reports to a caller.

    Args:
        message: what happened, what it means for the caller, and what to do.
        code: stable machine-readable code; the class's own when left out.
        param: the field of the request that is at fault, if one is.
        retry_after_s: seconds after which a retry can succeed, if waiting helps.
    """

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    kind: ClassVar[str] = "api_error"
    is_retryable: ClassVar[bool] = False
    counts_for_breaker: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.decision = code or self.code
        self.param = param
        self.retry_after_s = retry_after_s

    @property
    def retry_after(self) -> str | None:
        """The header Retry-After: whole seconds, at least one; None where waiting does not help."""
        seconds = self.retry_after_s
        return None if seconds is None else str(max(math.ceil(seconds), 1))

    def body(self) -> dict[str, dict[str, str | None]]:
        """The answer's body in OpenAI's error shape."""
        return {
            "error": {
                "message": self.message,
                "type": self.kind,
                "param": self.param,
                "code": self.decision,
            }
        }


class CallerError(SluiceError):
    """The request or the operation is wrong as it stands: repeating it cannot help."""

    code = "invalid_request"
    status = 400
    kind = "invalid_request_error"


class InvalidRequest(CallerError):
    """The request cannot be understood."""


class Unauthenticated(CallerError):
    """Nobody we know is asking."""

    code = "invalid_api_key"
    status = 401
    kind = "authentication_error"


class Forbidden(CallerError):
    """We know who is asking, and they may not."""

    code = "permission_denied"
    status = 403
    kind = "permission_error"


class NotFound(CallerError):
    """The thing named does not exist."""

    code = "not_found"
    status = 404
    kind = "not_found_error"


class SlowRequest(CallerError):
    """The request did not come in whole within the time allowed; sent faster, it can."""

    code = "request_timeout"
    status = 408
    is_retryable = True


class Conflict(CallerError):
    """Someone else changed the thing since it was read."""

    code = "stale_version"
    status = 409
    kind = "conflict_error"


class TooLarge(CallerError):
    """The request is bigger than the limit."""

    code = "request_too_large"
    status = 413


class Unprocessable(CallerError):
    """The request is understood, and one of its values cannot be accepted."""

    code = "invalid_value"
    status = 422


class Refusal(SluiceError):
    """A rule of the operators said no.

    Args:
        limit: the limit, quota or budget that had no room, "" where it was another rule.
    """

    kind = "refused_error"

    def __init__(self, message: str, *, limit: str = "", **details: Any) -> None:
        super().__init__(message, **details)
        self.limit = limit


class KillSwitchActive(Refusal):
    """An operator or a rule stopped AI for this scope."""

    code = "kill_switch_active"
    status = 503


class NotInRollout(Refusal):
    """The feature is not released to this user."""

    code = "not_in_rollout"
    status = 403
    kind = "permission_error"


class RateLimited(Refusal):
    """Too many requests or tokens in a moving window."""

    code = "rate_limit_exceeded"
    status = 429
    kind = "rate_limit_error"
    is_retryable = True


class QuotaExceeded(Refusal):
    """A calendar day's or month's allowance is used up."""

    code = "quota_exceeded"
    status = 429
    kind = "insufficient_quota"


class TooLargeForQuota(Refusal):
    """A quota has no room for the call even when nothing is taken of it: waiting cannot help."""

    code = "too_large_for_quota"
    status = 413
    kind = "invalid_request_error"


class UserBlocked(Refusal):
    """The user kept calling while refused, and is blocked for a while."""

    code = "user_blocked"
    status = 429
    kind = "rate_limit_error"


class BudgetExhausted(Refusal):
    """The money of a day or month is spent: retrying cannot help before it resets."""

    code = "budget_exhausted"
    status = 402
    kind = "insufficient_quota"


class BudgetHeld(Refusal):
    """The rest of a budget is held by calls that are still running."""

    code = "budget_held"
    status = 429
    kind = "rate_limit_error"
    is_retryable = True


class GuardrailBlocked(Refusal):
    """The content filter, the injection detection or a template's constraint said no."""

    code = "guardrail_blocked"
    status = 422
    kind = "invalid_request_error"


class ProviderError(SluiceError):
    """The provider failed to answer as agreed.

    Args:
        sent: whether the request may have reached the provider, and so may be billed.
    """

    code = "provider_error"
    status = 502
    kind = "provider_error"
    is_retryable = True
    counts_for_breaker = True

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        retry_after_s: float | None = None,
        sent: bool = True,
    ) -> None:
        super().__init__(message, code=code, param=param, retry_after_s=retry_after_s)
        self.sent = sent


class ProviderTimeout(ProviderError):
    """No answer, or no further part of it, in the time allowed."""

    code = "provider_timeout"
    status = 504


class ProviderOverloaded(ProviderError):
    """The provider asks us to come back later (429, 503, 529)."""

    code = "provider_overloaded"
    status = 503


class ProviderUnreachable(ProviderError):
    """No connection, or it broke."""

    code = "provider_unreachable"


class ProviderRejected(ProviderError):
    """The provider refuses this request or our key: trying it again cannot help."""

    code = "provider_rejected"
    is_retryable = False
    counts_for_breaker = False


class ProviderBadAnswer(ProviderError):
    """The provider answered something that is not what its protocol promises."""

    code = "provider_bad_answer"


class NoRoute(ProviderError):
    """No candidate of the route can be called now."""

    code = "no_route"
    status = 503
    is_retryable = True
    counts_for_breaker = False


class InternalFault(SluiceError):
    """A fault of our own; `cause` says which, for the log."""

    code = "internal_error"

    def __init__(self, cause: str) -> None:
        super().__init__(
            "Sluice failed on this request: nothing is wrong with your call. It is recorded under "
            "its x-request-id; try again, and tell whoever runs Sluice if it goes on."
        )
        self.cause = cause


class DependencyError(SluiceError):
    """Our own storage or counters failed us."""

    code = "dependency_down"
    status = 503
    is_retryable = True


class LedgerUnavailable(DependencyError):
    """The journal cannot be written: no record, no call."""

    code = "ledger_unavailable"


class BudgetUnavailable(DependencyError):
    """The counters of budgets cannot be read, and the setting says closed."""

    code = "budget_unavailable"


class LeaseExpired(DependencyError):
    """This instance has not seen the control state for too long to act on it."""

    code = "lease_expired"


class SourceDown(DependencyError):
    """A place that a page or command reads from, or writes to, does not answer."""

    code = "source_down"


def as_problem(error: Exception) -> SluiceError:
    """An error as it is told and recorded: one of ours, or the fault of ours that it is; without
    the frames that it came through, which know who will keep it."""
    if isinstance(error, SluiceError):
        return error.with_traceback(None)
    return InternalFault(f"{type(error).__name__}: {error}")
