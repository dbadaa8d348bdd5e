"""Limits as configured: their names, their numbers, and which of them a caller takes from."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.domain.blocks import ABUSE, AbuseRule
from services.domain.budgets import BUDGET_NAMES
from services.domain.limit_keys import ADDRESS_KEY, FEATURE_KEY, USER_KEY
from services.domain.periods import Window
from services.domain.provider_limits import PROVIDER_RPM, PROVIDER_TPM
from services.domain.quotas import Quota
from services.domain.rate_limits import BucketLimit, RateLimit

RAISED_ROLES = frozenset({"staff", "teacher", "admin"})
LIMIT_NAMES = (
    "address", "global_rpm", "global_rph", "user_rpm", "user_rph", "feature",
    "feature_daily", "feature_monthly", "user_daily", "user_monthly", ABUSE, PROVIDER_RPM,
    PROVIDER_TPM, *BUDGET_NAMES.values(),
)  # fmt: skip
"""Every limit, quota and budget, as refusals tell it and as AI_SHADOW_LIMITS may list it."""

ROLE_LIMITS = frozenset({"user_rpm", "user_rph", "user_daily", "user_monthly"})
"""Those of which raised roles may use several times as much."""

CALENDAR_LIMITS = frozenset(
    {"feature_daily", "feature_monthly", "user_daily", "user_monthly", *BUDGET_NAMES.values()}
)
"""Those that let nobody through again before a day or month is over."""


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


def role_factor(role: str | None, settings: LimitSettings) -> int:
    """How many times the user limits a role may use."""
    return settings.raised_factor if role in RAISED_ROLES else 1


def address_rate(address: str, settings: LimitSettings) -> RateLimit:
    """The rate limit of one address."""
    return RateLimit("address", ADDRESS_KEY + address, settings.address_rpm, 60)


def user_rates(key: str, role: str | None, settings: LimitSettings) -> tuple[RateLimit, ...]:
    """The rate limits of one user (or of the application that calls for nobody)."""
    times = role_factor(role, settings)
    return (
        RateLimit("user_rpm", USER_KEY + key, settings.user_rpm * times, 60),
        RateLimit("user_rph", USER_KEY + key, settings.user_rph * times, 3600),
    )


def user_quotas(
    subject: str, role: str | None, settings: LimitSettings, windows: tuple[Window, Window]
) -> tuple[Quota, ...]:
    """The quotas of one user (or of the application that calls for nobody).

    Args:
        subject: as records name them, by which what they took is found in the ledger again.
    """
    times = role_factor(role, settings)
    key = USER_KEY + subject
    day, month = windows
    return (
        Quota(
            "user_daily", key, day,
            settings.user_daily_requests * times, settings.user_daily_tokens * times,
        ),
        Quota(
            "user_monthly", key, month,
            settings.user_monthly_requests * times, settings.user_monthly_tokens * times,
        ),
    )  # fmt: skip


def everyones_rates(settings: LimitSettings) -> tuple[RateLimit, ...]:
    """The rate limits that all callers share."""
    return (
        RateLimit("global_rpm", "global", settings.global_rpm, 60),
        RateLimit("global_rph", "global", settings.global_rph, 3600),
    )


def feature_bucket(feature: str, settings: LimitSettings) -> BucketLimit:
    """The token bucket of one feature, for all its callers together."""
    return BucketLimit(
        "feature", FEATURE_KEY + feature, settings.feature_per_minute, settings.feature_burst
    )


def feature_caps(
    feature: str, settings: LimitSettings, windows: tuple[Window, Window]
) -> tuple[Quota, ...]:
    """The quotas of one feature, for all its callers together; none where nothing is capped."""
    day, month = windows
    key = FEATURE_KEY + feature
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
