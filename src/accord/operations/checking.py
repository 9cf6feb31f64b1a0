"""`accord check`: the configuration against the real trackers."""

from __future__ import annotations

from typing import Any

from accord.config import Config
from accord.errors import AccordError
from accord.operations.finding import nearest
from accord.ports import Description, Ports
from accord.rules import check_script, stubs


async def check_node(config: Config, ports: Ports) -> dict[str, Any]:
    """Asks every tracker what it holds, and compares scripts and value tables with it.

    Gives trackers, connections and a list of problems, each a sentence with its remedy.
    """
    problems: list[str] = []
    described: dict[str, Description] = {}
    for name in config.trackers:
        try:
            described[name] = await ports.describe(name)
        except AccordError as error:
            problems.append(f"tracker {name}: {error}")
    for name, connection in config.connections.items():
        description = described.get(connection.tracker)
        if description is None:
            continue
        problems += [f"connection {name}: {problem}" for problem in _values(config, name, description)]
        if connection.script is not None:
            problems += [str(error) for error in check_script(connection.script, stubs(description))]
    return {"trackers": sorted(described), "connections": sorted(config.connections), "problems": problems}


def _values(config: Config, name: str, description: Description) -> list[str]:
    """Words in value tables that the tracker does not know, with the nearest that it does."""
    problems = []
    for path, entry in config.connections[name].table.map.entries():
        known = description.fields.get(path)
        if known is None or not known.options:
            continue
        words = {*(getattr(entry, "values", None) or {}).values(), getattr(entry, "default", None)} - {None}
        problems += [
            f"map.{path}: the tracker knows no {word!r}. {nearest(str(word), known.options, ', '.join(known.options))}"
            for word in sorted(words, key=str)
            if word not in known.options
        ]
    return problems
