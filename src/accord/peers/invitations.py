"""How two nodes come to agree: one invites, the other accepts, both pin each other's key.

The inviter keeps the connection pending and a hash of the secret as a fact. The acceptor stores the connection as
pending with the key that the code names, so that nothing the inviter sends can come too early, posts its own facts
and the secret, and activates the connection when the inviter has done the same. Each step can be repeated.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field, field_validator

from accord.errors import ConfigurationInvalid, PeerRefused
from accord.model import Connection, ConnectionState, Policy, Side
from accord.model.message import PROTOCOL_VERSION
from accord.peers.codes import Invitation, check_url, read_code
from accord.peers.keys import NodeIdentity, read_public_key
from accord.peers.refusals import Refused, clean
from accord.ports import Clock, Store, Transaction

VALID_FOR = timedelta(days=7)
_TURNED_DOWN = {"state": ConnectionState.REMOVED, "paused_because": "The inviter turned the invitation down."}


class NodeFacts(BaseModel):
    """What a node tells of itself when a connection is made. `key` is base64 of 32 bytes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = Field(min_length=1, max_length=100)
    url: str = Field(max_length=2_000)
    key: str

    @field_validator("name")
    @classmethod
    def _one_line(cls, name: str) -> str:
        return clean(name, 100) or "unnamed"

    @field_validator("key")
    @classmethod
    def _is_key(cls, key: str) -> str:
        read_public_key(key)
        return key


class Acceptance(BaseModel):
    """`POST /peer/v1/invitations/accept`, signed with the key in `node`. `policies`: those of single fields, said back
    by who knows of such."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    protocol: int = PROTOCOL_VERSION
    connection: str = Field(max_length=128)
    secret: str = Field(max_length=128, repr=False)
    policies: dict[str, Policy] = Field(default_factory=dict, max_length=100)
    node: NodeFacts


class Welcome(BaseModel):
    """The inviter's answer, signed with the key that the code names."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    protocol: int = PROTOCOL_VERSION
    connection: str
    policy: Policy
    policies: dict[str, Policy] = Field(default_factory=dict, max_length=100)
    node: NodeFacts


class Greeter(Protocol):
    """The one call that accepting needs; `PeerClient` has it."""

    async def accept(self, invitation: Invitation, acceptance: Acceptance) -> Welcome:
        """Raises Unreachable, Throttled, PeerRefused."""
        ...


def facts_of(me: NodeIdentity) -> NodeFacts:
    """What this node tells of itself."""
    return NodeFacts(name=me.name, url=me.url, key=me.key.public)


async def make_invitation(
    store: Store,
    clock: Clock,
    me: NodeIdentity,
    *,
    name: str,
    tracker: str,
    connection_id: str | None = None,
    policy: Policy = Policy.LATEST,
    policies: Mapping[str, Policy] | None = None,
    valid_for: timedelta = VALID_FOR,
    plain_http: bool = False,
) -> Invitation:
    """Stores a pending connection and gives the invitation to it; its `code()` holds the only copy of the secret.

    A connection of this id that is still pending gets a new invitation, and the old one stops working.
    Raises ConfigurationInvalid if this node's own address can't be used or the connection is past inviting.
    """
    now = clock.now()
    connection_id = connection_id or secrets.token_hex(10)
    invitation = Invitation(
        url=check_url(me.url, plain_http=plain_http),
        connection=connection_id,
        key=me.key.public,
        node=me.name,
        policy=policy,
        secret=secrets.token_urlsafe(18),
        expires=now + valid_for,
        policies=dict(policies or {}),
    )
    connection = Connection(
        id=connection_id,
        name=name,
        tracker=tracker,
        side=Side.INITIATOR,
        policy=policy,
        policies=invitation.policies,
        created_at=now,
    )
    await store.run(lambda tx: _offer(tx, connection, invitation))
    return invitation


def _offer(tx: Transaction, connection: Connection, invitation: Invitation) -> None:
    known = tx.connection(connection.id)
    if known is not None and (known.state is not ConnectionState.PENDING or known.side is not Side.INITIATOR):
        raise _taken(known)
    terms = {"policy": connection.policy, "policies": connection.policies}
    tx.put_connection(connection if known is None else known.model_copy(update=terms))
    _remember(tx, connection.id, {"secret": _hash(invitation.secret), "expires": invitation.expires.isoformat()})


def redeem(
    tx: Transaction, acceptance: Acceptance, signer_key: str, now: datetime, *, plain_http: bool = False
) -> Connection:
    """The inviter's part: pins the acceptor's key and activates the connection. Raises Refused.

    Repeating it with the same key gives the same answer; that the code was used or is too old is told only to those
    who know its secret.
    """
    if signer_key != acceptance.node.key:
        raise Refused(401, "signature", "The request is not signed with the key that it names.")
    connection, known = tx.connection(acceptance.connection), _recall(tx, acceptance.connection)
    # Compared even where there is nothing to compare with, so that an unknown connection takes as long.
    right = hmac.compare_digest(str(known.get("secret", "")), _hash(acceptance.secret))
    if connection is None or not right:
        raise Refused(
            401, "invitation_unknown", "There is no such invitation.", "Copy the code again, or ask for a new one."
        )
    if known.get("accepted_by") == signer_key and connection.state in (ConnectionState.ACTIVE, ConnectionState.PAUSED):
        return connection
    _check_redeemable(connection, known, now)
    if acceptance.policies != connection.policies:
        raise Refused(
            409,
            "terms",
            "This invitation has policies for single fields, and the accepting node does not say them back.",
            "Bring the accepting node up to date, then accept the same code again.",
        )
    agreed = connection.model_copy(
        update={
            "state": ConnectionState.ACTIVE,
            "peer_node": acceptance.node.name,
            "peer_url": _address(acceptance.node.url, plain_http),
            "peer_key": signer_key,
        }
    )
    tx.put_connection(agreed)
    _remember(tx, connection.id, known | {"accepted_by": signer_key})
    return agreed


def _check_redeemable(connection: Connection, known: dict[str, Any], now: datetime) -> None:
    if known.get("accepted_by") or connection.state is not ConnectionState.PENDING:
        raise Refused(409, "invitation_used", "The invitation was used before.", "Ask the inviter for a new one.")
    if now > datetime.fromisoformat(known["expires"]):
        raise Refused(410, "invitation_expired", "The invitation has expired.", "Ask the inviter for a new one.")


def _address(url: str, plain_http: bool) -> str:
    try:
        return check_url(url, plain_http=plain_http)
    except ConfigurationInvalid as error:
        raise Refused(422, "address", error.message, error.remedy) from None


async def accept_invitation(
    store: Store,
    clock: Clock,
    me: NodeIdentity,
    peers: Greeter,
    code: str,
    *,
    name: str,
    tracker: str,
    plain_http: bool = False,
) -> Connection:
    """The acceptor's part: gives the active connection. May be repeated after a failure.

    `name` is this side's own name of the connection, `tracker` the name of the tracker behind it. Raises
    ConfigurationInvalid (the code or an address can't be used, the connection is there already), PeerRefused (the
    invitation is used, expired, unknown), Unreachable, Throttled.
    """
    invitation = read_code(code)
    address = check_url(invitation.url, plain_http=plain_http)
    own = facts_of(me).model_copy(update={"url": check_url(me.url, plain_http=plain_http)})
    if invitation.key == me.key.public:
        raise ConfigurationInvalid(
            "This is this node's own invitation.", remedy="Accept it on the other node.", field="code"
        )
    pending = Connection(
        id=invitation.connection,
        name=name,
        tracker=tracker,
        side=Side.ACCEPTOR,
        policy=invitation.policy,
        policies=invitation.policies,
        peer_node=clean(invitation.node, 100),
        peer_url=address,
        peer_key=invitation.key,
        created_at=clock.now(),
    )
    connection = await store.run(lambda tx: _prepare(tx, pending))
    if connection.state is ConnectionState.ACTIVE:
        return connection
    acceptance = Acceptance(
        connection=invitation.connection, secret=invitation.secret, policies=invitation.policies, node=own
    )
    try:
        welcome = await peers.accept(invitation, acceptance)
        _check_welcome(welcome, invitation)
    except PeerRefused:
        # Its name is free again, and a renewed invitation to the same connection can still be accepted.
        await store.run(lambda tx: tx.put_connection(connection.model_copy(update=_TURNED_DOWN)))
        raise
    agreed = connection.model_copy(update={"state": ConnectionState.ACTIVE, "peer_node": welcome.node.name})
    await store.run(lambda tx: tx.put_connection(agreed))
    return agreed


def _prepare(tx: Transaction, pending: Connection) -> Connection:
    known = tx.connection(pending.id)
    if known is None:
        tx.put_connection(pending)
        return pending
    if known.side is not Side.ACCEPTOR or known.peer_key != pending.peer_key:
        raise _taken(known)
    if known.state is ConnectionState.ACTIVE:
        return known
    if known.state is not ConnectionState.PENDING and known.paused_because != _TURNED_DOWN["paused_because"]:
        raise _taken(known)
    tx.put_connection(pending)
    return pending


def _check_welcome(welcome: Welcome, invitation: Invitation) -> None:
    told = (welcome.connection, welcome.node.key, welcome.policy, welcome.policies)
    if told != (invitation.connection, invitation.key, invitation.policy, invitation.policies):
        raise PeerRefused(
            "The inviter's answer differs from its invitation.", remedy="Ask the inviter for a new invitation."
        )


def _taken(known: Connection) -> ConfigurationInvalid:
    return ConfigurationInvalid(
        f"There is already a connection {known.id} here, named {known.name}, which is {known.state}.",
        remedy="Make a new invitation with another connection.",
        field="connection",
    )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _recall(tx: Transaction, connection_id: str) -> dict[str, Any]:
    known: dict[str, Any] = json.loads(tx.fact(f"invitation:{connection_id}") or "{}")
    return known


def _remember(tx: Transaction, connection_id: str, known: dict[str, Any]) -> None:
    tx.put_fact(f"invitation:{connection_id}", json.dumps(known))
