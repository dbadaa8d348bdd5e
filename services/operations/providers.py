"""Ask a provider whether it works, and renew its connections."""

from __future__ import annotations

from collections.abc import Mapping

from services.domain.calls import Health
from services.domain.errors import NotFound
from services.domain.identity import Actor, Permission, require
from services.domain.ports import Call, Journal, Provider
from services.operations.events import EventWriter

HEALTH_TIMEOUT_S = 1.8
"""Less than `call` itself waits, so that a provider's silence is an answer and no failure here."""


class ProviderChecks:
    """The operations on providers' clients; `call` runs a coroutine on the I/O loop."""

    def __init__(
        self,
        *,
        providers: Mapping[str, Provider],
        journal: Journal,
        events: EventWriter,
        call: Call,
    ) -> None:
        self._providers = providers
        self._journal = journal
        self._events = events
        self._call = call

    def list_names(self) -> tuple[str, ...]:
        """The configured providers."""
        return tuple(sorted(self._providers))

    def check_health(self, actor: Actor, name: str) -> Health:
        """Whether the provider answers now, and how fast; raises Forbidden, NotFound."""
        require(actor, Permission.CONTROL_BREAKERS)
        health: Health = self._call(self._find(name).check_health(HEALTH_TIMEOUT_S))
        return health

    def reset_client(self, actor: Actor, name: str, reason: str) -> Health:
        """Open new connections and read the key again; returns the health found afterwards.

        The event goes through the journal, so that a reset works while SQL does not.

        Raises:
            Forbidden, NotFound, Unprocessable: not allowed, no such provider, no reason given.
            LedgerUnavailable: the journal cannot be written; nothing was reset.
        """
        require(actor, Permission.CONTROL_BREAKERS)
        provider = self._find(name)
        self._journal.write_audit(self._events.event(actor, "provider.reset", name, reason))
        self._call(provider.reset())
        return self.check_health(actor, name)

    def _find(self, name: str) -> Provider:
        if name not in self._providers:
            known = ", ".join(self.list_names())
            raise NotFound(
                f"Provider {name!r} is not configured here. Configured: {known}.", param="provider"
            )
        return self._providers[name]
