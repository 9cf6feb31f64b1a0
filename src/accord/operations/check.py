"""The configuration held against the real trackers, before anything is synced."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from accord.config import Config, ConnectionConfig
from accord.config.problems import dotted
from accord.errors import AccordError, ConfigurationInvalid, RuleFailed
from accord.model import Connection, ConnectionState
from accord.operations.check_terms import terms_misfits
from accord.ports import Capabilities, Description, Ports, Transaction
from accord.rules import check_script
from accord.rules.fitting import Fitting, Misfit
from accord.steps.detect import EVERYTHING


@dataclass(frozen=True)
class Checked:
    """What was found. `trackers` are those that answered, with how many fields and people they told.

    `problems` would make syncs fail, `warnings` may be meant so. Each names file, line, field, value and remedy
    where they are known.
    """

    trackers: dict[str, dict[str, int]]
    connections: tuple[str, ...]
    problems: tuple[AccordError, ...]
    warnings: tuple[AccordError, ...]

    def told(self) -> CheckedTold:
        """As machines read it."""
        return CheckedTold(
            not self.problems,
            self.trackers,
            self.connections,
            tuple(problem.to_json() for problem in self.problems),
            tuple(warning.to_json() for warning in self.warnings),
        )


@dataclass(frozen=True)
class CheckedTold:
    """The same for machines; `problems` and `warnings` are errors' `to_json()`."""

    good: bool
    trackers: dict[str, dict[str, int]]
    connections: tuple[str, ...]
    problems: tuple[dict[str, Any], ...]
    warnings: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Finding:
    """Something wrong, or (not `certain`) perhaps wrong."""

    error: AccordError
    certain: bool = True


async def check(config: Config, ports: Ports) -> Checked:
    """Asks every tracker what it holds, and compares with it fields, values, people, triggers and scripts.

    `config` is valid in itself. Raises nothing of the trackers: what they raise is among the problems.
    """
    return await _checked(list(config.trackers), list(config.connections.values()), ports)


async def check_connection(connection: ConnectionConfig, ports: Ports) -> Checked:
    """The same for one connection and its tracker."""
    return await _checked([connection.tracker], [connection], ports)


async def _checked(trackers: list[str], connections: list[ConnectionConfig], ports: Ports) -> Checked:
    descriptions: dict[str, Description] = {}
    findings: list[Finding] = []
    for name in trackers:
        try:
            descriptions[name] = await ports.describe(name)
        except AccordError as error:
            error.side = name
            findings.append(Finding(error))
    for connection in connections:
        if connection.tracker in descriptions:
            findings += await _connection(connection, descriptions[connection.tracker], ports)
    return Checked(
        {name: {"fields": len(d.fields), "people": len(d.people)} for name, d in sorted(descriptions.items())},
        tuple(sorted(connection.name for connection in connections)),
        tuple(found.error for found in findings if found.certain),
        tuple(found.error for found in findings if not found.certain),
    )


async def _connection(connection: ConnectionConfig, description: Description, ports: Ports) -> list[Finding]:
    # What loading found in a script is found again, with what the tracker tells of its fields.
    wrong = [problem for problem in connection.invalid if not isinstance(problem, RuleFailed)]
    found = [Finding(problem) for problem in wrong] if wrong else await _table(connection, description, ports)
    if connection.script is None or not connection.script.is_file():
        return found
    if connection.table.trusted:
        return [*found, *(Finding(problem) for problem in connection.invalid if isinstance(problem, RuleFailed))]
    failures = await asyncio.to_thread(check_script, connection.script, description)
    return [*found, *(Finding(failed) for failed in failures)]


async def _table(connection: ConnectionConfig, description: Description, ports: Ports) -> list[Finding]:
    """What a table that is valid in itself says, and the tracker does not know."""
    agreed = await ports.store.read(lambda tx: _agreed(tx, connection.name))
    can = ports.trackers[connection.tracker].capabilities
    misfits = [*_misfits(connection, description, can), *terms_misfits(connection, agreed, description)]
    found = [_finding(connection, misfit) for misfit in misfits]
    found.sort(key=lambda finding: (finding.error.line or 0, finding.error.column or 0))
    if connection.trigger not in (None, EVERYTHING):
        try:
            await ports.trackers[connection.tracker].matching(connection.trigger or "", [])
        except AccordError as error:
            wrong = Misfit(("trigger",), error.message, error.remedy, connection.trigger)
            found.append(_finding(connection, wrong))
    return found


def _agreed(tx: Transaction, name: str) -> Connection | None:
    there = (c for c in tx.connections() if c.name == name and c.state is not ConnectionState.REMOVED)
    return next(there, None)


def _misfits(connection: ConnectionConfig, description: Description, can: Capabilities) -> Iterator[Misfit]:
    table = connection.table
    fitting = Fitting(connection.tracker, table.map, table.people, description, web_links=can.web_links)
    yield from fitting.misfits()
    yield from fitting.conditions((), table.unsync_when, None, ("unsync_when", ""))


def _finding(connection: ConnectionConfig, misfit: Misfit) -> Finding:
    document = connection.document
    position, written = document.position(("connections", connection.name, *misfit.key))
    error = ConfigurationInvalid(
        misfit.message,
        remedy=misfit.remedy,
        file=str(document.path),
        line=position.line,
        column=position.column,
        field=dotted(written),
        value=misfit.value,
    )
    return Finding(error, misfit.certain)
