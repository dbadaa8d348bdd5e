"""What requests took from quotas, so that counters can be rebuilt."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add it; requests from before are not known to have been admitted, and count for nothing."""
    op.add_column(
        "outcomes",
        sa.Column("is_admitted", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "rollups_quota",
        sa.Column("bucket_start", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("feature", sa.Text, primary_key=True),
        sa.Column("requests", sa.BigInteger, nullable=False),
        sa.Column("tokens", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
