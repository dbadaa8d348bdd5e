"""Sample traffic: send it so that a first start is not empty, and take it all away again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from services.domain.errors import Conflict
from services.domain.identity import Actor, Permission, require
from services.domain.ports import SampleSender, SampleStore
from services.domain.samples import SampleOrder, SampleState, check_order
from services.operations.events import EventWriter

DEFAULT_REQUESTS = 2_000
DEFAULT_DAYS = 7
TARGET = "sample traffic"


class SampleTraffic:
    """The operations on sample traffic; one at a time in a process."""

    def __init__(self, *, sender: SampleSender, store: SampleStore, events: EventWriter) -> None:
        self._sender = sender
        self._store = store
        self._events = events
        self._busy = threading.Lock()

    def get_state(self) -> SampleState:
        """How much sample traffic the ledger holds; raises SourceDown."""
        return self._store.get_state()

    def send(
        self,
        actor: Actor,
        requests: int = DEFAULT_REQUESTS,
        days: int = DEFAULT_DAYS,
        reason: str = "figures to look at",
        *,
        seed: int | None = None,
    ) -> int:
        """Send invented requests through a gateway of their own; how many are in the ledger now.

        They are marked as samples: default totals, budgets, gates and rules leave them out.

        Raises:
            Forbidden, Unprocessable: not allowed, or too many.
            Conflict: sample traffic is being sent or removed already.
            SourceDown: SQL does not answer; what got in can be removed.
        """
        require(actor, Permission.SEND_SAMPLE_TRAFFIC)
        order = check_order(SampleOrder(requests, days, seed))
        after = {"requests": requests, "days": days}
        with self._alone():
            event = self._events.event(actor, "sample.send", TARGET, reason, after=after)
            return self._sender.send(order, event)

    def remove(self, actor: Actor, reason: str = "no longer needed") -> int:
        """Delete all sample traffic and nothing else; how many requests were deleted.

        Raises:
            Forbidden: not allowed.
            Conflict: sample traffic is being sent or removed already.
            SourceDown: SQL does not answer; nothing was deleted.
        """
        require(actor, Permission.SEND_SAMPLE_TRAFFIC)
        with self._alone():
            before = {"requests": self._store.get_state().requests}
            event = self._events.event(actor, "sample.remove", TARGET, reason, before=before)
            return self._store.remove(event)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._busy.acquire(blocking=False):
            raise Conflict(
                "Sample traffic is being sent or removed right now: wait until that is done.",
                code="sample_busy",
            )
        try:
            yield
        finally:
            self._busy.release()
