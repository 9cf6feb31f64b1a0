"""Tokens of the API, and the log of what people changed."""

from __future__ import annotations

from datetime import datetime

from accord.ports import Act, Token
from accord.store import rows
from accord.store.statements import Statements

END = 2**62


class Access:
    """The part of a transaction that keeps tokens and the audit log, to which lines are only ever added."""

    sql: Statements

    def add_token(self, token: Token) -> bool:
        """False, and nothing is written, if there is one of this name or id, revoked or not."""
        written = self.sql.add_token(
            id=token.id,
            name=token.name,
            role=token.role.value,
            connection_id=token.connection_id,
            digest=token.digest,
            created_at=rows.seconds(token.created_at),
            created_by=token.created_by,
            expires_at=rows.seconds(token.expires_at),
        )
        return bool(written)

    def token(self, token_id: str) -> Token | None:
        row = self.sql.token_by_id(id=token_id)
        return rows.token(row) if row else None

    def tokens(self) -> list[Token]:
        """All, the newest first."""
        return [rows.token(row) for row in self.sql.all_tokens()]

    def revoke_token(self, token_id: str, now: datetime) -> bool:
        """False if there is no such token that is not revoked."""
        return bool(self.sql.revoke_token(id=token_id, now=rows.seconds(now)))

    def add_act(self, act: Act) -> None:
        self.sql.add_act(
            act=act.act,
            at=rows.seconds(act.at),
            who=act.who,
            via=act.via,
            origin=act.origin,
            what=act.what,
            outcome=act.outcome.value,
            connection=act.connection,
            item=act.item,
            body=rows.act_body(act),
        )

    def acts(self, *, before: int | None = None, limit: int = 100) -> list[tuple[int, Act]]:
        """See `ports.Transaction`."""
        found = self.sql.all_acts(before=END if before is None else before, most=limit)
        return [(int(row[0]), rows.act(row[1:])) for row in found]
