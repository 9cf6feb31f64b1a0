"""Rules have versions, what they were run on is kept, and jobs run in the background.

Times are seconds since 1970 in UTC. `body` is JSON; that of `received` and `samples` is compressed by zlib.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "rules_versions",
        sa.Column("connection_id", sa.Text(), primary_key=True),
        sa.Column("number", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_table(
        "received",
        sa.Column("twin_id", sa.Text(), primary_key=True),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("rules", NUMBER, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "jobs",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("connection_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rules", NUMBER, nullable=False),
        sa.Column("pace", sa.Double(), nullable=False),
        sa.Column("total", NUMBER, nullable=False),
        sa.Column("done", NUMBER, nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("next_at", sa.Double(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "samples",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("connection_id", sa.Text(), nullable=False),
        sa.Column("twin_id", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("rules", NUMBER, nullable=False),
        sa.Column("first_sync", NUMBER, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )
    op.create_index("samples_of_connection", "samples", ["connection_id", "id"])
