"""The SQL database behind the ledger: connections, transactions, migrations, and its failures."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from services.domain.errors import SourceDown, Unprocessable

BUSY_TIMEOUT_S = 5.0
HEAD = "0001"
"""The revision of the tables that this version works with."""

PATIENCE_S = 15.0
QUICK_PATIENCE_S = 2.0
"""For what operators decide and whether instances live: small reads, which others can replace."""

DOWN_S = 1.0
"""So long a server that did not answer at all is left alone."""

_GRACE_S = 0.5
_RV = TypeVar("_RV")


class Database:
    """One SQL database, SQLite or PostgreSQL; all failures of it come out as SourceDown.

    Args:
        url: "sqlite:///path/to/file" or "postgresql://user:password@host/name".
        patience_s: a PostgreSQL server that answers nothing for so long is down: its connection is
            given up, and for a second nobody asks it again.
    """

    def __init__(self, url: str, *, patience_s: float = PATIENCE_S) -> None:
        self._url = _parse(url)
        self.is_sqlite = self._url.get_backend_name() == "sqlite"
        self.name = "SQLite" if self.is_sqlite else "PostgreSQL"
        self._down_until_s = 0.0
        self._engine = _sqlite(self._url) if self.is_sqlite else _postgresql(self._url, patience_s)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database throughout."""
        options = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        with (
            self._reporting(),
            self._engine.connect() as connection,
            connection.execution_options(**options).begin(),
        ):
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that commits at the end of the block, or not at all."""
        with (
            self._reporting(),
            self._engine.connect() as connection,
            connection.execution_options(is_write=True).begin(),
        ):
            yield connection

    def migrate(self) -> None:
        """Bring the tables to this version's shape, from nothing if need be.

        Raises:
            SourceDown: the database does not answer, or is of a newer version.
        """
        with self._reporting():
            if self.is_sqlite:
                _create_sqlite_file(Path(self._url.database or ""))
            if self._revision() == HEAD:
                return
            # Alembic takes 10 MB, which a process keeps: most starts find nothing to do.
            from services.adapters.sql.upgrade import upgrade  # noqa: PLC0415

            with self.write() as connection:
                upgrade(connection, self.name)

    def _revision(self) -> str | None:
        """The schema's revision as stored; None without any table."""
        with self.read() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
            return None if found is None else str(found)

    def close(self) -> None:
        """Close pooled connections."""
        self._engine.dispose()

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        if time.monotonic() < self._down_until_s:
            raise SourceDown(self._explain(TimeoutError("it did not answer a moment ago")))
        try:
            yield
        except (IntegrityError, DataError):
            raise  # the data's fault, not the database's: whoever sent it decides
        except (DBAPIError, PoolTimeoutError) as error:
            if isinstance(
                getattr(error, "orig", None), (Silence, psycopg.errors.ConnectionTimeout)
            ):
                self._down_until_s = time.monotonic() + DOWN_S
            raise SourceDown(self._explain(getattr(error, "orig", None) or error)) from error
        except (OSError, sqlite3.Error) as error:
            raise SourceDown(self._explain(error)) from error

    def _explain(self, error: BaseException) -> str:
        cause = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        if self._url.password:
            cause = cause.replace(str(self._url.password), "***")
        return (
            f"The ledger ({self.name}) does not answer: {cause}. "
            "Figures and changes wait until it is back; kill still works."
        )


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    kind = parsed.get_backend_name() if parsed else ""
    if parsed is None or kind not in {"sqlite", "postgresql", "postgres"}:
        raise Unprocessable(
            "DATABASE_URL is not a database Sluice knows: use sqlite:///path/to/ledger.db or "
            "postgresql://user:password@host/name.",
            param="DATABASE_URL",
        )
    if kind == "sqlite":
        if parsed.database in {None, "", ":memory:"}:
            raise Unprocessable(
                "DATABASE_URL names no SQLite file, so nothing would be kept: use "
                "sqlite:///path/to/ledger.db.",
                param="DATABASE_URL",
            )
        return parsed
    return parsed.set(drivername="postgresql+psycopg")


def _sqlite(url: URL) -> Engine:
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
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _begin_sqlite(connection: Connection) -> None:
    # IMMEDIATE: two writers queue up at the start instead of failing half-way.
    is_write = connection.get_execution_options().get("is_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_write else "BEGIN")


def _create_sqlite_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()


def _postgresql(url: URL, patience_s: float) -> Engine:
    # The server gives up first where it can: then the connection stays good.
    server_ms = int(patience_s * 1000)
    lock_ms = min(server_ms, 5000)
    arguments: dict[str, Any] = {
        "connect_timeout": 2,
        "options": f"-c statement_timeout={server_ms} -c lock_timeout={lock_ms} -c timezone=UTC",
        "application_name": "sluice",
    }
    engine = create_engine(
        url,
        pool_size=2,
        max_overflow=1,
        pool_timeout=2,
        pool_pre_ping=True,
        connect_args=arguments,
    )

    def connect(_dialect: object, _record: object, args: list[Any], named: dict[str, Any]) -> Any:
        connection = _PatientConnection.connect(*args, **named)
        connection.patience_s = patience_s + _GRACE_S
        return connection

    event.listen(engine, "do_connect", connect)
    return engine


class Silence(psycopg.OperationalError):
    """A server took the question and said nothing; the connection is closed."""


class _PatientConnection(psycopg.Connection[Any]):
    """Waits for an answer only so long. A server that is stopped keeps its connections open, so
    without a limit of one's own nothing would ever end the wait."""

    patience_s = PATIENCE_S

    def wait(self, gen: PQGen[_RV], interval: float = 0.1, timeout: float | None = None) -> _RV:
        try:
            return super().wait(gen, interval, self.patience_s if timeout is None else timeout)
        except psycopg.errors._WaitTimeout as error:  # noqa: SLF001 - `wait` documents it
            self.pgconn.finish()
            raise Silence(f"no answer within {self.patience_s:g} s") from error
