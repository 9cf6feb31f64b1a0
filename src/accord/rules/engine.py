"""How a script is run: one small interface, so that what runs it can be replaced."""

from __future__ import annotations

import ast
import re
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

from accord.rules.source import ScriptSource


class Absent:
    """What a script left unsaid."""

    def __repr__(self) -> str:
        return "absent"


ABSENT = Absent()


class Script(Protocol):
    """A script that is ready to run. Runs share nothing with each other in the sandbox."""

    @property
    def source(self) -> ScriptSource: ...

    def call(self, rule: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Runs `outgoing` or `incoming` over plain values; gives what the prelude's `run_<rule>` does, as plain
        values or ABSENT. Of a rule that failed after it had looked up keys in vain, only `looked_up`.

        `arguments` are those of `run_<rule>` after the rule itself. Raises RuleFailed, with the line.
        """
        ...


def prelude(source: ScriptSource | None = None) -> str:
    """The classes and functions that scripts see, as source: all of them, or those that a script can come to need.

    What is not there need not be brought into each run.
    """
    parts = _parts()
    if source is None:
        return "\n\n".join(text for text, _, _ in parts)
    needed = set(re.findall(r"\w+", source.text)) | {f"run_{rule}" for rule in source.rules}
    while more := {name for _, defined, used in parts if defined & needed for name in used - needed}:
        needed |= more
    return "\n\n".join(text for text, defined, _ in parts if defined & needed or not defined)


@cache
def _parts() -> tuple[tuple[str, frozenset[str], frozenset[str]], ...]:
    """The prelude, statement by statement: its text, the names that it defines, and those that it uses."""
    text = (files("accord.rules") / "prelude.py").read_text(encoding="utf-8")
    return tuple((ast.unparse(node), _defined(node), _used(node)) for node in _bare(ast.parse(text)).body)


def _bare(tree: ast.Module) -> ast.Module:
    """Without what is written for readers only."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
    return tree


def _defined(node: ast.stmt) -> frozenset[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return frozenset({node.name})
    names = (inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store))
    return frozenset(names)


def _used(node: ast.stmt) -> frozenset[str]:
    return frozenset(inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name))


def invocation(rule: str, arguments: dict[str, Any]) -> str:
    """The expression that runs a rule over the named arguments."""
    return f"run_{rule}({', '.join([rule, *bound(arguments)])})"


def bound(arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments under names that no script uses for something of its own."""
    return {f"{BOUND}{name}": value for name, value in arguments.items()}


BOUND = "_accord_"
LOOKED_UP = f"{BOUND}looked_up"
