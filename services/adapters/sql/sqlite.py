"""SQLite: a connection of its own for each transaction, writers one after another."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event

BUSY_TIMEOUT_S = 5.0


def make_engine(url: URL) -> Engine:
    """An engine over a file that exists; without it every connection fails."""
    path = Path(url.database or "").resolve()

    def connect() -> sqlite3.Connection:
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
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    # No pool: a kept descriptor would go on reading a file that was replaced or deleted.
    engine = create_engine(url, creator=connect, poolclass=NullPool)
    event.listen(engine, "begin", _begin)
    return engine


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
