"""Which twins wait for which items of the other side's to come under sync."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "waits",
        sa.Column("connection_id", sa.Text(), primary_key=True),
        sa.Column("remote_key", sa.Text(), primary_key=True),
        sa.Column("twin_id", sa.Text(), primary_key=True),
    )
    op.create_index("waits_of_twin", "waits", ["twin_id"])
