"""The node's database, on SQLite or PostgreSQL: `open_store(url)`."""

from accord.store.opening import SqlStore, open_store

__all__ = ["SqlStore", "open_store"]
