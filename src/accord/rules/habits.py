"""Habits from elsewhere that do not work in rules, and that types do not tell."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from accord.errors import RuleFailed
from accord.rules.source import RULES, ScriptSource, name_spot, spot_of
from accord.rules.values import close_to

CLOCKS = ("datetime", "date", "datetime.datetime", "datetime.date", "time")
ASKS_THE_CLOCK = ("now", "today", "utcnow", "time")


def habits(source: ScriptSource) -> list[RuleFailed]:
    """All that the script does by habit."""
    return [*_misnamed(source), *_returning(source), *_asking_the_clock(source), *_comparing_in_vain(source)]


def _misnamed(source: ScriptSource) -> Iterator[RuleFailed]:
    """A function that is named almost like a rule never runs."""
    called = {node.id for node in ast.walk(source.tree) if isinstance(node, ast.Name)}
    for node in source.tree.body:
        if isinstance(node, ast.FunctionDef) and node.name not in (*RULES, *called):
            meant = close_to(node.name, [rule for rule in RULES if rule not in source.rules], cutoff=0.8)
            if meant:
                message = f"{node.name} is no rule, and nothing calls it."
                yield source.failed(message, name_spot(node), remedy=f"Did you mean {meant[0]!r}?")


def _returning(source: ScriptSource) -> Iterator[RuleFailed]:
    """A rule assigns to its draft; what it returns is an error when it runs."""
    for node in source.tree.body:
        if isinstance(node, ast.FunctionDef) and node.name in source.rules:
            draft = source.arguments(node.name)[1]
            for inner in _own_nodes(node):
                if isinstance(inner, ast.Return) and not _is_nothing(inner.value, draft):
                    remedy = f"Assign to {draft}, as in {draft}.summary = ..., and leave out `return`."
                    yield source.failed(f"{node.name} returns something.", spot_of(inner), remedy=remedy)


def _own_nodes(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """The nodes of a function, without those of functions within it."""
    waiting: list[ast.AST] = [*function.body]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def _is_nothing(value: ast.expr | None, draft: str) -> bool:
    if isinstance(value, ast.Constant):
        return value.value is None
    return value is None or (isinstance(value, ast.Name) and value.id == draft)


def _asking_the_clock(source: ScriptSource) -> Iterator[RuleFailed]:
    for node in ast.walk(source.tree):
        match node:
            case ast.Call(func=ast.Attribute(value=inner, attr=attr)) if attr in ASKS_THE_CLOCK:
                if ast.unparse(inner) in CLOCKS:
                    remedy = "Use context.now: the same input must give the same result."
                    yield source.failed("Rules have no clock of their own.", spot_of(node), remedy=remedy)


def _comparing_in_vain(source: ScriptSource) -> Iterator[RuleFailed]:
    """`==` on a line of its own sets nothing."""
    for node in ast.walk(source.tree):
        match node:
            case ast.Expr(value=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right])):
                remedy = f"To set it, write = once: {ast.unparse(left)} = {ast.unparse(right)}"
                yield source.failed("This compares two values, and does nothing with it.", spot_of(node), remedy=remedy)
