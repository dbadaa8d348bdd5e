"""INSERT ... ON CONFLICT, which both databases speak and SQLAlchemy keeps in each one's dialect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Table
from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql


def upsert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert into the table that can be told what to do with a row that is there already."""
    if dialect == "postgresql":
        # This dialect takes 2 MB, which a gateway on one machine can do without.
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415

        return postgresql.insert(table)
    return sqlite.insert(table)
