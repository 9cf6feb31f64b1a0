"""Coming to an agreement with another node: one side invites, the other accepts."""

from __future__ import annotations

from accord.config import Config, ConnectionConfig
from accord.errors import ConfigurationInvalid, UnknownThing
from accord.model import Connection, ConnectionState, Side
from accord.peers.codes import Invitation, read_code
from accord.peers.invitations import Greeter, accept_invitation, make_invitation
from accord.peers.keys import NodeIdentity
from accord.ports import Clock, Store, Transaction
from accord.rules.values import nearest


async def invite(
    config: Config, store: Store, clock: Clock, me: NodeIdentity, name: str, *, plain_http: bool = False
) -> Invitation:
    """An invitation to a connection of the configuration. While it is pending it may be invited anew, and the code
    made before stops working.

    Raises UnknownThing (no such connection in the configuration), ConfigurationInvalid (it is in force already, or
    this node's address can't be given to others; `plain_http` allows addresses without TLS).
    """
    configured = _configured(config, name)
    known = await store.read(lambda tx: _called(tx, name))
    if known is not None and known.state is not ConnectionState.PENDING:
        raise _in_force(known)
    if known is not None and known.side is Side.ACCEPTOR:
        await _give_up(store, known)
        known = None
    return await make_invitation(
        store,
        clock,
        me,
        name=name,
        tracker=configured.tracker,
        connection_id=known.id if known else None,
        policy=configured.policy,
        policies=configured.policies,
        plain_http=plain_http,
    )


async def accept(
    config: Config,
    store: Store,
    clock: Clock,
    me: NodeIdentity,
    peers: Greeter,
    code: str,
    name: str,
    *,
    plain_http: bool = False,
) -> Connection:
    """Puts a connection of the configuration in force by an invitation; may be repeated after a failure.

    An earlier invitation under this name that came to nothing is given up. Raises UnknownThing,
    ConfigurationInvalid (a damaged code, the connection is in force already), PeerRefused, Unreachable, Throttled.
    """
    configured = _configured(config, name)
    invitation = read_code(code)
    known = await store.read(lambda tx: _called(tx, name))
    if known is not None and known.id != invitation.connection:
        if known.state is not ConnectionState.PENDING:
            raise _in_force(known)
        await _give_up(store, known)
    return await accept_invitation(
        store, clock, me, peers, code, name=name, tracker=configured.tracker, plain_http=plain_http
    )


def _configured(config: Config, name: str) -> ConnectionConfig:
    if name not in config.connections:
        raise UnknownThing(
            f"There is no [connections.{name}] in {config.path.name}.",
            remedy=nearest(name, list(config.connections)) or "Add it, with its tracker and map.",
            file=str(config.path),
            field="connection",
            value=name,
        )
    return config.connections[name]


def _called(tx: Transaction, name: str) -> Connection | None:
    there = (c for c in tx.connections() if c.name == name and c.state is not ConnectionState.REMOVED)
    return next(there, None)


async def _give_up(store: Store, pending: Connection) -> None:
    removed = pending.model_copy(update={"state": ConnectionState.REMOVED})
    await store.run(lambda tx: tx.put_connection(removed))


def _in_force(known: Connection) -> ConfigurationInvalid:
    return ConfigurationInvalid(
        f"Connection {known.name} is in force already, with {known.peer_node} at {known.peer_url}.",
        remedy="Give the new one a name of its own in accord.toml.",
        field="connection",
        value=known.name,
    )
