"""Kinds of limits as the drill asks for them, each with a rule that counts anew, by brute force."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from services.adapters.redis_store.admissions import decode_admission
from services.adapters.redis_store.demands import DemandEncoder
from services.adapters.redis_store.provider_limits import decode_room, provider_args
from services.domain.admissions import Demand
from services.domain.blocks import AbuseRule
from services.domain.budgets import Window
from services.domain.provider_limits import ProviderDemand, ProviderLimit
from services.domain.quotas import Quota
from services.domain.rate_limits import BucketLimit, RateLimit

MICRO = 1_000_000
PER_S, PER_5S = 40, 60
USER_PER_S = 5
BURST, REFILL_US = 12, 25_000
QUOTA_REQUESTS, QUOTA_TOKENS = 300, 3_000
PROVIDER_WINDOW_S, PROVIDER_REQUESTS, PROVIDER_TOKENS = 2, 60, 900
ABUSE = AbuseRule(cooldown_s=0.4, violations=12, within_s=1.0, block_s=1.5)
Args = tuple[str | bytes | int, ...]
Call = tuple[str, Args]


@dataclass(frozen=True)
class Ask:
    """One call: its id, whose limit it takes from, and how many tokens."""

    id: str
    key: str
    amount: int


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


@dataclass(frozen=True)
class Kind:
    """One kind of limit.

    Args:
        keys: how many have a limit of their own.
        rule: makes the rule of one key for a calendar day.
        call: the script and its arguments, without the time.
        read: the refusing limit and the wait in microseconds, of a reply.
        is_calendar: it has room again in the next calendar period only.
    """

    name: str
    keys: int
    rule: Callable[[Window], Rule]
    call: Callable[[Ask, Window], Call]
    read: Callable[[Ask, Window, Sequence[Any]], tuple[str, int]]
    is_calendar: bool = False


def _demand_kind(
    name: str,
    keys: int,
    rule: Callable[[Window], Rule],
    demand: Callable[[Ask, Window], Demand],
    **changes: Any,
) -> Kind:
    def call(ask: Ask, day: Window) -> Call:
        args = DemandEncoder().encode(demand(ask, day), None)
        return "admit", (args.demand, args.budgets, args.quotas)

    def read(ask: Ask, day: Window, reply: Sequence[Any]) -> tuple[str, int]:
        admission = decode_admission(demand(ask, day), reply)
        return admission.limit, round((admission.retry_after_s or 0) * MICRO)

    return Kind(name, keys, rule, call, read, **changes)


def _provider_kind(name: str, limit: ProviderLimit, rule: Callable[[Window], Rule]) -> Kind:
    def demand(ask: Ask) -> ProviderDemand:
        return ProviderDemand(ask.id, ask.key, limit, ask.amount)

    def call(ask: Ask, _: Window) -> Call:
        provider, attempt, _minute, *rest = provider_args(demand(ask))
        # A shorter minute, that many of them pass.
        return "take_provider", (provider, attempt, PROVIDER_WINDOW_S * MICRO, *rest)

    def read(ask: Ask, _: Window, reply: Sequence[Any]) -> tuple[str, int]:
        room = decode_room(demand(ask), reply)
        return room.limit, round(room.wait_s * MICRO)

    return Kind(name, 1, rule, call, read)


def _rates(ask: Ask, *rates: tuple[str, int, int]) -> tuple[RateLimit, ...]:
    return tuple(RateLimit(name, ask.key, number, seconds) for name, number, seconds in rates)


GLOBAL = (("global_rpm", PER_S, 1), ("global_rph", PER_5S, 5))

KINDS = (
    _demand_kind(
        "address", 4, lambda _: Windows((("address", PER_S, 1),)),
        lambda ask, _: Demand(ask.id, rates=_rates(ask, ("address", PER_S, 1))),
    ),
    _demand_kind(
        "global, two windows", 1, lambda _: Windows(GLOBAL),
        lambda ask, _: Demand(ask.id, rates=_rates(ask, *GLOBAL)),
    ),
    _demand_kind(
        "user, cool-down, block", 6, lambda _: Users(),
        lambda ask, _: Demand(
            ask.id,
            rates=(RateLimit("user_rpm", f"user:{ask.key}", USER_PER_S, 1),),
            abuse_key=ask.key,
            abuse=ABUSE,
        ),
    ),
    _demand_kind(
        "feature bucket", 2, lambda _: Bucket(),
        lambda ask, _: Demand(
            ask.id, buckets=(BucketLimit("feature", ask.key, 60 * MICRO // REFILL_US, BURST),)
        ),
    ),
    _demand_kind(
        "quota of requests", 2, lambda day: Count(QUOTA_REQUESTS, _ends_us(day), False),
        lambda ask, day: Demand(
            ask.id, quotas=(Quota("user_daily", ask.key, day, QUOTA_REQUESTS, None),)
        ),
        is_calendar=True,
    ),
    _demand_kind(
        "quota of tokens", 2, lambda day: Count(QUOTA_TOKENS, _ends_us(day), True),
        lambda ask, day: Demand(
            ask.id, quotas=(Quota("user_daily", ask.key, day, None, QUOTA_TOKENS),),
            tokens=ask.amount,
        ),
        is_calendar=True,
    ),
    _provider_kind(
        "provider, requests", ProviderLimit(PROVIDER_REQUESTS),
        lambda _: Windows((("provider_rpm", PROVIDER_REQUESTS, PROVIDER_WINDOW_S),)),
    ),
    _provider_kind(
        "provider, tokens", ProviderLimit(None, PROVIDER_TOKENS), lambda _: Tokens()
    ),
)  # fmt: skip


def draw_amount(rng: random.Random) -> int:
    """Tokens of a call: often one, so that a limit can be used up to its last."""
    return rng.choice((1, rng.randint(1, 60)))


def _ends_us(day: Window) -> int:
    return round(day.ends_at.timestamp() * MICRO)
