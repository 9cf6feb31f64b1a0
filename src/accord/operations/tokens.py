"""Tokens by which programs use the API: made, told once, looked at, revoked, recognised."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from accord.errors import NeedsOperator, UnknownThing
from accord.operations.find import connection_called
from accord.ports import Ports, Role, Store, Token, Transaction
from accord.rules.values import nearest

PREFIX = "accord_"
DAYS = 90
MOST_DAYS = 3650
NAMES = r"^[A-Za-z0-9][A-Za-z0-9 ._@+-]{0,63}$"
_FORM = re.compile(PREFIX + r"([0-9a-f]{16})_([A-Za-z0-9_-]{43})")
_NOBODY = "0" * 64


@dataclass(frozen=True)
class TokenLine:
    """A token as people see it. `connection` None: all of them, and the node itself. `state`: valid, expired or
    revoked."""

    id: str
    name: str
    role: Role
    connection: str | None
    state: str
    created_at: datetime
    created_by: str
    expires_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True)
class Made:
    """A new token. `secret` is what its bearer shows; it is told now, and never again."""

    token: TokenLine
    secret: str


async def create_token(
    ports: Ports, name: str, role: Role, *, who: str, connection: str | None = None, days: float = DAYS
) -> Made:
    """A token for all connections, or one only, that expires after so many days.

    Only the hash of its secret is kept. Raises UnknownThing (no such connection), NeedsOperator (a name that can't be
    used, or was used before: the audit log tells tokens by their names).
    """
    _check(name, days)
    now, identifier, secret = ports.clock.now(), secrets.token_hex(8), secrets.token_urlsafe(32)

    def work(tx: Transaction) -> TokenLine:
        scope = connection_called(tx, connection).id if connection is not None else None
        expires = now + timedelta(days=days)
        token = Token(identifier, name, role, scope, _digest(secret), now, who, expires)
        if not tx.add_token(token):
            raise NeedsOperator(
                f"There is a token {name!r} already, or there was one.",
                remedy="Choose another name: the audit log tells tokens by their names.",
                field="name",
                value=name,
            )
        return _line(tx, token, now)

    return Made(await ports.store.run(work), f"{PREFIX}{identifier}_{secret}")


async def tokens(ports: Ports) -> list[TokenLine]:
    """All that there are or were, the newest first."""
    now = ports.clock.now()
    return await ports.store.read(lambda tx: [_line(tx, token, now) for token in tx.tokens()])


async def revoke_token(ports: Ports, which: str) -> TokenLine:
    """Ends a token, by its name or id, for good. Raises UnknownThing, NeedsOperator (it was revoked before)."""

    def work(tx: Transaction) -> TokenLine:
        now, every = ports.clock.now(), tx.tokens()
        found = next((token for token in every if which in (token.id, token.name)), None)
        if found is None:
            remedy = nearest(which, [token.name for token in every]) or "Those there are: accord token list."
            raise UnknownThing(f"There is no token {which!r}.", remedy=remedy, field="token", value=which)
        if not tx.revoke_token(found.id, now):
            raise NeedsOperator(f"Token {found.name} was revoked before.", field="token", value=found.name)
        return _line(tx, tx.token(found.id) or found, now)

    return await ports.store.run(work)


async def token_of(store: Store, shown: str, now: datetime) -> tuple[Token, str] | None:
    """The token that somebody shows, and how it stands (valid, expired, revoked); None if there is none such.

    Takes the same time for every secret that is wrong, whether its token exists or not.
    """
    form = _FORM.fullmatch(shown)
    token = await store.read(lambda tx: tx.token(form[1])) if form else None
    matches = hmac.compare_digest(_digest(form[2] if form else ""), token.digest if token else _NOBODY)
    return (token, _state(token, now)) if token is not None and matches else None


def _check(name: str, days: float) -> None:
    if not re.fullmatch(NAMES, name):
        raise NeedsOperator(
            "A token can't be called that.",
            remedy="A name has up to 64 letters, digits and . _ @ + - or spaces, and starts with a letter or digit.",
            field="name",
            value=name,
        )
    if not 0 < days <= MOST_DAYS:
        raise NeedsOperator(
            "A token can't be valid for that long.", remedy=f"Give 1 to {MOST_DAYS} days.", field="days", value=days
        )


def _digest(secret: str) -> str:
    # 256 random bits can't be guessed, so that a hash made slow would only slow down every request.
    return hashlib.sha256(secret.encode()).hexdigest()


def _line(tx: Transaction, token: Token, now: datetime) -> TokenLine:
    known = tx.connection(token.connection_id) if token.connection_id else None
    name = known.name if known else token.connection_id
    return TokenLine(
        id=token.id,
        name=token.name,
        role=token.role,
        connection=name,
        state=_state(token, now),
        created_at=token.created_at,
        created_by=token.created_by,
        expires_at=token.expires_at,
        revoked_at=token.revoked_at,
    )


def _state(token: Token, now: datetime) -> str:
    if token.revoked_at is not None:
        return "revoked"
    return "valid" if now < token.expires_at else "expired"
