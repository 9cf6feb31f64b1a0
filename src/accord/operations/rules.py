"""The versions of a connection's rules: which there are, how they differ, and going back to an earlier one."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accord.config import Config
from accord.config.published import source_of
from accord.config.toml import canonical
from accord.errors import AccordError, NeedsOperator, UnknownThing
from accord.model import Connection, ConnectionState
from accord.operations.find import connection_called, connections_meant, the_connection
from accord.operations.publish import Published, changed_lines, configured, diff_of, put_in_force
from accord.ports import Ports, RulesSource, RulesVersion, Transaction

DRAFT = "draft"


@dataclass(frozen=True)
class VersionLine:
    """A version as it is listed. `added` and `removed` count lines against the version before."""

    connection: str
    number: int
    at: datetime
    who: str
    why: str
    added: int
    removed: int
    in_force: bool


@dataclass(frozen=True)
class Draft:
    """Rules in the files that are not in force: how they differ from version `against`, or (then without a diff) what
    is wrong with them."""

    connection: str
    against: int
    diff: str
    problems: tuple[AccordError, ...] = ()

    @property
    def lines(self) -> int:
        return sum(changed_lines(self.diff))

    def told(self) -> DraftTold:
        """As machines read it."""
        problems = tuple(problem.to_json() for problem in self.problems)
        return DraftTold(self.connection, self.against, self.lines, self.diff, problems)


@dataclass(frozen=True)
class DraftTold:
    """A draft for machines: `lines` that differ from version `in_force`; `problems` as errors' `to_json()`."""

    connection: str
    in_force: int
    lines: int
    diff: str
    problems: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Versions:
    """All that were published, and what is not yet."""

    versions: list[VersionLine]
    drafts: list[DraftTold]


@dataclass(frozen=True)
class Difference:
    """A unified diff between two versions, each a number or `draft`; empty where they say the same."""

    connection: str
    before: str
    after: str
    diff: str


@dataclass(frozen=True)
class SourceTold:
    """A version's tables as they stand in `accord.toml` (comments are not kept), and its script's text."""

    connection: str
    version: str
    table: str
    script: str | None
    script_name: str | None = None


async def versions(ports: Ports, connection: str | None = None) -> list[VersionLine]:
    """By connection, the newest first. Raises UnknownThing."""

    def look(tx: Transaction) -> list[VersionLine]:
        return [_line(c, v) for c in connections_meant(tx, connection) for v in tx.rules_versions(c.id)]

    return await ports.store.read(look)


async def drafts(config: Config, ports: Ports, connection: str | None = None) -> list[Draft]:
    """Where the files say something else than what is in force, or nothing that can be understood."""

    def look(tx: Transaction) -> list[tuple[Connection, RulesVersion]]:
        meant = connections_meant(tx, connection) if connection else tx.connections()
        live = [c for c in meant if c.state is not ConnectionState.REMOVED and c.name in config.connections]
        return [(c, v) for c in live if (v := tx.rules_version(c.id, c.rules_version))]

    found = []
    for one, version in await ports.store.read(look):
        try:
            source = source_of(config.connections[one.name])
        except AccordError as wrong:
            found.append(Draft(one.name, version.number, "", tuple(getattr(wrong, "problems", None) or [wrong])))
            continue
        if source != version.source:
            diff = diff_of(version.source, source, f"version {version.number}", DRAFT)
            found.append(Draft(one.name, version.number, diff))
    return found


async def source_called(config: Config, ports: Ports, name: str, which: str) -> RulesSource:
    """The source of a version, by its number, or of the draft. Raises UnknownThing."""
    connection, known = await _known(ports, name)
    return _source(config, connection, known, which)


def in_file(name: str, source: RulesSource) -> str:
    """The tables of a source as they stand in `accord.toml`; comments are not kept."""
    return canonical({"connections": {name: tomllib.loads(source.table)}})


async def source_told(config: Config, ports: Ports, name: str | None, which: str) -> SourceTold:
    """The same as it stands in files; the connection may be left out where there is one only. Raises UnknownThing."""
    chosen = await the_connection(ports, name)
    source = await source_called(config, ports, chosen.name, which)
    return SourceTold(chosen.name, which, in_file(chosen.name, source), source.script, source.script_name)


async def difference(config: Config, ports: Ports, name: str, one: str, other: str = DRAFT) -> str:
    """A unified diff between two versions, each a number or `draft`. Raises UnknownThing."""
    connection, known = await _known(ports, name)
    before, after = _source(config, connection, known, one), _source(config, connection, known, other)
    return diff_of(before, after, _called(one), _called(other))


async def difference_told(
    config: Config, ports: Ports, name: str | None, one: str | None = None, other: str = DRAFT
) -> Difference:
    """The same against the version in force, unless `one` is given; the connection may be left out where there is one
    only. Raises UnknownThing."""
    chosen = await the_connection(ports, name)
    first = one or str(chosen.rules_version)
    return Difference(chosen.name, first, other, await difference(config, ports, chosen.name, first, other))


async def roll_back(ports: Ports, name: str, number: int, *, who: str, why: str) -> Published:
    """Publishes the source of an earlier version anew, as the newest. The files stay as they are: a draft.

    Raises UnknownThing (no such version), NeedsOperator (it says what is in force already).
    """
    connection, known = await _known(ports, name)
    source = _version(known, connection, number).source
    if source == known[0].source:
        raise NeedsOperator(
            f"Version {number} says what is in force already, as version {known[0].number}.",
            remedy=f"Choose another one: accord rules {connection.name}.",
        )
    return await put_in_force(ports, connection, source, known, who=who, why=f"back to version {number}: {why}")


async def _known(ports: Ports, name: str) -> tuple[Connection, list[RulesVersion]]:
    def look(tx: Transaction) -> tuple[Connection, list[RulesVersion]]:
        connection = connection_called(tx, name)
        return connection, tx.rules_versions(connection.id)

    return await ports.store.read(look)


def _source(config: Config, connection: Connection, known: list[RulesVersion], which: str) -> RulesSource:
    if which == DRAFT:
        return source_of(configured(config, connection))
    if not which.isdecimal():
        raise UnknownThing(
            f"{which!r} is no version.", remedy="Give its number, or draft.", field="version", value=which
        )
    return _version(known, connection, int(which)).source


def _version(known: list[RulesVersion], connection: Connection, number: int) -> RulesVersion:
    for version in known:
        if version.number == number:
            return version
    there = f"There are 1 to {known[0].number}." if known else "None was published yet."
    raise UnknownThing(
        f"The rules of {connection.name} have no version {number}.", remedy=there, field="version", value=number
    )


def _line(connection: Connection, version: RulesVersion) -> VersionLine:
    added, removed = changed_lines(version.diff)
    return VersionLine(
        connection=connection.name,
        number=version.number,
        at=version.at,
        who=version.who,
        why=version.why,
        added=added,
        removed=removed,
        in_force=version.number == connection.rules_version,
    )


def _called(which: str) -> str:
    return which if which == DRAFT else f"version {which}"
