"""Former pairs are found by the other side's item as well."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ENDED = sa.text("state = 'ended'")


def upgrade() -> None:
    columns = ["connection_id", "remote_key"]
    op.create_index("twins_remote_ended", "twins", columns, sqlite_where=ENDED, postgresql_where=ENDED)
