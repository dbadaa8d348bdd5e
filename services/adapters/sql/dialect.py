"""INSERT ... ON CONFLICT, which both databases speak and SQLAlchemy keeps in each one's dialect."""

from __future__ import annotations

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite


def upsert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert into the table that can be told what to do with a row that is there already."""
    if dialect == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
