"""The SQL database behind the ledger: connections, transactions, migrations, and its failures."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, inspect, make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from services.adapters.sql import sqlite
from services.domain.errors import SourceDown, Unprocessable

HEAD = "0004"
"""The revision of the tables that this version works with."""

PATIENCE_S = 15.0
QUICK_PATIENCE_S = 2.0
"""For what operators decide and whether instances live: small reads, which others can replace."""

DOWN_S = 1.0
"""So long a server that did not answer at all is left alone."""


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
        self._is_silence: Callable[[BaseException | None], bool]
        if self.is_sqlite:
            self._engine, self._is_silence = sqlite.make_engine(self._url), _never
        else:
            # psycopg takes 9 MB, which a gateway on one machine can do without.
            from services.adapters.sql import postgresql  # noqa: PLC0415

            self._engine = postgresql.make_engine(self._url, patience_s)
            self._is_silence = postgresql.is_silence

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
                sqlite.create_file(Path(self._url.database or ""))
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
            if self._is_silence(getattr(error, "orig", None)):
                self._down_until_s = time.monotonic() + DOWN_S
            raise SourceDown(self._explain(getattr(error, "orig", None) or error)) from _bare(error)
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


def _bare(error: BaseException) -> BaseException:
    """A driver's failure without the frames it came through: they know it again, and the connection
    that failed, so that an outage would leave one after another to the garbage collector."""
    known: BaseException | None = error
    while known is not None:
        known.__traceback__ = None
        known = known.__cause__
    return error


def _never(_: BaseException | None) -> bool:
    return False
