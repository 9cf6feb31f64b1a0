"""Invitations: a connection of the configuration is offered to another node, or accepted from one."""

from __future__ import annotations

from accord.config import Config, ConnectionConfig
from accord.errors import UnknownThing
from accord.model import Connection, ConnectionState
from accord.operations.finding import nearest
from accord.peers.codes import Invitation
from accord.peers.invitations import Greeter, accept_invitation, make_invitation
from accord.peers.keys import NodeIdentity
from accord.ports import Clock, Store, Transaction


async def invite(config: Config, store: Store, clock: Clock, me: NodeIdentity, name: str) -> Invitation:
    """An invitation to a configured connection. A pending one of this name is invited anew.

    Raises UnknownThing, ConfigurationInvalid.
    """
    configured = _configured(config, name)

    def pending(tx: Transaction) -> str | None:
        found = [c for c in tx.connections() if c.name == name and c.state is not ConnectionState.REMOVED]
        return found[0].id if found else None

    return await make_invitation(
        store,
        clock,
        me,
        name=name,
        tracker=configured.tracker,
        connection_id=await store.read(pending),
        policy=configured.policy,
        plain_http=True,
    )


async def accept(
    config: Config, store: Store, clock: Clock, me: NodeIdentity, peers: Greeter, code: str, name: str
) -> Connection:
    """Puts an invited connection in force, under this side's own name. May be repeated.

    Raises UnknownThing, ConfigurationInvalid, PeerRefused, Unreachable.
    """
    configured = _configured(config, name)
    return await accept_invitation(
        store, clock, me, peers, code.strip(), name=name, tracker=configured.tracker, plain_http=True
    )


def _configured(config: Config, name: str) -> ConnectionConfig:
    if name not in config.connections:
        raise UnknownThing(
            f"There is no [connections.{name}] in {config.path.name}.",
            remedy=nearest(name, config.connections, "accord check"),
            file=str(config.path),
            field="connection",
            value=name,
        )
    return config.connections[name]
