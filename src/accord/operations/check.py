"""The configuration held against the real trackers, before anything is synced."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from accord.config import Config, ConnectionConfig
from accord.errors import AccordError, ConfigurationInvalid
from accord.model import Person
from accord.ports import Description, FieldInfo, Ports
from accord.rules import check_script, stubs
from accord.rules.table import FieldEntry
from accord.rules.values import nearest
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


@dataclass(frozen=True)
class Finding:
    """Something wrong, or (not `certain`) perhaps wrong."""

    error: AccordError
    certain: bool = True


async def check(config: Config, ports: Ports) -> Checked:
    """Asks every tracker what it holds, and compares with it fields, values, people, triggers and scripts.

    `config` is valid in itself. Raises nothing of the trackers: what they raise is among the problems.
    """
    descriptions: dict[str, Description] = {}
    findings: list[Finding] = []
    for name in config.trackers:
        try:
            descriptions[name] = await ports.describe(name)
        except AccordError as error:
            error.side = name
            findings.append(Finding(error))
    for connection in config.connections.values():
        if connection.tracker in descriptions:
            findings += await _connection(config, connection, descriptions[connection.tracker], ports)
    return Checked(
        {name: {"fields": len(d.fields), "people": len(d.people)} for name, d in sorted(descriptions.items())},
        tuple(sorted(config.connections)),
        tuple(found.error for found in findings if found.certain),
        tuple(found.error for found in findings if not found.certain),
    )


async def _connection(
    config: Config, connection: ConnectionConfig, description: Description, ports: Ports
) -> list[Finding]:
    check = _Check(config, connection, description)
    found = [*check.fields(), *check.people()]
    if connection.trigger not in (None, EVERYTHING):
        try:
            await ports.trackers[connection.tracker].matching(connection.trigger or "", [])
        except AccordError as error:
            found.append(check.finding("trigger", error.message, error.remedy, connection.trigger))
    if connection.script is not None and not connection.table.trusted:
        failures = await asyncio.to_thread(check_script, connection.script, stubs(description))
        found += [Finding(failed) for failed in failures]
    return found


class _Check:
    """One connection's mapping table against what its tracker holds."""

    def __init__(self, config: Config, connection: ConnectionConfig, description: Description) -> None:
        self._config, self._connection, self._description = config, connection, description

    def finding(
        self, key: str, message: str, remedy: str | None, value: Any = None, *, certain: bool = True
    ) -> Finding:
        """A finding about a key of the connection's table."""
        path = key.removeprefix("map.")
        error = ConfigurationInvalid(
            message,
            remedy=remedy,
            file=str(self._config.path),
            line=self._connection.origin.lines.get(path),
            field=f"connections.{self._connection.name}.{key}",
            value=value,
        )
        return Finding(error, certain)

    def fields(self) -> Iterator[Finding]:
        """Fields that the tracker does not have or does not let be written, and values that it does not know."""
        for path, entry in self._connection.table.map.entries():
            info = self._description.fields.get(path)
            if info is None:
                yield self._unknown(path, entry)
                continue
            if entry.direction.receives and not info.writable:
                message = f"{path} can't be written in {self._connection.tracker}."
                yield self.finding(f"map.{path}", message, 'Set its direction to "send".')
            yield from self._values(path, entry, info)

    def people(self) -> Iterator[Finding]:
        """People of ours that the tracker does not know."""
        known = [name for person in self._description.people for name in _names(person)]
        table = self._connection.table.people
        if known:
            for name in sorted({*table.pairs.values(), *([table.default] if table.default else [])}):
                if name not in known:
                    message = f"{self._connection.tracker} knows nobody called {name!r}."
                    yield self.finding("people", message, nearest(name, known), name, certain=False)

    def _unknown(self, path: str, entry: FieldEntry) -> Finding:
        """A typing error, if there is a name like it; some trackers take fields that they do not tell of."""
        group, name = ("fields.", path.removeprefix("fields.")) if path.startswith("fields.") else ("", path)
        fields = self._description.fields
        known = [n.removeprefix(group) for n in fields if n.startswith("fields.") == bool(group)]
        remedy = nearest(name, known)
        certain = remedy.startswith("Did") or (not group and entry.direction.receives)
        message = f"{self._connection.tracker} tells of no field {path}."
        return self.finding(f"map.{path}", message, remedy or None, certain=certain)

    def _values(self, path: str, entry: FieldEntry, info: FieldInfo) -> Iterator[Finding]:
        if not info.options:
            return
        written = _written(entry)
        sent = list(getattr(entry, "send_values", {})) if entry.direction.sends else []
        for value in dict.fromkeys([*map(str, written), *sent]):
            if value not in info.options:
                message = f"{path} of {self._connection.tracker} has no value {value!r}."
                yield self.finding(f"map.{path}", message, nearest(value, list(info.options)), value)


def _written(entry: FieldEntry) -> Sequence[Any]:
    """The values that incoming rules write by this entry."""
    if not entry.direction.receives:
        return ()
    values = [*getattr(entry, "values", {}).values(), getattr(entry, "default", None), getattr(entry, "constant", None)]
    return [value for value in values if value not in (None, "")]


def _names(person: Person) -> list[str]:
    return [name for name in (person.username, person.email) if name]
