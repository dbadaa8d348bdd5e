"""Reads large texts aside: screening, masking and counting them would hold up everybody else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

LARGE = 16 * 1024
"""Bytes or characters. A smaller text takes a few milliseconds at worst, and mostly less than it
takes to hand it to a thread."""

_THREADS = 2  # They share one interpreter: more would only take turns.


class LargeTexts:
    """Does the work on small texts at once, on large ones in a thread of its own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="large-texts")

    async def read(self, size: int, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do the work and return its result.

        Args:
            size: of all texts that it reads, in bytes or characters.
        """
        if size <= LARGE:
            return work(*args, **kwargs)
        loop = asyncio.get_running_loop()
        reading = loop.run_in_executor(self._threads, lambda: work(*args, **kwargs))
        # What it writes to must not change under the hands of whoever ends the request.
        return await to_its_end(reading)


async def to_its_end(work: Awaitable[T]) -> T:
    """Await the work; a cancellation that comes meanwhile is raised once the work is done."""
    task = asyncio.ensure_future(work)
    cut: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as caught:
            cut = caught
    if cut is None or task.cancelled():
        return task.result()
    task.exception()  # It is told of the cut instead.
    raise cut
