"""Tokens of the API, and a log of who changed what. What was logged can't be changed: triggers see to it.

Times are seconds since 1970 in UTC. `body` is JSON.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SQLITE = """
create trigger acts_stay_{name} before {change} on acts
begin select raise(abort, 'the audit log is append-only'); end
"""
POSTGRESQL = (
    """
    create function acts_stay() returns trigger language plpgsql as $$
    begin raise exception 'the audit log is append-only'; end $$
    """,
    """
    create trigger acts_stay before update or delete or truncate on acts
    for each statement execute function acts_stay()
    """,
)


def upgrade() -> None:
    op.create_table(
        "tokens",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("connection_id", sa.Text()),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("revoked_at", sa.Double()),
    )
    # Who is named in the log must be one token only, also after it was revoked.
    op.create_index("tokens_name", "tokens", ["name"], unique=True)
    op.create_table(
        "acts",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("connection", sa.Text()),
        sa.Column("item", sa.Text()),
        sa.Column("body", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )
    if op.get_bind().dialect.name == "sqlite":
        for change in ("update", "delete"):
            op.execute(SQLITE.format(name=change, change=change))
    else:
        for statement in POSTGRESQL:
            op.execute(statement)
