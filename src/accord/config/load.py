"""Reads `accord.toml` and checks it whole, before anything starts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from accord.config.document import Document, Key, read
from accord.config.kinds import InstalledKinds, TrackerKind
from accord.config.problems import ConfigurationProblems, Problems, dotted, nearest, secret_names
from accord.config.secrets import settled
from accord.config.shape import NAMING, ApiConfig, ConnectionTable, NodeConfig, is_name
from accord.errors import AccordError, ConfigurationInvalid, RuleFailed
from accord.model import Policy
from accord.ports import GuardSettings, Rules
from accord.rules import (
    Afterwards,
    MappingTable,
    Origin,
    Sandbox,
    ScriptRules,
    ScriptSource,
    TableRules,
    TrustedScript,
    check_script,
)

TABLES = ("node", "api", "trackers", "connections")
EVERYWHERE = {"0.0.0.0", "[::]"}
# What of a connection's table are its rules, the script apart; the rest are settings of the node.
RULES = ("pair_by", "unsync_when", "map", "people")


@dataclass(frozen=True)
class TrackerConfig:
    """`[trackers.<name>]`: the connector's class and its own settings, validated, secrets in them."""

    name: str
    kind: str
    connector: TrackerKind
    settings: BaseModel


@dataclass(frozen=True)
class ConnectionConfig:
    """`[connections.<name>]`, with where it is written. `invalid` is what is wrong with its rules: then the table is
    without them, and only rules that were published can be run."""

    name: str
    table: ConnectionTable
    origin: Origin
    document: Document
    invalid: tuple[AccordError, ...] = ()

    @property
    def tracker(self) -> str:
        return self.table.tracker

    @property
    def trigger(self) -> str | None:
        return self.table.trigger

    @property
    def policy(self) -> Policy:
        return self.table.policy

    @property
    def policies(self) -> dict[str, Policy]:
        return dict(self.table.policies)

    @property
    def tell_who(self) -> bool:
        return self.table.tell_who

    @property
    def accept_connect(self) -> bool:
        return self.table.accept_connect

    @property
    def script(self) -> Path | None:
        return self.table.script

    @property
    def guard(self) -> GuardSettings:
        return self.table.guard.settings()

    def rules(self, sandbox: Sandbox, *, inline: bool = False) -> Rules:
        """The connection's rules, ready to run; `inline`: scripts run without a thread. Raises RuleFailed, and
        ConfigurationProblems where they are not valid."""
        self.raise_if_invalid()
        source = None if self.script is None else ScriptSource.read(self.script)
        return self.rules_with(source, sandbox, inline=inline)

    def raise_if_invalid(self) -> None:
        """Raises ConfigurationProblems with all that is wrong with the rules in the files."""
        if self.invalid:
            raise ConfigurationProblems(self.invalid)

    def rules_with(self, source: ScriptSource | None, sandbox: Sandbox, *, inline: bool = False) -> Rules:
        """The same with another script after the table, or none."""
        afterwards = Afterwards(pair_by=self.table.pair_by, unsync_when=self.table.unsync_when)
        table = TableRules(self.table.map, self.table.people, self.origin, afterwards)
        if source is None:
            return table
        script = TrustedScript(source) if self.table.trusted else sandbox.load(source)
        return ScriptRules(table, script, inline)


@dataclass(frozen=True)
class Config:
    """A valid configuration. `path` is the file that it was read from."""

    path: Path
    node: NodeConfig
    trackers: dict[str, TrackerConfig] = field(default_factory=dict)
    connections: dict[str, ConnectionConfig] = field(default_factory=dict)
    api: ApiConfig | None = None


def load(
    path: Path,
    *,
    kinds: Mapping[str, TrackerKind] | None = None,
    environ: Mapping[str, str] | None = None,
    drafts: bool = False,
) -> Config:
    """Raises ConfigurationInvalid; where there are several things wrong, ConfigurationProblems with all of them.

    Each names file, line, column, key and what to do. `kinds` are the installed ones unless given. With `drafts`, rules
    that are not valid are no reason to raise, and noted with their connection: others may have been published.
    """
    document = read(path)
    known = InstalledKinds() if kinds is None else kinds
    loader = _Loader(document, known, os.environ if environ is None else environ)
    node, api, trackers, connections = loader.node(), loader.api(), loader.trackers(), loader.connections()
    loader.unknown_tables()
    loader.apart(node, api)
    if loader.problems.found or not drafts:
        for connection in connections.values():
            loader.problems.extend(connection.invalid)
    loader.problems.raise_if_any()
    assert node is not None, "a node that is not valid is a problem noted"
    return Config(path, node, trackers, connections, api)


class _Loader:
    def __init__(self, document: Document, kinds: Mapping[str, TrackerKind], environ: Mapping[str, str]) -> None:
        self._document, self._kinds, self._environ = document, kinds, environ
        self._base = document.path.absolute().parent
        self.problems = Problems(document)

    def unknown_tables(self) -> None:
        for name in self._document.data:
            if name not in TABLES:
                self.problems.add((name,), f"There is no [{name}].", nearest(name, TABLES))

    def node(self) -> NodeConfig | None:
        table = self._document.data.get("node")
        if table is None:
            self.problems.add((), "There is no [node].", 'Add [node] with name = "...".')
            return None
        if not self._is_table(table, ("node",)):
            return None
        table = dict(table)
        harmless = isinstance(table.get("database"), str) and not _has_password(table["database"])
        kept = {"database": table.pop("database")} if harmless else {}
        values = settled(NodeConfig, table, ("node",), self._base, self._environ, self.problems)
        if values is None:
            return None
        values.setdefault("data", self._base / NodeConfig.model_fields["data"].default)
        return self.problems.validated(NodeConfig, {**values, **kept}, ("node",), secret=["database"])

    def api(self) -> ApiConfig | None:
        table = self._document.data.get("api")
        if table is None or not self._is_table(table, ("api",)):
            return None
        return self.problems.validated(ApiConfig, table, ("api",))

    def apart(self, node: NodeConfig | None, api: ApiConfig | None) -> None:
        """Peers and programs come in by doors of their own."""
        if node is not None and api is not None and _same_address(node.listen, api.listen):
            message = f"Other nodes speak to this one at {node.listen} already."
            self.problems.add(("api", "listen"), message, "Choose another port.", api.listen)

    def trackers(self) -> dict[str, TrackerConfig]:
        loaded = {name: self._tracker(name, table) for name, table in self._named("trackers").items()}
        return {name: tracker for name, tracker in loaded.items() if tracker is not None}

    def connections(self) -> dict[str, ConnectionConfig]:
        loaded = {name: self._connection(name, table) for name, table in self._named("connections").items()}
        return {name: connection for name, connection in loaded.items() if connection is not None}

    def _named(self, group: str) -> dict[str, Any]:
        """The tables of a group by name, those with a sound name only."""
        tables = self._document.data.get(group, {})
        if not self._is_table(tables, (group,)):
            return {}
        return {name: table for name, table in tables.items() if self._is_named_table(name, table, (group, name))}

    def _tracker(self, name: str, table: dict[str, Any]) -> TrackerConfig | None:
        key: Key = ("trackers", name)
        kind = table.get("kind")
        if not isinstance(kind, str) or kind not in self._kinds:
            missing = f"{dotted((*key, 'kind'))} is missing." if kind is None else f"There is no tracker kind {kind!r}."
            self.problems.add((*key, "kind"), missing, nearest(str(kind or ""), self._kinds), kind)
            return None
        try:
            connector = self._kinds[kind]
        except ConfigurationInvalid as broken:
            self.problems.add((*key, "kind"), broken.message, broken.remedy, kind)
            return None
        model = connector.Settings
        own = {name: value for name, value in table.items() if name != "kind"}
        values = settled(model, own, key, self._base, self._environ, self.problems)
        settings = None if values is None else self.problems.validated(model, values, key, secret_names(model))
        return None if settings is None else TrackerConfig(name, kind, connector, settings)

    def _connection(self, name: str, table: dict[str, Any]) -> ConnectionConfig | None:
        key: Key = ("connections", name)
        values = settled(ConnectionTable, table, key, self._base, self._environ, self.problems)
        self._check_reference(table.get("tracker"), (*key, "tracker"))
        wrong = Problems(self._document)
        connection = wrong.validated(ConnectionTable, values, key)
        if connection is None and isinstance(values, dict):
            connection = self._without_rules(values, key)
        if connection is None:
            self.problems.extend(wrong.found)
            return None
        if connection.script is not None:
            self._check_script(connection.script, connection.trusted, (*key, "script"), wrong)
        origin = origin_of(self._document, connection.map, key)
        return ConnectionConfig(name, connection, origin, self._document, tuple(wrong.found))

    def _without_rules(self, values: dict[str, Any], key: Key) -> ConnectionTable | None:
        """The settings of a connection alone, if they are valid."""
        settings = {name: value for name, value in values.items() if name not in RULES}
        return Problems(self._document).validated(ConnectionTable, settings, key)

    def _check_reference(self, tracker: object, key: Key) -> None:
        known = self._document.data.get("trackers", {})
        if isinstance(tracker, str) and isinstance(known, dict) and tracker not in known:
            self.problems.add(key, f"There is no [trackers.{tracker}].", nearest(tracker, known), tracker)

    def _check_script(self, script: Path, trusted: bool, key: Key, wrong: Problems) -> None:
        if not script.is_file():
            wrong.add(key, f"There is no script {script}.", None, str(script))
        elif trusted:
            try:
                ScriptSource.read(script)
            except RuleFailed as failed:
                wrong.extend([failed])
        else:
            wrong.extend(check_script(script))

    def _is_named_table(self, name: str, table: object, key: Key) -> bool:
        if not is_name(name):
            self.problems.add(key, f"{dotted(key)}: {NAMING}.", None, name)
        return is_name(name) and self._is_table(table, key)

    def _is_table(self, table: object, key: Key) -> bool:
        if isinstance(table, dict):
            return True
        self.problems.add(key, f"{dotted(key)} is not a table.", f"Write [{dotted(key)}] on a line of its own.")
        return False


def origin_of(document: Document, table: MappingTable, key: Key) -> Origin:
    """Where the entries of a mapping table stand, whose `map` is in the table `key` of the file."""
    lines: dict[str, int] = {}
    for path, entries in table.entries():
        at = (*key, "map", *path.split(".", 1))
        lines[path] = document.position(at)[0].line
        lines |= {f"{path}[{n}]": document.position((*at, n))[0].line for n in range(len(entries))}
    return Origin(str(document.path), lines)


def _has_password(url: str) -> bool:
    authority = url.partition("://")[2].rpartition("@")[0]
    return ":" in authority or "password=" in url.lower()


def _same_address(one: str, other: str) -> bool:
    (host, _, port), (other_host, _, other_port) = one.rpartition(":"), other.rpartition(":")
    return port == other_port and int(port) > 0 and (host == other_host or bool({host, other_host} & EVERYWHERE))
