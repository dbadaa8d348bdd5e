"""Brings the tables to this version's shape, from whatever revision they have."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from services.domain.errors import SourceDown

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(connection: Connection, database: str) -> None:
    """Run what is missing, in the connection's transaction.

    Args:
        database: its kind, for people.

    Raises:
        SourceDown: the tables are of a newer version.
    """
    if connection.dialect.name == "postgresql":
        # Instances that start together migrate one after the other.
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7203101)")
    script = ScriptDirectory(str(MIGRATIONS))
    stored = MigrationContext.configure(connection).get_current_revision()
    if stored is not None and stored not in {r.revision for r in script.walk_revisions()}:
        raise SourceDown(
            f"The ledger ({database}) has schema {stored}, which this version of Sluice does not "
            "know: a newer one wrote it. Update Sluice, or restore an older backup."
        )
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
