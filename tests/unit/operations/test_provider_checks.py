"""Health checks and renewed clients, on the mock provider and a real journal."""

import asyncio
from pathlib import Path

import pytest

from services.adapters.clock import SystemIds
from services.adapters.journal import SegmentJournal
from services.adapters.providers.mock import MockProvider
from services.adapters.tokens import QuickTokenCounter
from services.domain.calls import Health
from services.domain.errors import Forbidden, NotFound, Unprocessable
from services.domain.identity import Actor, Role, actor_for
from services.operations.events import EventWriter
from services.operations.providers import ProviderChecks
from tests.clock import FakeClock

OPERATOR = actor_for("ayse", Role.OPERATOR)


class RenewedProvider(MockProvider):
    """The mock provider, counting how often its connections were renewed."""

    resets = 0

    async def reset(self) -> None:
        self.resets += 1


@pytest.fixture
def journal(tmp_path: Path) -> SegmentJournal:
    return SegmentJournal(tmp_path / "journal", "tests")


@pytest.fixture
def provider() -> RenewedProvider:
    return RenewedProvider(QuickTokenCounter())


@pytest.fixture
def checks(journal: SegmentJournal, provider: RenewedProvider) -> ProviderChecks:
    return ProviderChecks(
        providers={"mock": provider},
        journal=journal,
        events=EventWriter(FakeClock(), SystemIds()),
        call=asyncio.run,
    )


def test_health_is_the_providers_own_word(checks: ProviderChecks) -> None:
    assert checks.check_health(OPERATOR, "mock") == Health(True, "mock", "mock-model", 0.0)


def test_renewal_is_on_record_with_its_reason(
    checks: ProviderChecks, provider: RenewedProvider, journal: SegmentJournal
) -> None:
    assert checks.reset_client(OPERATOR, "mock", "the key was changed").healthy
    assert provider.resets == 1
    assert journal.backlog()[0] == 1


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_renewal_without_a_reason_does_nothing(
    checks: ProviderChecks, provider: RenewedProvider, journal: SegmentJournal, reason: str
) -> None:
    with pytest.raises(Unprocessable, match="reason"):
        checks.reset_client(OPERATOR, "mock", reason)
    assert (provider.resets, journal.backlog()[0]) == (0, 0)


def test_unknown_provider_is_named_with_the_known_ones(checks: ProviderChecks) -> None:
    with pytest.raises(NotFound, match=r"'claude' is not configured here\. Configured: mock"):
        checks.check_health(OPERATOR, "claude")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUTHOR])
def test_only_operators_may_check_and_renew(
    checks: ProviderChecks, provider: RenewedProvider, role: Role
) -> None:
    actor: Actor = actor_for("mina", role)
    with pytest.raises(Forbidden, match="breakers:control"):
        checks.check_health(actor, "mock")
    with pytest.raises(Forbidden, match="breakers:control"):
        checks.reset_client(actor, "mock", "why not")
    assert provider.resets == 0
