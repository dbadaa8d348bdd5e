"""When a failed attempt is tried again, and after how long."""

from __future__ import annotations

from dataclasses import dataclass

from services.domain.errors import ProviderError


@dataclass(frozen=True, slots=True)
class RetryRule:
    """Retries after the first try, and the bounds of the wait between tries in seconds."""

    max_retries: int = 3
    first_delay_s: float = 1.0
    max_delay_s: float = 30.0


def room_wait_s(
    wait_s: float, waited_s: float, rule: RetryRule, time_left_s: float
) -> float | None:
    """Seconds to wait for room at a provider; None when it comes too late.

    Args:
        waited_s: how long the call has waited for this provider already: all its waits together
            are no longer than the longest delay.
    """
    fits = waited_s + wait_s <= rule.max_delay_s and wait_s < time_left_s
    return wait_s if fits else None


def retry_delay_s(
    error: ProviderError, retry: int, rule: RetryRule, jitter: float, time_left_s: float
) -> float | None:
    """Seconds to wait before retry number `retry` (1 is the first); None to give up.

    Exponential with full jitter; a provider's `Retry-After` is obeyed as the least wait, and ends
    the tries when it lies beyond the longest delay or the time left.

    Args:
        jitter: random number in [0, 1).
        time_left_s: seconds until the request's own deadline.
    """
    if not error.is_retryable or retry > rule.max_retries:
        return None
    ceiling = min(rule.first_delay_s * 2 ** (retry - 1), rule.max_delay_s)
    wait = ceiling * (0.5 + jitter / 2)
    if error.retry_after_s is not None:
        if error.retry_after_s > rule.max_delay_s:
            return None
        wait = max(wait, error.retry_after_s)
    return wait if wait < time_left_s else None
