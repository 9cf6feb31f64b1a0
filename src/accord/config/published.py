"""The rules of a connection as one source: taken from the files, and made ready to run again from what was stored."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from accord.config.document import Document, Key, parsed, read
from accord.config.load import RULES, ConnectionConfig, origin_of
from accord.config.shape import ConnectionTable
from accord.config.toml import canonical
from accord.errors import AccordError, ConfigurationInvalid, RuleFailed
from accord.ports import Rules, RulesSource, RulesVersion
from accord.rules import Sandbox, ScriptSource


def source_of(connection: ConnectionConfig) -> RulesSource:
    """The rules as they stand in the files now. Raises ConfigurationProblems if they are not valid, RuleFailed if the
    script can't be read."""
    connection.raise_if_invalid()
    table = connection.document.data["connections"][connection.name]
    text = canonical({name: table[name] for name in RULES if name in table})
    if connection.script is None:
        return RulesSource(text)
    return RulesSource(text, ScriptSource.read(connection.script).text, connection.script.name)


def published(connection: ConnectionConfig, version: RulesVersion) -> ConnectionConfig:
    """The connection with the tables of a version in place of those in the files.

    Errors of its rules then name the file where that says the same by now, else the version.

    Raises ConfigurationInvalid if this release of Accord can't take them any more.
    """
    document, key = _written(connection, version)
    kept = connection.table.model_dump(exclude={*RULES, "script", "trusted"}, exclude_unset=True)
    try:
        table = ConnectionTable.model_validate({**kept, **tomllib.loads(version.source.table)})
    except ValidationError as invalid:
        first = invalid.errors(include_url=False)[0]
        raise ConfigurationInvalid(
            f"Version {version.number} of the rules of {connection.name} can't be used: {first['msg']}.",
            field=".".join(map(str, first["loc"])),
            remedy=f"Put the rules in accord.toml right, then: accord publish {connection.name} --why ...",
        ) from None
    script = {"trusted": connection.table.trusted, "script": connection.script}
    return replace(
        connection, table=table.model_copy(update=script), origin=origin_of(document, table.map, key), document=document
    )


def _written(connection: ConnectionConfig, version: RulesVersion) -> tuple[Document, Key]:
    """Where the tables of a version can be read, and under which key: in the file, if it says just that by now."""
    key: Key = ("connections", connection.name)
    try:
        now = read(connection.document.path)
        table = now.data["connections"][connection.name]
        if canonical({name: table[name] for name in RULES if name in table}) == version.source.table:
            return now, key
    except (AccordError, LookupError, TypeError):
        pass  # it is being edited
    return parsed(version.source.table, Path(f"{connection.name}, version {version.number}")), ()


def rules_of(connection: ConnectionConfig, version: RulesVersion, sandbox: Sandbox) -> Rules:
    """The rules of a version, ready to run.

    Whether a script is trusted is for the configuration to say, not for the database. Raises RuleFailed,
    ConfigurationInvalid.
    """
    at = published(connection, version)
    script = (
        None if version.source.script is None else ScriptSource.of(version.source.script, _path(connection, version))
    )
    return at.rules_with(script, sandbox)


def _path(connection: ConnectionConfig, version: RulesVersion) -> Path:
    try:
        if connection.script is not None and ScriptSource.read(connection.script).text == version.source.script:
            return connection.script
    except RuleFailed:
        pass  # it is being edited
    return Path(f"{version.source.script_name or 'script'} ({connection.name}, version {version.number})")
