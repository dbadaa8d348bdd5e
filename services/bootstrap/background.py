"""What runs beside the requests: polling the control state, heartbeats, shipping the journal."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress

from services.adapters.journal import SegmentJournal
from services.adapters.journal_shipper import JournalShipper
from services.adapters.live import SwappedControl
from services.bootstrap.counters import SharedUpkeep
from services.domain.errors import SourceDown
from services.domain.policy import REVISION_POLL_S
from services.domain.ports import Provider
from services.operations.heart import Heart

HEARTBEAT_S = 2.0
ANCHOR_S = 60.0
PRUNE_S = 3600.0
SHIP_S = 0.5
_log = logging.getLogger(__name__)


class Background:
    """Starts and stops all of it, in the order that loses nothing.

    Args:
        look_for_kills: applies what any place of the kill register holds.
        look: applies what else operators have decided since it was last called; waits for SQL,
            which must never keep a kill waiting.
        shared: what instances share; its doorbell makes this one look at once.
    """

    def __init__(
        self,
        *,
        live: SwappedControl,
        look_for_kills: Callable[[], None],
        look: Callable[[], None],
        heart: Heart,
        journal: SegmentJournal,
        shipper: JournalShipper,
        anchor: Callable[[], object],
        prune: Callable[[], object],
        shared: SharedUpkeep,
        providers: Mapping[str, Provider],
    ) -> None:
        self._live = live
        self._look_for_kills = look_for_kills
        self._look = look
        self._heart = heart
        self._journal = journal
        self._shipper = shipper
        self._anchor = anchor
        self._prune = prune
        self._shared = shared
        self._rung = (asyncio.Event(), asyncio.Event())
        self._providers = providers
        self._stop = threading.Event()
        self._ship_thread = threading.Thread(
            target=shipper.run, args=(self._stop, SHIP_S), name="journal-shipper"
        )
        self._tasks: list[asyncio.Task[None]] = []
        self.is_ready = False

    async def start(self) -> None:
        """Read every place that holds a kill, take over what dead processes left in the journal,
        seed the budgets, then begin to beat."""
        await asyncio.to_thread(self._look_for_kills)
        await asyncio.to_thread(self._look)
        await self._shared.start(self._when_rung)
        await asyncio.to_thread(self._take_over)
        self._journal.start()
        self._ship_thread.start()
        await asyncio.to_thread(self._beat)
        self._tasks = [
            asyncio.create_task(_every(REVISION_POLL_S, self._look_for_kills, self._rung[0])),
            asyncio.create_task(_every(REVISION_POLL_S, self._look, self._rung[1])),
            asyncio.create_task(_every(HEARTBEAT_S, self._beat)),
            asyncio.create_task(_every(HEARTBEAT_S, self._shared.tend)),
            asyncio.create_task(_every(ANCHOR_S, self._anchor)),
            asyncio.create_task(_every(PRUNE_S, self._prune)),
        ]
        self.is_ready = True

    async def stop(self) -> None:
        """Ship what is left, leave the fleet, close connections."""
        self.is_ready = False
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._stop.set()
        await asyncio.to_thread(self._ship_thread.join)
        await asyncio.to_thread(self._journal.close)
        with suppress(SourceDown):
            await asyncio.to_thread(self._anchor)
        with suppress(SourceDown):
            await asyncio.to_thread(self._heart.stop)
        for provider in self._providers.values():
            await provider.close()
        await self._shared.stop()

    def _when_rung(self) -> None:
        for rung in self._rung:
            rung.set()

    def _take_over(self) -> None:
        self._shipper.ship_once()
        self._shared.seed()

    def _beat(self) -> None:
        self._heart.beat(self._live)


async def _every(
    seconds: float, work: Callable[[], object], rung: asyncio.Event | None = None
) -> None:
    """Do the work in a thread, again and again, and at once when the doorbell was rung; trouble is
    logged when it begins and ends."""
    rung = rung or asyncio.Event()
    trouble: str | None = None
    while True:
        try:
            await asyncio.to_thread(work)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next round may succeed
            if str(error) != trouble:
                fields = {"work": work.__qualname__, "error": str(error)}
                _log.warning("background_work_failed", extra={"fields": fields})
            trouble = str(error)
        else:
            if trouble is not None:
                fields = {"work": work.__qualname__}
                _log.info("background_work_recovered", extra={"fields": fields})
            trouble = None
        with suppress(TimeoutError):
            await asyncio.wait_for(rung.wait(), seconds)
        rung.clear()
