"""SQLite: a few kept connections, none of which outlives its file; writers one after another."""

from __future__ import annotations

import sqlite3
from functools import partial
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_TIMEOUT_S = 5.0
_KEPT = 2
_CACHE_KIB = 512
"""Of pages that each kept connection may hold in memory."""


def make_engine(url: URL) -> Engine:
    """An engine over a file that exists; without it every connection fails."""
    path = Path(url.database or "").resolve()

    def remember(_: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
        record.info["file"] = _identity(path)

    def check(_: sqlite3.Connection, record: ConnectionPoolEntry, __: object) -> None:
        # A kept descriptor would go on reading a file that was replaced or deleted.
        if record.info.get("file") != _identity(path):
            raise DisconnectionError("the file is another one")

    # A new connection reads the whole schema first: four times the cost of a small query.
    engine = create_engine(
        url, creator=partial(_connect, path), poolclass=QueuePool, pool_size=_KEPT, max_overflow=-1,
        pool_use_lifo=True,
    )  # fmt: skip
    event.listen(engine, "connect", remember)
    event.listen(engine, "checkout", check)
    event.listen(engine, "begin", _begin)
    return engine


def _connect(path: Path) -> sqlite3.Connection:
    # mode=rw: a ledger that is gone must fail, never be replaced by an empty one.
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode=rw",
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file it is; None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def create_file(path: Path) -> None:
    """Make the file if there is none, with a write-ahead log."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()


def _begin(connection: Connection) -> None:
    # IMMEDIATE: two writers queue up at the start instead of failing half-way.
    is_write = connection.get_execution_options().get("is_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_write else "BEGIN")
