"""What a limit should decide, counted anew by brute force from the times of admission alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from services.domain.blocks import AbuseRule

MICRO = 1_000_000
USER_PER_S = 5
BURST, REFILL_US = 12, 25_000
PROVIDER_WINDOW_S, PROVIDER_TOKENS = 2, 900
ABUSE = AbuseRule(cooldown_s=0.4, violations=12, within_s=1.0, block_s=1.5)


class Rule(Protocol):
    """What should be decided, from the times of admission alone."""

    def decide(self, at_us: int, amount: int) -> tuple[str, int]:
        """The refusing limit ("" for none) and the wait in microseconds."""
        ...

    def take(self, at_us: int, amount: int) -> None: ...

    def fullest(self) -> float:
        """The largest share of the limit that was ever taken; 1 under pressure."""
        ...


@dataclass
class Windows:
    """At most so many in any window: (name, number, seconds)."""

    limits: tuple[tuple[str, int, float], ...]
    times: list[int] = field(default_factory=list)

    def decide(self, at_us: int, amount: int) -> tuple[str, int]:
        found = ("", 0)
        for name, number, seconds in self.limits:
            window = round(seconds * MICRO)
            inside = [at for at in self.times[-number:] if at > at_us - window]
            if len(inside) >= number and inside[0] + window - at_us > found[1]:
                found = (name, inside[0] + window - at_us)
        return found

    def take(self, at_us: int, amount: int) -> None:
        self.times.append(at_us)

    def fullest(self) -> float:
        return min(
            max(sum(start <= at < start + seconds * MICRO for at in self.times)
                for start in self.times) / number
            for _, number, seconds in self.limits
        )  # fmt: skip


@dataclass
class Bucket:
    """A bucket that refills evenly, replayed token by token."""

    tokens: float = BURST
    first_us: int = 0
    seen_us: int = 0
    taken: int = 0
    share: float = 0.0

    def decide(self, at_us: int, amount: int) -> tuple[str, int]:
        if self.taken:
            refilled = (at_us - self.seen_us) / REFILL_US
            self.tokens = min(self.tokens + refilled, BURST)
        self.seen_us = at_us
        if self.tokens >= 1 - 1e-9:
            return "", 0
        allowed = BURST + (at_us - self.first_us) / REFILL_US
        self.share = max(self.share, self.taken / int(allowed + 1e-9))
        return "feature", round((1 - self.tokens) * REFILL_US)

    def take(self, at_us: int, amount: int) -> None:
        self.first_us = self.first_us or at_us
        self.tokens -= 1
        self.taken += 1

    def fullest(self) -> float:
        return self.share


@dataclass
class Count:
    """So much until the calendar window ends."""

    limit: int
    ends_us: int
    is_tokens: bool
    taken: int = 0

    def decide(self, at_us: int, amount: int) -> tuple[str, int]:
        if self.taken + (amount if self.is_tokens else 1) > self.limit:
            return "user_daily", self.ends_us - at_us
        return "", 0

    def take(self, at_us: int, amount: int) -> None:
        self.taken += amount if self.is_tokens else 1

    def fullest(self) -> float:
        return self.taken / self.limit


@dataclass
class Tokens:
    """At most so many tokens in any window."""

    taken: list[tuple[int, int]] = field(default_factory=list)

    def decide(self, at_us: int, amount: int) -> tuple[str, int]:
        window = PROVIDER_WINDOW_S * MICRO
        inside = [(at, n) for at, n in self.taken if at > at_us - window]
        excess = sum(n for _, n in inside) + amount - PROVIDER_TOKENS
        if excess <= 0:
            return "", 0
        for at, n in inside:
            excess -= n
            if excess <= 0:
                return "provider_tpm", at + window - at_us
        raise AssertionError("a call larger than the limit")

    def take(self, at_us: int, amount: int) -> None:
        self.taken.append((at_us, amount))

    def fullest(self) -> float:
        window = PROVIDER_WINDOW_S * MICRO
        return max(
            sum(n for at, n in self.taken if start <= at < start + window)
            for start, _ in self.taken
        ) / PROVIDER_TOKENS  # fmt: skip


@dataclass
class Users:
    """A user's window with cool-down and block."""

    windows: Windows = field(default_factory=lambda: Windows((("user_rpm", USER_PER_S, 1),)))
    cools_until: int = 0
    blocked_until: int = 0
    violations: list[int] = field(default_factory=list)

    def decide(self, at_us: int, amount: int) -> tuple[str, int]:
        if self.blocked_until > at_us:
            return "blocked", self.blocked_until - at_us
        if self.cools_until > at_us:
            return self._violate(at_us)
        limit, wait_us = self.windows.decide(at_us, amount)
        if not limit:
            return "", 0
        cooldown = round(ABUSE.cooldown_s * MICRO)
        self.cools_until = at_us + cooldown
        return limit, max(wait_us, cooldown)

    def _violate(self, at_us: int) -> tuple[str, int]:
        recent = [v for v in self.violations if v > at_us - ABUSE.within_s * MICRO]
        self.violations = [*recent, at_us]
        if len(self.violations) < ABUSE.violations:
            return "cooldown", self.cools_until - at_us
        self.violations = []
        self.blocked_until = at_us + round(ABUSE.block_s * MICRO)
        return "blocked", round(ABUSE.block_s * MICRO)

    def take(self, at_us: int, amount: int) -> None:
        self.windows.take(at_us, amount)

    def fullest(self) -> float:
        return self.windows.fullest()
