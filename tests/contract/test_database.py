import gc
import logging
import shutil
import time
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select
from sqlalchemy import text as sql

from services.adapters.sql.engine import DOWN_S, HEAD, Database
from services.adapters.sql.schema import control, metadata
from services.adapters.sql.upgrade import MIGRATIONS
from services.domain.errors import SourceDown, Unprocessable
from tests.postgresql_server import PostgresqlServer
from tests.servers import eventually


def test_migrations_make_exactly_the_tables_of_the_schema(database: Database) -> None:
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_again_keeps_what_is_stored(database: Database) -> None:
    with database.write() as connection:
        connection.execute(control.update().values(revision=41))
    database.migrate()
    with database.read() as connection:
        assert connection.execute(select(control.c.revision)).scalar_one() == 41


def test_known_revision_is_that_of_the_newest_migration() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == HEAD


def test_migrating_leaves_the_log_as_it_was(database: Database) -> None:
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    database.migrate()
    assert (logging.getLogger().handlers, logging.getLogger().level) == (handlers, level)


def test_database_of_a_newer_version_is_refused_with_what_to_do(database: Database) -> None:
    with database.write() as connection:
        connection.execute(sql("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SourceDown, match=r"schema 9999.*Update Sluice"):
        database.migrate()


def test_failed_block_leaves_nothing_behind(database: Database) -> None:
    def fail_half_way() -> None:
        with database.write() as connection:
            connection.execute(control.update().values(revision=7))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    with database.read() as connection:
        assert connection.execute(select(control.c.revision)).scalar_one() == 0


def test_read_sees_one_state_throughout(database: Database) -> None:
    with database.read() as reader:
        before = reader.execute(select(control.c.revision)).scalar_one()
        with database.write() as writer:
            writer.execute(control.update().values(revision=before + 1))
        assert reader.execute(select(control.c.revision)).scalar_one() == before


def test_missing_sqlite_file_is_an_outage_and_is_not_created(sqlite_path: Path) -> None:
    database = Database(f"sqlite:///{sqlite_path}")
    sqlite_path.unlink()
    said = r"ledger \(SQLite\) does not answer: unable to open"
    with pytest.raises(SourceDown, match=said), database.read():
        pass
    assert not sqlite_path.exists()


def test_sqlite_file_replaced_by_garbage_is_an_outage_until_it_is_back(sqlite_path: Path) -> None:
    database = Database(f"sqlite:///{sqlite_path}")
    with database.read() as connection:
        connection.execute(select(control)).one()
    kept = sqlite_path.with_suffix(".kept")
    shutil.move(sqlite_path, kept)
    sqlite_path.write_bytes(b"this is no database at all" * 400)

    with pytest.raises(SourceDown, match="not a database"), database.read() as connection:
        connection.execute(select(control)).one()
    with pytest.raises(SourceDown, match="not a database"), database.write() as connection:
        connection.execute(control.update().values(revision=2))

    shutil.move(kept, sqlite_path)
    with database.read() as connection:
        assert connection.execute(select(control.c.revision)).scalar_one() == 0


def test_folder_that_cannot_be_made_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SourceDown, match="kill still works"):
        Database(f"sqlite:///{tmp_path}/file/ledger.db").migrate()


def test_unreachable_postgresql_is_an_outage_that_hides_the_password() -> None:
    database = Database("postgresql://sluice:s3cr3t@127.0.0.1:9/ledger")
    with pytest.raises(SourceDown) as caught, database.read():
        pass
    assert "ledger (PostgreSQL) does not answer" in caught.value.message
    assert "s3cr3t" not in caught.value.message


def test_unreachable_postgresql_leaves_no_failed_connections_to_the_garbage_collector() -> None:
    database = Database("postgresql://sluice:secret@127.0.0.1:1/sluice")

    def fail() -> None:
        with pytest.raises(SourceDown), database.read():
            pass

    fail()
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            fail()
        assert gc.collect() < 20
    finally:
        gc.enable()


@pytest.mark.parametrize(
    "url", ["", "mysql://host/db", "sqlite://", "sqlite:///:memory:", "nonsense"]
)
def test_url_that_names_no_database_says_what_to_write(url: str) -> None:
    with pytest.raises(Unprocessable, match=r"use sqlite:///path/to/ledger\.db"):
        Database(url)


def test_a_frozen_postgresql_is_an_outage_in_time_and_left_alone_for_a_second(
    own_postgresql: PostgresqlServer,
) -> None:
    database = Database(own_postgresql.new_database(), patience_s=0.3)
    with database.read() as connection:
        connection.execute(sql("SELECT 1"))
    own_postgresql.pause()
    for most_s, said in ((4.0, "does not answer"), (0.3, "a moment ago")):
        began_s = time.monotonic()
        with pytest.raises(SourceDown, match=said), database.read() as connection:
            connection.execute(sql("SELECT 1"))
        assert time.monotonic() - began_s < most_s
    own_postgresql.resume()
    eventually(lambda: reads(database), within_s=DOWN_S + 1)
    database.close()


def reads(database: Database) -> bool:
    try:
        with database.read() as connection:
            return connection.execute(sql("SELECT 1")).scalar_one() == 1
    except SourceDown:
        return False
