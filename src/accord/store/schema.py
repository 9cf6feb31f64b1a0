"""Brings a database to the newest revision of the schema. Alembic is imported only when there is something to apply."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from accord.errors import ConfigurationInvalid

MIGRATIONS = Path(__file__).parent / "migrations"


@cache
def revisions() -> tuple[str, ...]:
    """All revisions that this release knows, oldest first."""
    return tuple(sorted(path.name.split("_")[0] for path in MIGRATIONS.glob("versions/[0-9]*.py")))


def outdated(recorded: str | None, database: str) -> bool:
    """Whether a database at revision `recorded` has to be migrated. ConfigurationInvalid if a newer release made it."""
    if recorded is not None and recorded not in revisions():
        raise ConfigurationInvalid(
            f"The database {database} was made by a newer release of Accord.",
            remedy=f"Start that release, or use another database: this one knows the schema up to {revisions()[-1]}.",
            value=recorded,
        )
    return recorded != revisions()[-1]


def migrate(dialect: str, connect: Callable[[], Any], lock: str, recorded: Callable[[Any], str | None]) -> None:
    """Applies what is missing, in one transaction that `lock`, its first statement, keeps other processes out of.

    `dialect` is SQLAlchemy's name of dialect and driver; `connect` gives a connection of that driver; `recorded` reads
    the revision from one.
    """
    import alembic.command
    import alembic.config
    import sqlalchemy

    engine = sqlalchemy.create_engine(f"{dialect}://", creator=connect, poolclass=sqlalchemy.pool.StaticPool)
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(lock)
            # Another process may have migrated while this one waited for the lock.
            if outdated(recorded(connection.connection.dbapi_connection), dialect):
                config = alembic.config.Config()
                config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
                config.attributes["connection"] = connection
                alembic.command.upgrade(config, "head")
    finally:
        engine.dispose()
