"""What a process sets for itself once it has started: the garbage collector's pace, and memory that
only the start needed."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

YOUNG_OBJECTS = 20_000
"""A request makes a few hundred objects and hardly a cycle: at Python's 700 the collector runs
twice a request and takes a third of its time."""


def settle_process() -> None:
    """Keep what the start has made out of the collector's way, and give back what it has left; call
    it once, when all is up.

    Not for tests that start several in one process: what is frozen is never collected.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)
    # glibc keeps tens of MB that loading vocabularies and modules took for a while; other C
    # libraries have no such call.
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
