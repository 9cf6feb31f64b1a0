"""Putting rules in force: what stands in the files is a draft until it is published."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accord.config import Config, ConnectionConfig
from accord.config.problems import ConfigurationProblems
from accord.config.published import source_of
from accord.errors import AccordError, NeedsOperator, UnknownThing
from accord.model import Connection, ConnectionState
from accord.operations.check import check_connection
from accord.operations.find import connection_called
from accord.ports import HistoryEntry, LaneState, Ports, RulesSource, RulesVersion, Transaction

ITSELF = "accord"
BY_RULES = ("RuleFailed", "ConfigurationInvalid")


@dataclass(frozen=True)
class Published:
    """A version that is in force now. `unblocked`: lanes that a rule had blocked, and that try again under it."""

    connection: str
    version: RulesVersion
    unblocked: int
    warnings: tuple[AccordError, ...] = ()

    def told(self) -> PublishedTold:
        """As machines read it."""
        version, warnings = self.version, tuple(warning.to_json() for warning in self.warnings)
        return PublishedTold(
            self.connection,
            version.number,
            version.at,
            version.who,
            version.why,
            version.diff,
            self.unblocked,
            warnings,
        )


@dataclass(frozen=True)
class PublishedTold:
    """The same for machines, without the source; `warnings` are errors' `to_json()`."""

    connection: str
    version: int
    at: datetime
    who: str
    why: str
    diff: str
    unblocked: int
    warnings: tuple[dict[str, Any], ...]


async def publish(config: Config, ports: Ports, name: str, *, who: str, why: str) -> Published:
    """Puts the rules in the files in force, as the next version of a connection of the configuration.

    They are checked first, as `check` does: raises ConfigurationProblems with all that is wrong, each with its place.
    Raises NeedsOperator if they are in force already, or somebody else published just now; UnknownThing.
    """
    connection = await ports.store.read(lambda tx: connection_called(tx, name))
    source = source_of(configured(config, connection))
    versions = await ports.store.read(lambda tx: tx.rules_versions(connection.id))
    if versions and versions[0].source == source:
        raise NeedsOperator(
            f"The files say what is in force already: version {versions[0].number} of the rules of {connection.name}.",
            remedy="Change them first; what is in force: accord rules.",
        )
    found = await check_connection(configured(config, connection), ports)
    if found.problems:
        raise ConfigurationProblems(found.problems)
    return await put_in_force(ports, connection, source, versions, who=who, why=why, warnings=found.warnings)


async def put_in_force(
    ports: Ports,
    connection: Connection,
    source: RulesSource,
    versions: Sequence[RulesVersion],
    *,
    who: str,
    why: str,
    warnings: tuple[AccordError, ...] = (),
) -> Published:
    """Publishes a source after `versions`, all that there are, the newest first. Raises NeedsOperator if there is one
    more by now."""
    version = following(ports.clock.now(), connection, source, versions, who=who, why=why)

    def work(tx: Transaction) -> Published:
        if not tx.publish_rules(version):
            raise NeedsOperator(
                f"Somebody else published rules of {connection.name} just now.",
                remedy="Look at them first: accord rules.",
            )
        unblocked = _unblock(tx, connection, version.at)
        summary = f"version {version.number} of the rules was published: {why}"
        details = {"version": version.number, "who": who, "why": why, "unblocked": unblocked}
        tx.record(HistoryEntry(version.at, connection.id, "", "published", summary, details))
        return Published(connection.name, version, unblocked, warnings)

    return await ports.store.run(work)


async def publish_first(config: Config, ports: Ports, *, starting: bool = False) -> list[RulesVersion]:
    """Publishes by itself what newcomers need not think of: the first version of each connection; and, when the node is
    `starting`, each further draft as long as nothing was ever under sync and nobody has published by hand."""
    published = []
    for connection in await ports.store.read(lambda tx: tx.connections()):
        if connection.state is ConnectionState.REMOVED or connection.name not in config.connections:
            continue
        in_force = connection.rules_version > 0
        if in_force and (not starting or config.connections[connection.name].invalid):
            continue
        source = source_of(config.connections[connection.name])
        version = await ports.store.run(lambda tx, c=connection, s=source: _publish_first(tx, ports, c, s))  # type: ignore[misc]
        published += [version] if version else []
    return published


async def check_published(config: Config, ports: Ports) -> None:
    """Raises ConfigurationProblems for rules in the files that are not valid, of connections of which nothing was
    published: there is nothing else to run."""
    connections = await ports.store.read(lambda tx: tx.connections())
    live = {c.name for c in connections if c.state is not ConnectionState.REMOVED and c.rules_version}
    wrong = [problem for name, one in config.connections.items() if name not in live for problem in one.invalid]
    if wrong:
        raise ConfigurationProblems(wrong)


def _publish_first(tx: Transaction, ports: Ports, connection: Connection, source: RulesSource) -> RulesVersion | None:
    versions = tx.rules_versions(connection.id)
    settled = any(not version.by_itself for version in versions) or bool(tx.twins(connection.id, live=False, limit=1))
    if versions and (settled or versions[0].source == source):
        return None
    version = following(
        ports.clock.now(), connection, source, versions, who=ITSELF, why="the first start", by_itself=True
    )
    return version if tx.publish_rules(version) else None


def following(
    now: datetime,
    connection: Connection,
    source: RulesSource,
    versions: Sequence[RulesVersion],
    *,
    who: str,
    why: str,
    by_itself: bool = False,
) -> RulesVersion:
    """The version after those, the newest first."""
    number = versions[0].number + 1 if versions else 1
    before = versions[0].source if versions else RulesSource("")
    diff = diff_of(before, source, f"version {number - 1}", f"version {number}") if versions else ""
    return RulesVersion(connection.id, number, now, who, why, source, diff, by_itself)


def diff_of(before: RulesSource, after: RulesSource, name: str, new_name: str) -> str:
    """A unified diff of tables and script; empty where they say the same."""
    parts = [("table", before.table, after.table), ("script", before.script or "", after.script or "")]
    lines: list[str] = []
    for part, old, new in parts:
        lines += difflib.unified_diff(
            old.splitlines(), new.splitlines(), f"{part}, {name}", f"{part}, {new_name}", lineterm="", n=2
        )
    return "\n".join(lines)


def changed_lines(diff: str) -> tuple[int, int]:
    """How many lines came, and how many went."""
    lines = [line for line in diff.splitlines() if not line.startswith(("+++", "---"))]
    return sum(line.startswith("+") for line in lines), sum(line.startswith("-") for line in lines)


def configured(config: Config, connection: Connection) -> ConnectionConfig:
    """Raises UnknownThing if the connection is not in the configuration."""
    if connection.name not in config.connections:
        raise UnknownThing(
            f"Connection {connection.name} is not in {config.path.name}.",
            remedy=f"Put [connections.{connection.name}] back, or remove the connection.",
            file=str(config.path),
        )
    return config.connections[connection.name]


def _unblock(tx: Transaction, connection: Connection, now: datetime) -> int:
    """What a rule had blocked tries again."""
    blocked = [
        lane
        for lane in tx.lanes(connection.id)
        if lane.state is LaneState.BLOCKED and lane.cause is not None and lane.cause.get("error") in BY_RULES
    ]
    for lane in blocked:
        tx.lane_ready(lane.twin_id, lane.direction, now)
    return len(blocked)
