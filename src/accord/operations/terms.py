"""The terms of an agreement in words: who wins which conflict, as seen from this side."""

from __future__ import annotations

from accord.model import Connection, Policy, Side


def terms_in_words(connection: Connection) -> dict[str, str]:
    """By path of the replica; `*` is every other field."""
    every = {"*": connection.policy} | dict(sorted(connection.policies.items()))
    return {path: in_words(policy, connection) for path, policy in every.items()}


def in_words(policy: Policy, connection: Connection) -> str:
    """What a policy means for this side."""
    if policy in (Policy.INITIATOR, Policy.ACCEPTOR):
        ours = connection.side is Side(policy.value)
        other = f"the other side ({connection.peer_node}) wins" if connection.peer_node else "the other side wins"
        return f"{policy}: {'this side wins' if ours else other}"
    return f"{policy}: {_WORDS[policy]}"


_WORDS = {
    Policy.LATEST: "the later edit wins",
    Policy.MERGE: "both edits of a text, where they do not overlap, else the later one",
    Policy.ASK: "a person chooses, on either side",
}
