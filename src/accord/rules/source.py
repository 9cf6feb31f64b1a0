"""A script as text: its rules, and where in it something is wrong."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from accord.errors import RuleFailed
from accord.rules.values import nearest

RULES = {"outgoing": ("item", "replica", "context"), "incoming": ("replica", "item", "context")}
OPTIONAL = {"outgoing": 1, "incoming": 0}


@dataclass(frozen=True)
class Spot:
    """A place in a script: lines and columns from 1, `end` is the column after it (None: to the line's end)."""

    line: int
    column: int = 1
    end: int | None = None


BROKEN = "Python can't read on from here: what is wrong stands here, or just before it."


@dataclass(frozen=True)
class ScriptSource:
    """A rule script that parses and has rules of the right shape."""

    path: Path
    text: str
    rules: dict[str, Spot] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> ScriptSource:
        """Raises RuleFailed if the file can't be read, is no Python, or has no rule in it."""
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as unreadable:
            reason = getattr(unreadable, "strerror", None) or "it is not UTF-8 text"
            raise RuleFailed(f"The script can't be read: {reason}.", file=str(path)) from None
        return cls.of(text, path)

    @classmethod
    def of(cls, text: str, path: Path) -> ScriptSource:
        """Like `read`, for text that is there already."""
        bare = cls(path, text)
        try:
            tree = ast.parse(text, filename=str(path))
        except SyntaxError as broken:
            end = broken.end_offset if broken.end_lineno == broken.lineno else None
            said, _, guess = broken.msg.partition(". ")
            spot = Spot(broken.lineno or 1, broken.offset or 1, end)
            raise bare.failed(f"SyntaxError: {said}", spot, remedy=guess or BROKEN) from None
        except (ValueError, RecursionError, MemoryError) as broken:
            raise bare.failed(f"The script can't be parsed: {broken}", Spot(1)) from None
        return cls(path, text, bare._rules(tree))

    def failed(self, message: str, spot: Spot | None, **where: Any) -> RuleFailed:
        """An error that shows its place: the line of the script, and a caret under what is meant."""
        if spot is None:
            return RuleFailed(message, file=str(self.path), **where)
        lines = self.text.splitlines()
        shown = lines[spot.line - 1].rstrip() if 0 < spot.line <= len(lines) else ""
        column = min(spot.column, len(shown) + 1)
        end = min(spot.end or len(shown) + 1, len(shown) + 1)
        marks = "".join("\t" if c == "\t" else " " for c in shown[: column - 1]) + "^" * max(1, end - column)
        excerpt = f"\n    {shown}\n    {marks}\n" if shown else ""
        return RuleFailed(message + excerpt, file=str(self.path), line=spot.line, column=column, **where)

    def assigned_at(self, rule: str, path: str) -> Spot | None:
        """Where a rule last assigns to a field of its draft: `summary`, or `fields.severity` for a custom one."""
        name, _, key = path.partition(".")
        spots = [spot_of(node) for node in self._assignments(rule) if _is_store(node, name, key)]
        return spots[-1] if spots else self.rules.get(rule)

    def takes(self, rule: str) -> int:
        """How many arguments a rule is to be given."""
        function = next(n for n in self.tree.body if isinstance(n, ast.FunctionDef) and n.name == rule)
        named = len([*function.args.posonlyargs, *function.args.args])
        return len(RULES[rule]) if function.args.vararg else min(named, len(RULES[rule]))

    def arguments(self, rule: str) -> tuple[str, ...]:
        """What a rule calls its arguments."""
        function = next(n for n in self.tree.body if isinstance(n, ast.FunctionDef) and n.name == rule)
        return tuple(argument.arg for argument in [*function.args.posonlyargs, *function.args.args])

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    def _assignments(self, rule: str) -> list[ast.expr]:
        helpers = [node for node in self.tree.body if isinstance(node, ast.FunctionDef)]
        ordered = sorted(helpers, key=lambda node: node.name == rule)
        stores = (
            node for tree in ordered for node in ast.walk(tree) if isinstance(node, ast.Attribute | ast.Subscript)
        )
        return [node for node in stores if isinstance(node.ctx, ast.Store)]

    def _rules(self, tree: ast.Module) -> dict[str, Spot]:
        functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        found = {name: functions[name] for name in RULES if name in functions}
        if not found:
            hint = next((nearest(name, list(RULES)) for name in functions), "")
            raise self.failed(
                "There is no rule in the script.",
                None,
                remedy=f"Define outgoing(item, replica) or incoming(replica, item, context). {hint}".strip(),
            )
        for name, function in found.items():
            self._check_arguments(name, function)
        return {name: name_spot(function) for name, function in found.items()}

    def _check_arguments(self, name: str, function: ast.FunctionDef) -> None:
        arguments = function.args
        given = [*arguments.posonlyargs, *arguments.args]
        required = len(given) - len(arguments.defaults)
        wanted = f"Write def {name}({', '.join(RULES[name][: len(RULES[name]) - OPTIONAL[name]])}):"
        most, least = len(RULES[name]), len(RULES[name]) - OPTIONAL[name]
        fits = required <= most and (len(given) >= least or arguments.vararg is not None)
        if not fits or any(default is None for default in arguments.kw_defaults):
            raise self.failed(f"{name} takes other arguments than it is given.", name_spot(function), remedy=wanted)
        names = [argument.arg for argument in given]
        if names != list(RULES[name][: len(names)]) and set(names) <= set(RULES[name]):
            raise self.failed(f"{name} is given its arguments in another order.", name_spot(function), remedy=wanted)


def name_spot(function: ast.FunctionDef) -> Spot:
    column = function.col_offset + len("def ") + 1
    return Spot(function.lineno, column, column + len(function.name))


def spot_of(node: ast.expr | ast.stmt) -> Spot:
    end = node.end_col_offset + 1 if node.end_lineno == node.lineno and node.end_col_offset is not None else None
    return Spot(node.lineno, node.col_offset + 1, end)


def _is_store(node: ast.expr, name: str, key: str) -> bool:
    if isinstance(node, ast.Attribute):
        return not key and node.attr == name
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return isinstance(node.value, ast.Attribute) and node.value.attr == name and node.slice.value == key
    return False
