"""Twins tell how many questions they have for people, so that these are found without reading all twins."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("twins", sa.Column("asked", NUMBER, nullable=False, server_default="0"))
    rows = sa.text("asked > 0 and state <> 'ended'")
    op.create_index("twins_asked", "twins", ["connection_id"], sqlite_where=rows, postgresql_where=rows)
