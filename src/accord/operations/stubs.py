"""Type stubs of a connection's rules, for the rule author's own editor."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from accord.config import Config, ConnectionConfig
from accord.errors import NeedsOperator, UnknownThing
from accord.ports import Ports
from accord.rules import stubs
from accord.rules.values import nearest

# Some editors take what is declared here for built in: the scripts of one connection then need no import at all.
BUILT_IN = "__builtins__.pyi"


@dataclass(frozen=True)
class StubsWritten:
    """`files` were written. `script` is the connection's, if it has one; `module` the name to import types from."""

    connection: str
    module: str
    files: tuple[Path, ...]
    script: Path | None


@dataclass(frozen=True)
class StubsTold:
    """The text of stubs, to be saved as `<module>.pyi`."""

    connection: str
    module: str
    text: str


async def stubs_of(config: Config, ports: Ports, connection: str) -> StubsTold:
    """The stubs of a connection, written nowhere. Raises UnknownThing, the tracker's errors."""
    (chosen,) = _chosen(config, connection)
    description = await ports.describe(chosen.tracker)
    return StubsTold(chosen.name, _module(chosen), _head(chosen) + stubs(description))


async def write_stubs(config: Config, ports: Ports, connection: str | None, folder: Path | None) -> list[StubsWritten]:
    """Asks the tracker of each connection (or the one named) for its fields, and writes stubs of them.

    They go into `folder`, or else beside the connection's script. Raises UnknownThing with the nearest connection,
    NeedsOperator if nothing says where to write, the tracker's errors.
    """
    written = []
    for chosen in _chosen(config, connection):
        description = await ports.describe(chosen.tracker)
        place = folder or (chosen.script.parent if chosen.script else config.path.absolute().parent)
        written.append(_write(chosen, stubs(description), place))
    return written


def _chosen(config: Config, connection: str | None) -> list[ConnectionConfig]:
    if connection is None:
        return [one for _, one in sorted(config.connections.items())]
    if connection not in config.connections:
        remedy = nearest(connection, config.connections)
        raise UnknownThing(
            f"There is no connection {connection!r}.", field="connection", value=connection, remedy=remedy or None
        )
    return [config.connections[connection]]


def _write(connection: ConnectionConfig, text: str, folder: Path) -> StubsWritten:
    module = _module(connection)
    files = (folder / f"{module}.pyi", folder / BUILT_IN)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files[0].write_text(_head(connection) + text, encoding="utf-8")
        if not files[1].exists():
            files[1].write_text(f"from {module} import *\n", encoding="utf-8")
    except OSError as error:
        raise NeedsOperator(f"This can't be written: {error.strerror}.", file=str(folder)) from None
    return StubsWritten(connection.name, module, files, connection.script)


def _module(connection: ConnectionConfig) -> str:
    return f"accord_{re.sub(r'[^0-9a-zA-Z]', '_', connection.name)}"


def _head(connection: ConnectionConfig) -> str:
    return f'"""What the rules of {connection.name} see. Made by `accord stubs`: do not edit."""\n\n'
