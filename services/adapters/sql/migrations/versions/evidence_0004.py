"""Whether mock was the configured primary, and evidence by the minute."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add them; of outcomes from before nobody knows, so they are no evidence."""
    op.add_column("outcomes", sa.Column("is_mock_primary", sa.Boolean, nullable=True))
    op.create_index(
        "ix_outcomes_unmarked",
        "outcomes",
        ["finished_at"],
        sqlite_where=sa.text("is_mock_primary IS NULL"),
        postgresql_where=sa.text("is_mock_primary IS NULL"),
    )
    op.create_table(
        "rollups_evidence",
        sa.Column("bucket_start", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("feature", sa.Text, primary_key=True),
        sa.Column("is_mock", sa.Boolean, primary_key=True),
        *(
            sa.Column(name, sa.BigInteger, nullable=False)
            for name in ("requests", "bad", "slow", "slower")
        ),
        sqlite_with_rowid=False,
    )
