"""Limits: rates per moving window, token buckets, quotas per calendar period, and abuse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from services.domain.budgets import BUDGET_NAMES, Budget, Window
from services.domain.ledger import Attempt

RAISED_ROLES = frozenset({"staff", "teacher", "admin"})

ABUSE, PROVIDER_RPM, PROVIDER_TPM = "abuse", "provider_rpm", "provider_tpm"
PROVIDER_WINDOW_S = 60
HELD_RETRY_S = 1.0
"""Money that running calls hold comes free within seconds; the lapse is only the latest time."""

_USER = "user:"
_APPLICATION = "@application:"
LIMIT_NAMES = (
    "address", "global_rpm", "global_rph", "user_rpm", "user_rph", "feature",
    "feature_daily", "feature_monthly", "user_daily", "user_monthly", ABUSE, PROVIDER_RPM,
    PROVIDER_TPM, *BUDGET_NAMES.values(),
)  # fmt: skip
"""Every limit, quota and budget, as refusals tell it and as AI_SHADOW_LIMITS may list it."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `requests` in any `window_s` seconds, for one key ("address:…", "global", …)."""

    name: str
    key: str
    requests: int
    window_s: int

    @property
    def starts_cool_down(self) -> bool:
        """Whether the caller that it refuses has to cool down: it is the caller's own."""
        return self.key.startswith(_USER)


@dataclass(frozen=True, slots=True)
class BucketLimit:
    """A token bucket: `per_minute` refilled evenly, at most `burst` saved up."""

    name: str
    key: str
    per_minute: int
    burst: int


@dataclass(frozen=True, slots=True)
class Quota:
    """Requests and tokens allowed in one calendar window, for one key."""

    name: str
    key: str
    window: Window
    requests: int | None
    tokens: int | None


@dataclass(frozen=True, slots=True)
class QuotaState:
    """A quota with what its window has taken."""

    quota: Quota
    requests: int
    tokens: int


@dataclass(frozen=True, slots=True)
class CapView:
    """A cap of one feature in its present window, with what is taken of it."""

    feature: str
    state: QuotaState
    is_shadow: bool


@dataclass(frozen=True, slots=True)
class ProviderLimit:
    """Requests and tokens that one provider is sent in any minute; None for no limit."""

    requests: int | None = None
    tokens: int | None = None


@dataclass(frozen=True, slots=True)
class ProviderDemand:
    """What one attempt wants to take from its provider's minute.

    Args:
        attempt: names it, in all the fleet.
        tokens: the estimate, corrected after the attempt.
        shadow: names of limits that are counted but refuse nobody.
    """

    attempt: str
    provider: str
    limit: ProviderLimit
    tokens: int
    shadow: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ProviderRoom:
    """Whether the attempt was taken, or which limit has no room and when it will have.

    Args:
        limit: PROVIDER_RPM or PROVIDER_TPM, "" when taken.
        shadow: the limits in shadow that would have refused.
    """

    limit: str = ""
    allowance: int = 0
    wait_s: float = 0.0
    shadow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BudgetWindow:
    """A budget in the calendar window of the request's start."""

    budget: Budget
    window: Window


@dataclass(frozen=True, slots=True)
class AbuseRule:
    """How repeated violations block a user."""

    cooldown_s: float = 30.0
    violations: int = 10
    within_s: float = 600.0
    block_s: float = 900.0


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """The numbers of every limit, as configured.

    Args:
        feature_daily_tokens: and the three after it cap each feature; None for no cap.
        shadow: names of limits, as refusals tell them, that are counted but refuse nobody.
    """

    address_rpm: int = 1000
    global_rpm: int = 100
    global_rph: int = 1000
    user_rpm: int = 10
    user_rph: int = 100
    raised_factor: int = 5
    feature_per_minute: int = 60
    feature_burst: int = 20
    feature_daily_tokens: int | None = None
    feature_daily_requests: int | None = None
    feature_monthly_tokens: int | None = None
    feature_monthly_requests: int | None = None
    user_daily_tokens: int = 200_000
    user_daily_requests: int = 1_000
    user_monthly_tokens: int = 4_000_000
    user_monthly_requests: int = 20_000
    abuse: AbuseRule = field(default_factory=AbuseRule)
    shadow: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Demand:
    """All that one request wants to take, checked and taken together or not at all.

    Args:
        abuse_key: the user or application whose violations count; None for none.
        hold_nano_usd: the most the request can cost, held in every budget.
        hold_s: seconds after which an unsettled hold lapses.
        tokens: the estimate taken from token quotas, corrected at settlement.
        shadow: names of limits that are counted but refuse nobody.
    """

    request_id: str
    rates: tuple[RateLimit, ...] = ()
    buckets: tuple[BucketLimit, ...] = ()
    quotas: tuple[Quota, ...] = ()
    budgets: tuple[BudgetWindow, ...] = ()
    abuse_key: str | None = None
    abuse: AbuseRule = field(default_factory=AbuseRule)
    hold_nano_usd: int = 0
    hold_s: float = 150.0
    tokens: int = 0
    shadow: frozenset[str] = frozenset()


class Denial(StrEnum):
    """Which kind of limit refused a demand."""

    BLOCKED = "blocked"
    COOLDOWN = "cooldown"
    RATE = "rate"
    BUCKET = "bucket"
    QUOTA = "quota"
    BUDGET_SPENT = "budget_spent"
    BUDGET_HELD = "budget_held"


@dataclass(frozen=True, slots=True)
class Admission:
    """The counters' answer: admitted, or the first limit that refused and when to come back.

    Args:
        limit: the refusing limit's name, "" when admitted.
        remaining: (limit, left, seconds until the window is free again) of each rate limit by
            name, after this request.
        cached: the stored answer, when the request's cache key had one; nothing is held then.
        shadow: the limits in shadow that would have refused an admitted request.
    """

    denial: Denial | None = None
    limit: str = ""
    allowance: int = 0
    retry_after_s: float | None = None
    remaining: Mapping[str, tuple[int, int, float]] = field(default_factory=dict)
    cached: bytes | None = None
    shadow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settlement:
    """What one attempt of an admitted request really took.

    Args:
        cost_nano_usd: booked in every budget of the demand.
        is_final: the request is over: its hold goes, its token estimate is corrected.
    """

    request_id: str
    attempt: int
    cost_nano_usd: int
    tokens: int
    is_final: bool


def settlements_of(request_id: str, attempts: Iterable[Attempt]) -> tuple[Settlement, ...]:
    """What a request that is over took, one settlement an attempt, the last of them final."""
    taken = [(a.number, a.cost_nano_usd, a.usage.total_tokens) for a in attempts] or [(0, 0, 0)]
    return tuple(
        Settlement(request_id, number, cost, tokens, place == len(taken))
        for place, (number, cost, tokens) in enumerate(taken, start=1)
    )


def role_factor(role: str | None, settings: LimitSettings) -> int:
    """How many times the user limits a role may use."""
    return settings.raised_factor if role in RAISED_ROLES else 1


def user_limits(
    key: str, role: str | None, settings: LimitSettings, windows: tuple[Window, Window]
) -> tuple[tuple[RateLimit, ...], tuple[Quota, ...]]:
    """The rate limits and quotas of one user (or of the application that calls for nobody)."""
    times = role_factor(role, settings)
    rates = (
        RateLimit("user_rpm", _USER + key, settings.user_rpm * times, 60),
        RateLimit("user_rph", _USER + key, settings.user_rph * times, 3600),
    )
    day, month = windows
    quotas = (
        Quota(
            "user_daily", _USER + key, day,
            settings.user_daily_requests * times, settings.user_daily_tokens * times,
        ),
        Quota(
            "user_monthly", _USER + key, month,
            settings.user_monthly_requests * times, settings.user_monthly_tokens * times,
        ),
    )  # fmt: skip
    return rates, quotas


def limit_key(user: str | None, application: str, traffic: str = "") -> str:
    """Whose limits count: the user's, or the application's for calls that name nobody.

    Args:
        traffic: "" for applications' calls; other kinds ("playground") keep limits of their own.
    """
    if user is None:
        return f"{_APPLICATION}{application}"
    return f"@{traffic}:{user}" if traffic else user


def name_subject(key: str, name_user: Callable[[str], str]) -> str:
    """Whose limits a key of `limit_key` is, without the user's own name: as records name them.

    What is no user of an application keeps its "@", which no user's name may begin with.

    Args:
        name_user: what stands for a user in records, by the name that calls give.
    """
    if key.startswith(_APPLICATION):
        return key
    traffic, colon, user = key.partition(":") if key.startswith("@") else ("", "", key)
    return f"{traffic}{colon}{name_user(user)}"


def feature_caps(
    feature: str, settings: LimitSettings, windows: tuple[Window, Window]
) -> tuple[Quota, ...]:
    """The quotas of one feature, for all its callers together; none where nothing is capped."""
    day, month = windows
    key = f"feature:{feature}"
    caps = (
        Quota(
            "feature_daily", key, day,
            settings.feature_daily_requests, settings.feature_daily_tokens,
        ),
        Quota(
            "feature_monthly", key, month,
            settings.feature_monthly_requests, settings.feature_monthly_tokens,
        ),
    )  # fmt: skip
    return tuple(q for q in caps if q.requests is not None or q.tokens is not None)
