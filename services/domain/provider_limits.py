"""Provider limits: requests and tokens that one provider is sent in any minute."""

from __future__ import annotations

from dataclasses import dataclass

PROVIDER_RPM, PROVIDER_TPM = "provider_rpm", "provider_tpm"
PROVIDER_WINDOW_S = 60


@dataclass(frozen=True, slots=True)
class ProviderLimit:
    """Requests and tokens that one provider is sent in any minute; None for no limit."""

    requests: int | None = None
    tokens: int | None = None


def provider_limit_name(name: str, provider: str) -> str:
    """How metrics and records name the limit of one provider."""
    return f"{name} {provider}"


def provider_uses(
    provider: str, limit: ProviderLimit, requests: int, tokens: int
) -> tuple[tuple[str, int, int], ...]:
    """(name, used, allowed) of each limit that the provider has."""
    kinds = ((PROVIDER_RPM, requests, limit.requests), (PROVIDER_TPM, tokens, limit.tokens))
    return tuple(
        (provider_limit_name(name, provider), used, allowed)
        for name, used, allowed in kinds
        if allowed is not None
    )


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
