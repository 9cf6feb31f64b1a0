"""Values that a script writes in words, held against the options of the tracker's fields."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from accord.errors import RuleFailed
from accord.model.paths import SCALARS
from accord.ports import FieldInfo
from accord.rules.source import ScriptSource, spot_of
from accord.rules.values import nearest

ITEM_ARGUMENT = {"outgoing": 0, "incoming": 1}
# A name may stand for itself.
DEEPEST = 20
IDENTITY = (ast.Eq, ast.NotEq, ast.In, ast.NotIn)

# A constant of the script: where it stands.
Words = Iterator[ast.Constant]


def unknown_values(source: ScriptSource, fields: Mapping[str, FieldInfo]) -> list[RuleFailed]:
    """Every text that is given to a field here, or compared with one, and is none of its options."""
    return list(_Reader(source, fields).found())


@dataclass(frozen=True)
class _Reader:
    source: ScriptSource
    fields: Mapping[str, FieldInfo]

    def found(self) -> Iterator[RuleFailed]:
        seen: set[tuple[int, int]] = set()
        for path, constant in self._said(self.source.tree):
            options, value = self.fields[path].options, str(constant.value)
            if value in options or not value or (constant.lineno, constant.col_offset) in seen:
                continue
            seen.add((constant.lineno, constant.col_offset))
            yield self.source.failed(
                f"{path} has no value {value!r} here.",
                spot_of(constant),
                field=path,
                value=value,
                remedy=nearest(value, options),
            )

    def _said(self, tree: ast.AST) -> Iterator[tuple[str, ast.Constant]]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for path in filter(None, map(self._path, targets)):
                    yield from ((path, constant) for constant in self._words(node.value))
            elif isinstance(node, ast.Compare) and isinstance(node.ops[0], IDENTITY):
                yield from self._compared(node)
            elif isinstance(node, ast.Subscript | ast.Call):
                yield from self._looked_up(node)

    def _compared(self, node: ast.Compare) -> Iterator[tuple[str, ast.Constant]]:
        sides = [node.left, node.comparators[0]]
        for one, other in (sides, sides[::-1]):
            path = self._path(one)
            parts = other.elts if isinstance(other, ast.Tuple | ast.List | ast.Set) else [other]
            if path:
                yield from ((path, constant) for part in parts for constant in self._words(part))

    def _looked_up(self, node: ast.Subscript | ast.Call) -> Iterator[tuple[str, ast.Constant]]:
        """The keys of a table that is asked for what a field holds."""
        table, asked = _table_and_key(node)
        path = self._path(asked) if asked else None
        if path and table:
            keys = (key for key in self._table(table).keys if isinstance(key, ast.Constant))
            yield from ((path, key) for key in keys if isinstance(key.value, str))

    def _words(self, node: ast.AST, depth: int = 0) -> Words:
        """The texts that an expression may give."""
        if depth > DEEPEST:
            return
        match node:
            case ast.Constant(value=str()):
                yield node
            case ast.IfExp(body=one, orelse=other):
                yield from self._words(one, depth + 1)
                yield from self._words(other, depth + 1)
            case ast.BoolOp(values=values):
                for value in values:
                    yield from self._words(value, depth + 1)
            case ast.Name(id=name) if name in self._constants:
                yield from self._words(self._constants[name], depth + 1)
            case ast.Subscript() | ast.Call():
                yield from self._words_of_table(node, depth)

    def _words_of_table(self, node: ast.Subscript | ast.Call, depth: int) -> Words:
        table, asked = _table_and_key(node)
        if table is not None and asked is not None and (values := self._table(table).values):
            for value in values:
                yield from self._words(value, depth + 1)
            if isinstance(node, ast.Call):
                for default in [*node.args[2 if table is node.args[0] else 1 :], *(k.value for k in node.keywords)]:
                    yield from self._words(default, depth + 1)

    def _table(self, node: ast.AST) -> ast.Dict:
        if isinstance(node, ast.Name):
            node = self._constants.get(node.id, node)
        return node if isinstance(node, ast.Dict) else ast.Dict(keys=[], values=[])

    def _path(self, node: ast.AST) -> str | None:
        """The field here that an expression stands for, if it has options."""
        path = None
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if name in self._items and attr in SCALARS:
                path = attr
            case ast.Subscript(value=inner, slice=ast.Constant(value=str(key))) if self._is_fields(inner):
                path = f"fields.{key}"
            case ast.Call(func=ast.Attribute(value=inner, attr="get"), args=[ast.Constant(value=str(key)), *_]) if (
                self._is_fields(inner)
            ):
                path = f"fields.{key}"
        return path if path and path in self.fields and self.fields[path].options else None

    def _is_fields(self, node: ast.AST) -> bool:
        return (
            isinstance(node, ast.Attribute)
            and node.attr == "fields"
            and isinstance(node.value, ast.Name)
            and node.value.id in self._items
        )

    @cached_property
    def _items(self) -> set[str]:
        """What the script calls the item here."""
        given = {rule: self.source.arguments(rule) for rule in self.source.rules}
        return {names[ITEM_ARGUMENT[rule]] for rule, names in given.items() if len(names) > ITEM_ARGUMENT[rule]}

    @cached_property
    def _constants(self) -> dict[str, ast.expr]:
        """Names that the script sets once, at its top."""
        assigned = [node for node in self.source.tree.body if isinstance(node, ast.Assign)]
        return {node.targets[0].id: node.value for node in assigned if isinstance(node.targets[0], ast.Name)}


def _table_and_key(node: ast.Subscript | ast.Call) -> tuple[ast.expr | None, ast.expr | None]:
    """Of `TABLE[key]`, `TABLE.get(key, ...)` and `lookup(TABLE, key, ...)`."""
    match node:
        case ast.Subscript(value=table, slice=key):
            return table, key
        case ast.Call(func=ast.Attribute(value=table, attr="get"), args=[key, *_]):
            return table, key
        case ast.Call(func=ast.Name(id="lookup"), args=[table, key, *_]):
            return table, key
    return None, None
