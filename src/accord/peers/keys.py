"""The node's own Ed25519 key, and how keys are written and read aloud."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from accord.errors import ConfigurationInvalid

KEY_FILE = "node-key.pem"
KEY_BYTES = 32


class NodeKey:
    """An Ed25519 key pair. `public` is base64 of the raw 32 bytes; the private half never leaves this object."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self.private = private
        self.public = base64.b64encode(private.public_key().public_bytes_raw()).decode("ascii")
        self.fingerprint = fingerprint(self.public)

    def __repr__(self) -> str:
        return f"NodeKey({self.fingerprint})"


@dataclass(frozen=True)
class NodeIdentity:
    """Who this node is to others: its name, the address at which they reach it, and its key."""

    name: str
    url: str
    key: NodeKey


def read_public_key(text: str) -> Ed25519PublicKey:
    """The key written as base64 of 32 raw bytes. Raises ValueError for anything else."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("A public key is base64 of 32 bytes.") from error
    # One spelling a key: pinned keys are compared as text.
    if len(raw) != KEY_BYTES or base64.b64encode(raw).decode("ascii") != text:
        raise ValueError("A public key is base64 of 32 bytes.")
    return Ed25519PublicKey.from_public_bytes(raw)


def fingerprint(public: str) -> str:
    """Four groups of four letters to compare by eye or phone: 80 bits of the key's SHA-256."""
    letters = base64.b32encode(hashlib.sha256(base64.b64decode(public)).digest()[:10]).decode("ascii")
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


def load_node_key(folder: Path) -> NodeKey:
    """The key in `folder`, made on first use. Raises ConfigurationInvalid if others may read it or it is no key."""
    path = folder / KEY_FILE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _create(path)
    _refuse_if_shared(path)
    return NodeKey(_read(path))


def _create(path: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link never replaces: of two processes that start at once, both go on with the first one's key.
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink(missing_ok=True)


def _refuse_if_shared(path: Path) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise ConfigurationInvalid(
            f"The node's private key can be read or changed by other accounts (mode {mode:04o}).",
            remedy=f"Run `chmod 600 {path}`; if others may have read it, delete it and renew the invitations.",
            file=str(path),
        )


def _read(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _not_a_key(path) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _not_a_key(path)
    return key


def _not_a_key(path: Path) -> ConfigurationInvalid:
    return ConfigurationInvalid(
        "This is not an unencrypted Ed25519 private key in PEM form.",
        remedy="Restore it from a backup, or delete it: a new key is made, and every connection is to be invited anew.",
        file=str(path),
    )
