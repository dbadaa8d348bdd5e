"""One Redis that several processes hammer at once, as the drills of counters do."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from multiprocessing import get_context
from pathlib import Path

from bench.drills.fleet import redis_server
from services.adapters.redis_store.connection import RedisConnection

PROCESSES = 4
PATIENCE_S = 30.0
"""A busy machine is no Redis that is down."""


def add_redis_option(parser: argparse.ArgumentParser) -> None:
    """Let the drill be given a Redis."""
    parser.add_argument("--redis", help="one that runs; without it, one is started")


@contextmanager
def hammered_redis(given: str | None) -> Iterator[str]:
    """The URL of the one that was given, or of one that is started."""
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as server:
        yield server.url


def new_processes() -> ProcessPoolExecutor:
    """The processes, which have nothing of this one."""
    return ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn"))


@asynccontextmanager
async def patient_connection(url: str) -> AsyncIterator[RedisConnection]:
    """A connection, as those of production are but for its patience."""
    connection = RedisConnection(url, call_timeout_s=PATIENCE_S)
    try:
        yield connection
    finally:
        await connection.close()
