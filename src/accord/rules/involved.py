"""Which values stood on the line at which a rule failed."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any

from accord.errors import RuleFailed
from accord.rules.engine import ABSENT
from accord.rules.remedies import readable
from accord.rules.source import RULES, ScriptSource

LONGEST = 60
MOST = 4
BULKY = ("fields", "custom", "people", "comments", "attachments", "links", "worklogs", "previous")
UNKNOWN = object()


def values_involved(failed: RuleFailed, source: ScriptSource, arguments: dict[str, Any]) -> RuleFailed:
    """The error with what the fields on its line were when the rule began: `item.resolution was None`."""
    rule = failed.step
    if failed.line is None or rule not in source.rules:
        return failed
    given = dict(zip(source.arguments(rule), RULES[rule], strict=False))
    found = dict(_values(source.tree, failed.line, given, arguments))
    if found:
        told = ", ".join(f"{name} was {value}" for name, value in list(found.items())[:MOST])
        failed.message = f"{failed.message.rstrip()}\n    {told}\n"
    return failed


def _values(tree: ast.Module, line: int, given: dict[str, str], arguments: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every `item.summary` and `item.fields["x"]` that is read on the line, with its value."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute | ast.Subscript) or not isinstance(node.ctx, ast.Load):
            continue
        path = _path(node) if node.lineno == line else None
        if not path or path[0] not in given:
            continue
        thing = given[path[0]]
        value = _at(arguments.get(thing), path[1:], arguments["names"].get(thing, ()))
        if value is not UNKNOWN and path[-1] not in BULKY:
            yield ast.unparse(node), _shown(value)


def _at(values: Any, path: tuple[str, ...], names: Sequence[str]) -> Any:
    """The value at a path; ABSENT for a field that is not said."""
    for index, name in enumerate(path):
        if not isinstance(values, dict) or name not in values:
            return ABSENT if index == 0 and name in names else UNKNOWN
        values = values[name]
    return values


def _shown(value: Any) -> str:
    text = readable(repr(value))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _path(node: ast.AST) -> tuple[str, ...] | None:
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute) and (inner := _path(node.value)):
        return (*inner, node.attr)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and (inner := _path(node.value)):
        return (*inner, str(node.slice.value))
    return None
