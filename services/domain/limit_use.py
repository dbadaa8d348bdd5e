"""What is used now of limits that all callers share: rates, buckets, minutes of providers."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.domain.limits import LimitSettings, everyones_rates, feature_bucket
from services.domain.provider_limits import ProviderLimit
from services.domain.rate_limits import BucketLimit, RateLimit


@dataclass(frozen=True, slots=True)
class SharedLimits:
    """The limits to ask for.

    Args:
        providers: by name.
        shadow: names of limits that are counted but refuse nobody.
    """

    rates: tuple[RateLimit, ...] = ()
    buckets: tuple[BucketLimit, ...] = ()
    providers: tuple[tuple[str, ProviderLimit], ...] = ()
    shadow: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class LimitUse:
    """How much of a limit is used at this moment.

    Args:
        limit: its name as refusals tell it; of a provider's limits followed by the provider.
        key: whose it is: "global", "feature:NAME", or the provider's name.
        used: requests (or tokens) of the window that ends now; of a bucket those not refilled yet.
    """

    limit: str
    key: str
    used: int
    allowed: int


def shared_limits(
    features: tuple[str, ...],
    providers: tuple[tuple[str, ProviderLimit], ...],
    settings: LimitSettings,
) -> SharedLimits:
    """All limits that are no single caller's own."""
    buckets = tuple(feature_bucket(feature, settings) for feature in features)
    return SharedLimits(everyones_rates(settings), buckets, providers, settings.shadow)
