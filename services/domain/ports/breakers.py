"""Circuit breakers."""

from __future__ import annotations

from typing import Protocol

from services.domain.breakers import BreakerOrder, BreakerView, Permit
from services.domain.calls import Candidate


class BreakerStore(Protocol):
    """The breakers of all candidates."""

    async def ask(self, candidate: Candidate, request_id: str) -> Permit:
        """May this request call it now? Every permit given is told of, once, by one of the next
        three."""
        ...

    async def record_success(self, candidate: Candidate, permit: Permit) -> None: ...

    async def record_failure(self, candidate: Candidate, permit: Permit, cause: str) -> None: ...

    async def release(self, candidate: Candidate, permit: Permit) -> None:
        """The call came to nothing that counts for or against the provider."""
        ...

    async def force(self, candidate: Candidate, order: BreakerOrder) -> None:
        """Set it as an operator says."""
        ...

    async def follow(self, candidate: Candidate, order: BreakerOrder) -> None:
        """Set it as is stored, unless it follows this order, or a later one, already."""
        ...

    def list_views(self) -> tuple[BreakerView, ...]: ...
