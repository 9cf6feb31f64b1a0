"""The first schema: connections, twins, lanes with their entries and leases, and what a node remembers besides.

Times are seconds since 1970 in UTC. `body` columns hold JSON, a twin's compressed by zlib. Only what is searched for
is a column of its own.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CLUSTERED = {"sqlite_with_rowid": False}
# Rows of the queue live for a moment: PostgreSQL has to tidy their tables much sooner than its defaults do.
BUSY = ("lanes", "leases", "entries")


def upgrade() -> None:
    create_agreements()
    create_queue()
    create_memory()
    create_history()
    if op.get_context().dialect.name == "postgresql":
        for table in BUSY:
            op.execute(
                f"alter table {table} set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000)"
            )


def text(name: str, *, key: bool = False, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), primary_key=key, nullable=null)


def number(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, NUMBER, nullable=null)


def time(name: str, *, null: bool = False) -> sa.Column[float]:
    return sa.Column(name, sa.Double(), nullable=null)


def counted() -> sa.Column[int]:
    return sa.Column("id", NUMBER, primary_key=True, autoincrement=True)


def index(name: str, table: str, columns: list[str], where: str | None = None, *, unique: bool = False) -> None:
    rows = sa.text(where) if where else None
    op.create_index(name, table, columns, unique=unique, sqlite_where=rows, postgresql_where=rows)


def create_agreements() -> None:
    op.create_table("connections", text("id", key=True), text("name"), text("state"), text("body"))
    index("connections_name", "connections", ["name"], "state <> 'removed'", unique=True)
    op.create_table(
        "twins",
        text("id", key=True),
        text("connection_id"),
        text("state"),
        text("local_key", null=True),
        text("local_identity", null=True),
        text("remote_key", null=True),
        number("creating"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        time("created_at"),
    )
    index("twins_live", "twins", ["connection_id", "local_key"], "state <> 'ended'", unique=True)
    index("twins_ended", "twins", ["connection_id", "local_key"], "state = 'ended'")
    index("twins_identity", "twins", ["connection_id", "local_identity"], "local_identity is not null")
    index("twins_remote", "twins", ["connection_id", "remote_key"], "state <> 'ended'")
    index("twins_creating", "twins", ["connection_id"], "creating = 1")


def create_queue() -> None:
    op.create_table(
        "lanes",
        text("twin_id", key=True),
        text("direction", key=True),
        text("connection_id"),
        text("state"),
        time("due", null=True),
        number("attempts"),
        text("cause", null=True),
        number("last_sequence"),
        **CLUSTERED,
    )
    index("lanes_due", "lanes", ["connection_id", "due"], "state = 'ready'")
    index("lanes_busy", "lanes", ["connection_id", "twin_id", "direction"], "state <> 'idle'")
    op.create_table("answers", text("twin_id", key=True), number("sequence"), text("message"))
    op.create_table(
        "leases",
        text("twin_id", key=True),
        text("connection_id"),
        text("owner", null=True),
        time("until"),
        number("epoch"),
        **CLUSTERED,
    )
    index("leases_held", "leases", ["twin_id"], "owner is not null")
    op.create_table(
        "entries",
        counted(),
        text("twin_id"),
        text("direction"),
        number("position"),
        text("stage"),
        number("sequence", null=True),
        text("reason"),
        text("message", null=True),
        text("acknowledgment", null=True),
        time("created_at"),
        number("touched"),
        sqlite_autoincrement=True,  # an id is never used again: a late checkpoint must not hit another entry
    )
    index("entries_in_order", "entries", ["twin_id", "direction", "position"], unique=True)


def create_memory() -> None:
    op.create_table(
        "holds",
        text("scope", key=True),
        text("name", key=True),
        time("until", null=True),
        number("attempts"),
        text("cause"),
        **CLUSTERED,
    )
    op.create_table("cursors", text("tracker", key=True), text("value"), **CLUSTERED)
    op.create_table("nonces", text("key_id", key=True), text("nonce", key=True), time("used_at"), **CLUSTERED)
    index("nonces_used_at", "nonces", ["used_at"])
    op.create_table(
        "digests",
        text("tracker", key=True),
        text("item_key", key=True),
        text("attachment_id", key=True),
        text("sha256"),
        number("size"),
        **CLUSTERED,
    )
    op.create_table(
        "blob_offers",
        text("connection_id", key=True),
        text("sha256", key=True),
        text("item_key"),
        text("attachment_id"),
        **CLUSTERED,
    )
    op.create_table("counters", text("name", key=True), number("value"), **CLUSTERED)
    op.create_table("facts", text("name", key=True), text("value"), **CLUSTERED)


def create_history() -> None:
    op.create_table(
        "history",
        counted(),
        time("at"),
        text("connection_id"),
        text("twin_id"),
        text("step"),
        text("body"),
    )
    index("history_at", "history", ["at"])
    index("history_of_twin", "history", ["twin_id", "at"])
    index("history_by_step", "history", ["connection_id", "step", "at"])
