"""Requests and tokens that each provider was sent in the last minute."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from services.adapters.memory.rate_limits import TICK_S
from services.adapters.memory.shadow import Shadow
from services.domain.provider_limits import (
    PROVIDER_RPM,
    PROVIDER_TPM,
    PROVIDER_WINDOW_S,
    ProviderDemand,
    ProviderRoom,
)


@dataclass(slots=True)
class _Entry:
    at_s: float
    attempt: str
    tokens: int


@dataclass(slots=True)
class _Log:
    """What one provider was sent; each limit has a log of its own."""

    requests: deque[float] = field(default_factory=deque)
    tokens: deque[_Entry] = field(default_factory=deque)
    by_attempt: dict[str, _Entry] = field(default_factory=dict)
    total: int = 0

    def forget(self, now_s: float) -> None:
        oldest = now_s - PROVIDER_WINDOW_S + TICK_S
        while self.requests and self.requests[0] <= oldest:
            self.requests.popleft()
        while self.tokens and self.tokens[0].at_s <= oldest:
            entry = self.tokens.popleft()
            self.total -= entry.tokens
            del self.by_attempt[entry.attempt]

    def request_wait_s(self, limit: int | None, now_s: float) -> float:
        if limit is None or len(self.requests) < limit:
            return 0.0
        return self.requests[len(self.requests) - limit] + PROVIDER_WINDOW_S - now_s

    def token_wait_s(self, limit: int | None, wanted: int, now_s: float) -> float:
        """Seconds until so many tokens fit; what is larger than the limit fits alone."""
        if limit is None:
            return 0.0
        excess = self.total + min(wanted, limit) - limit
        for entry in self.tokens:
            if excess <= 0:
                return 0.0
            excess -= entry.tokens
            if excess <= 0:
                return entry.at_s + PROVIDER_WINDOW_S - now_s
        return 0.0


class ProviderLog:
    """The limits of all providers in one process."""

    def __init__(self) -> None:
        self._logs: dict[str, _Log] = {}

    def take(self, demand: ProviderDemand, now_s: float) -> ProviderRoom:
        """Take an attempt's request and tokens, or nothing."""
        log = self._logs.setdefault(demand.provider, _Log())
        log.forget(now_s)
        limit, shadow = demand.limit, Shadow(demand.shadow)
        waits = [
            (wait_s, name, allowance)
            for name, allowance, wait_s in (
                (PROVIDER_RPM, limit.requests, log.request_wait_s(limit.requests, now_s)),
                (PROVIDER_TPM, limit.tokens, log.token_wait_s(limit.tokens, demand.tokens, now_s)),
            )
            if wait_s > 0 and not shadow.lets_pass(name)
        ]
        if waits:
            wait_s, name, allowance = max(waits, key=lambda wait: wait[0])
            return ProviderRoom(name, allowance or 0, wait_s)
        if limit.requests is not None and PROVIDER_RPM not in shadow.passed:
            log.requests.append(now_s)
        if limit.tokens is not None and PROVIDER_TPM not in shadow.passed:
            entry = _Entry(now_s, demand.attempt, demand.tokens)
            log.tokens.append(entry)
            log.by_attempt[demand.attempt] = entry
            log.total += demand.tokens
        return ProviderRoom(shadow=tuple(shadow.passed))

    def used(self, provider: str, now_s: float) -> tuple[int, int]:
        """Requests and tokens of the minute that ends now."""
        log = self._logs.get(provider)
        if log is None:
            return 0, 0
        log.forget(now_s)
        return len(log.requests), log.total

    def correct(self, provider: str, attempt: str, tokens: int) -> None:
        """Count what an attempt really took; nothing once it has left the minute."""
        log = self._logs.get(provider)
        entry = None if log is None else log.by_attempt.get(attempt)
        if log is not None and entry is not None:
            log.total += tokens - entry.tokens
            entry.tokens = tokens
