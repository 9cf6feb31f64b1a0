"""What each role may do: one table, for the API and its docs."""

from __future__ import annotations

from accord.ports import Role

ROLES: dict[str, Role] = {
    # Looks; writes nothing.
    "preview": Role.VIEWER,
    "previews": Role.VIEWER,
    "status": Role.VIEWER,
    "item": Role.VIEWER,
    "history": Role.VIEWER,
    "queue": Role.VIEWER,
    "errors": Role.VIEWER,
    "conflicts": Role.VIEWER,
    "losers": Role.VIEWER,
    "jobs": Role.VIEWER,
    "job": Role.VIEWER,
    "check": Role.VIEWER,
    "rules": Role.VIEWER,
    "rules_diff": Role.VIEWER,
    "rules_source": Role.VIEWER,
    "rules_stubs": Role.VIEWER,
    "rules_replay": Role.VIEWER,
    # Keeps items in sync.
    "sync": Role.OPERATOR,
    "sync_all": Role.OPERATOR,
    "unsync": Role.OPERATOR,
    "connect": Role.OPERATOR,
    "retry": Role.OPERATOR,
    "skip": Role.OPERATOR,
    "choose": Role.OPERATOR,
    "restore": Role.OPERATOR,
    "pause": Role.OPERATOR,
    "resume": Role.OPERATOR,
    "job_pause": Role.OPERATOR,
    "job_resume": Role.OPERATOR,
    "job_cancel": Role.OPERATOR,
    # Decides which rules are in force.
    "publish": Role.EDITOR,
    "roll_back": Role.EDITOR,
    # Decides with whom the node speaks, and who may speak with it.
    "invite": Role.ADMIN,
    "accept": Role.ADMIN,
    "rejoin": Role.ADMIN,
    "tokens": Role.ADMIN,
    "create_token": Role.ADMIN,
    "revoke_token": Role.ADMIN,
    "audit": Role.ADMIN,
}

# Not for tokens of one connection: these are about the node, or about connections that there are not yet.
NODE_WIDE = frozenset({"invite", "accept", "tokens", "create_token", "revoke_token", "audit"})
