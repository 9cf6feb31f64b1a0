"""What was agreed about conflicts held against the configuration: where it says otherwise, or can't be told apart."""

from __future__ import annotations

from collections.abc import Iterator

from accord.config import ConnectionConfig
from accord.model import Connection, ConnectionState, Policy
from accord.ports import Description
from accord.rules.fitting import Misfit
from accord.rules.table import MappingTable

IN_FORCE = (ConnectionState.ACTIVE, ConnectionState.PAUSED)
TEXTS = ("text", "rich_text")


def terms_misfits(
    configured: ConnectionConfig, agreed: Connection | None, description: Description
) -> Iterator[Misfit]:
    """Of a connection; `agreed` is what the database knows of it, None before any invitation. All may be meant so."""
    if agreed is not None and agreed.state in IN_FORCE:
        yield from _otherwise(configured, agreed)
        policies = agreed.policies
    else:
        policies = configured.policies
    for path, policy in sorted(policies.items()):
        yield from _field(configured, path, policy, description)


def _otherwise(configured: ConnectionConfig, agreed: Connection) -> Iterator[Misfit]:
    """Terms are those of the invitation: what the file says since then, or on the side that accepted, does nothing."""
    remedy = "Terms stay as they were agreed. To change them, make a new connection: accord invite."
    said, field_policies = configured.table.model_fields_set, configured.policies
    if "policy" in said and configured.policy is not agreed.policy:
        message = f"The file says {configured.policy}, and {agreed.policy} was agreed with {agreed.peer_node}."
        yield Misfit(("policy",), message, remedy, configured.policy.value, certain=False)
    for path in sorted(field_policies.keys() | agreed.policies.keys() if "policies" in said else ()):
        ours, theirs = field_policies.get(path, configured.policy), agreed.policies.get(path, agreed.policy)
        if ours is not theirs:
            key = ("policies", path) if path in field_policies else ("policies",)
            message = f"For {path} the file says {ours}, and {theirs} was agreed with {agreed.peer_node}."
            yield Misfit(key, message, remedy, ours.value, certain=False)


def _field(configured: ConnectionConfig, path: str, policy: Policy, description: Description) -> Iterator[Misfit]:
    table = configured.table.map
    key = ("policies", path) if path in configured.policies else ("policy",)
    sent, taken = _fields_by(table, path, sends=True), _fields_by(table, path, sends=False)
    if configured.script is None and not sent | taken:
        remedy = f"Add a field that travels as {path}, or leave it: the other side may have one."
        yield Misfit(key, f"No field of the map is sent or taken as {path}: its policy decides nothing here.", remedy,
                     path, certain=False)  # fmt: skip
    for field in sorted(sent | taken):
        out, back = _paths_of(table, field, sends=True), _paths_of(table, field, sends=False)
        if out and back and not out & back:
            message = (
                f"{field} goes out as {', '.join(sorted(out))} and comes in as {', '.join(sorted(back))}: "
                "the sides can't know these as one, so the policy of the connection decides its conflicts."
            )
            yield Misfit(key, message, 'Let it travel under one name both ways: "as".', path, certain=False)
    if policy is Policy.MERGE:
        yield from _no_text(key, path, sent | taken, description)


def _no_text(key: tuple[str, ...], path: str, fields: set[str], description: Description) -> Iterator[Misfit]:
    for field in sorted(fields):
        info = description.fields.get(field)
        if info is not None and info.kind not in TEXTS and field != "description":
            message = f"{field} is no text that could be merged: the later edit wins."
            remedy = "Choose another policy: latest, initiator, acceptor or ask."
            yield Misfit(key, message, remedy, path, certain=False)


def _fields_by(table: MappingTable, path: str, *, sends: bool) -> set[str]:
    """Fields of the item that travel as a path of the replica."""
    if path == "labels":
        return {"labels"} if table.labels else set()
    return {field for field, _ in table.entries() if path in _paths_of(table, field, sends=sends)}


def _paths_of(table: MappingTable, field: str, *, sends: bool) -> set[str]:
    found = {
        getattr(entry, "travels_as", None) or path
        for path, entries in table.entries()
        if path == field
        for entry in entries
        if (entry.direction.sends if sends else entry.direction.receives)
    }
    return found or ({"labels"} if field == "labels" else set())
