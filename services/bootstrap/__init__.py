"""Joins ports to adapters; the only place that sees every layer."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from services.adapters.logs import set_up_logs
from services.bootstrap.operations import build_lone_kill_switch
from services.bootstrap.sluice import RELEASE, Sluice, build
from services.domain.errors import SourceDown
from services.domain.ports import Call
from services.gateway.exchange import CURRENT_REQUEST
from services.settings import Settings, find_unknown_names

__all__ = [
    "HOST_USER_HEADER",
    "RELEASE",
    "Sluice",
    "build",
    "build_lone_kill_switch",
    "current",
    "running",
    "set_up_logs",
]

_log = logging.getLogger(__name__)
CALL_TIMEOUT_S = 2.0
HOST_USER_HEADER = "x-host-user"
"""By which the command line says who runs it, beside the host token."""


@asynccontextmanager
async def running(settings: Settings, *, kind: str) -> AsyncIterator[Sluice]:
    """A started Sluice; stops everything at the end, with nothing left unwritten."""
    set_up_logs(settings.log_level, CURRENT_REQUEST.get)
    for unknown in find_unknown_names():
        fields = {"name": unknown.name, "problem": str(unknown)}
        _log.warning("unknown_setting", extra={"fields": fields})
    call = _call_on(asyncio.get_running_loop())
    sluice = await asyncio.to_thread(build, settings, kind=kind, call=call)
    await sluice.background.start()
    _CURRENT.append(sluice)
    try:
        yield sluice
    finally:
        _CURRENT.remove(sluice)
        sluice.playground.close()
        await sluice.background.stop()
        sluice.close()


def _call_on(loop: asyncio.AbstractEventLoop) -> Call:
    """The `Call` that runs coroutines on this thread's loop, for operations in other threads."""
    thread = threading.get_ident()

    def call(work: Coroutine[Any, Any, Any]) -> Any:
        if threading.get_ident() == thread:
            work.close()
            raise RuntimeError("Operations run in threads: this one was called on the I/O loop.")
        future = asyncio.run_coroutine_threadsafe(work, loop)
        try:
            return future.result(CALL_TIMEOUT_S)
        except TimeoutError:
            future.cancel()
            raise SourceDown(
                f"The gateway's counters did not answer within {CALL_TIMEOUT_S:g} s: this process "
                "is overloaded. Try again in a moment."
            ) from None

    return call


_CURRENT: list[Sluice] = []


def current() -> Sluice:
    """The Sluice that runs in this process; raises RuntimeError when none does."""
    if not _CURRENT:
        raise RuntimeError("Sluice is not running in this process: start python -m console.")
    return _CURRENT[-1]
