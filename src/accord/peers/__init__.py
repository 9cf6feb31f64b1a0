"""Between nodes: keys, signatures, invitations, client, server, and the bytes of attachments on their way."""

from accord.peers.blobs import LocalBlobs
from accord.peers.client import PeerClient
from accord.peers.invitations import accept_invitation, make_invitation
from accord.peers.keys import NodeIdentity, NodeKey, load_node_key
from accord.peers.server import PeerServer, PeerService

__all__ = [
    "LocalBlobs",
    "NodeIdentity",
    "NodeKey",
    "PeerClient",
    "PeerServer",
    "PeerService",
    "accept_invitation",
    "load_node_key",
    "make_invitation",
]
