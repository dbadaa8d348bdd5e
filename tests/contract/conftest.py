"""Real servers: a SQLite file and a PostgreSQL server, one empty ledger a test; a Redis."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.adapters.sql.chain import AuditChain
from services.adapters.sql.engine import Database
from tests.postgresql_server import PostgresqlServer
from tests.redis_server import RedisServer


@pytest.fixture
def make_database(
    tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[[str], Database]]:
    """Give a new ledger of the kind asked for, "sqlite" or "postgresql"."""
    made: list[Database] = []

    def make(kind: str) -> Database:
        url = f"sqlite:///{tmp_path}/ledger/ledger.db"
        if kind == "postgresql":
            url = request.getfixturevalue("postgresql").new_database()
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


@pytest.fixture
def own_redis(find_tool: Callable[[str], Path], tmp_path: Path) -> Iterator[RedisServer]:
    """Give a Redis that a test may stop and kill."""
    with RedisServer(find_tool("redis-server"), tmp_path, is_kept=True) as server:
        yield server


@pytest.fixture
def own_postgresql(tmp_path: Path) -> Iterator[PostgresqlServer]:
    """Give a PostgreSQL that a test may stop and freeze."""
    with PostgresqlServer(tmp_path) as server:
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
