"""Items that an item names, its parent and those it is linked with, as both sides can know them: by their twins."""

from __future__ import annotations

from accord.model import Connection, Replica, TwinState
from accord.ports import Store, Transaction, TwinOf


async def with_twins(store: Store, connection: Connection, replica: Replica) -> Replica:
    """The replica with the twins of the items that it names, as far as they are under sync through the connection."""
    keys = sorted({link.key for link in replica.links if link.key} | ({replica.parent} if replica.parent else set()))
    if not keys:
        return replica

    def look(tx: Transaction) -> dict[str, str]:
        found = {key: tx.live_twin(connection.id, key) for key in keys}
        return {key: twin.id for key, twin in found.items() if twin is not None}

    return replica.model_copy(update={"twins": await store.read(look)})


def twin_of(store: Store, connection_id: str, replica: Replica | None) -> TwinOf:
    """Finds our key for one of the other side's, by the twin that `replica` names with it or else by the key itself.
    Each is looked up once, so that it answers the same for as long as it is used."""
    named = replica.twins if replica else {}
    known: dict[str, str | None] = {}

    def look(tx: Transaction, remote_key: str) -> str | None:
        twin = tx.twin(named[remote_key]) if remote_key in named else None
        if twin is not None and twin.connection == connection_id and twin.state is not TwinState.ENDED:
            return twin.local_key
        found = tx.twin_of_remote(connection_id, remote_key)
        return found.local_key if found else None

    async def look_up(remote_key: str) -> str | None:
        if remote_key not in known:
            known[remote_key] = await store.read(lambda tx: look(tx, remote_key))
        return known[remote_key]

    return look_up
