"""Checks a script before it is ever run: a misspelt field is an error with its line, not a surprise in the night."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic_monty import MontyError, MontyTypingError

from accord.errors import RuleFailed
from accord.rules.drafts import GIVEN
from accord.rules.engine import prelude
from accord.rules.sandbox import Limits, Sandbox, explained
from accord.rules.source import ScriptSource, Spot
from accord.rules.stubs import stubs as default_stubs
from accord.rules.values import nearest

TYPES = {"outgoing": ("Item", "Replica"), "incoming": ("Received", "Item", "Context")}
CHECKING = Limits(seconds=5.0, megabytes=256)


def check_script(path: Path, stubs: str | None = None, sandbox: Sandbox | None = None) -> list[RuleFailed]:
    """All that is wrong with a script, each with file, line, column and the line with a caret; empty if it is sound.

    `stubs` as `accord.rules.stubs` makes them. What the checker accepts is run once in the sandbox, as far as
    defining its functions. Takes about 0.1 s.
    """
    try:
        source = ScriptSource.read(path)
    except RuleFailed as failed:
        return [failed]
    if sandbox is not None:
        return _check(source, stubs or default_stubs(), sandbox)
    own = Sandbox(CHECKING, workers=1)
    try:
        return _check(source, stubs or default_stubs(), own)
    finally:
        own.close()


def _check(source: ScriptSource, stubs: str, sandbox: Sandbox) -> list[RuleFailed]:
    typed = _annotated(source)
    try:
        with sandbox.session(type_check=True, type_check_stubs=stubs, type_check_format="json") as session:
            session.feed_run(prelude(), skip_type_check=True)
            session.feed_run(typed.text, print_callback=lambda _stream, _text: None)
    except MontyTypingError as found:
        return [_explained(one, typed, source) for one in json.loads(found.display())]
    except MontyError as error:
        return [explained(error, source, None, sandbox.limits)]
    return []


@dataclass(frozen=True)
class _Annotated:
    """The script with its rules' arguments annotated; `added` are the insertions: (line, column, length)."""

    text: str
    added: list[tuple[int, int, int]]

    def column(self, line: int, column: int) -> int:
        """A column of the annotated text as it is in the script itself."""
        for at_line, at, length in self.added:
            if at_line == line and column > at:
                column = max(at, column - length)
        return column


def _annotated(source: ScriptSource) -> _Annotated:
    lines = source.text.splitlines(keepends=True)
    added = []
    for line, column, addition in sorted(_annotations(source), reverse=True):
        encoded = lines[line - 1].encode()
        lines[line - 1] = (encoded[:column] + addition.encode() + encoded[column:]).decode()
        added.append((line, len(encoded[:column].decode()), len(addition)))
    return _Annotated("".join(lines), added)


def _annotations(source: ScriptSource) -> Iterator[tuple[int, int, str]]:
    for node in ast.parse(source.text).body:
        if isinstance(node, ast.FunctionDef) and node.name in TYPES:
            arguments = [*node.args.posonlyargs, *node.args.args]
            for argument, kind in zip(arguments, TYPES[node.name], strict=False):
                if argument.annotation is None:
                    yield argument.lineno, argument.end_col_offset or 0, f": {kind}"


def _explained(problem: dict[str, Any], typed: _Annotated, source: ScriptSource) -> RuleFailed:
    line, end_line = problem["location"]["row"], problem["end_location"]["row"]
    column = typed.column(line, problem["location"]["column"])
    end = typed.column(line, problem["end_location"]["column"]) if line == end_line else None
    return source.failed(_message(problem), Spot(line, column, end), remedy=_remedy(problem["message"]))


def _message(problem: dict[str, Any]) -> str:
    return f"{problem['message']} ({problem['code']})".replace("`", "'")


def _remedy(message: str) -> str | None:
    """The nearest right name, where a field is misspelt."""
    if "on `Absent`" in message or "`Absent` in union" in message:
        return "The other side may not have named this field: ask `if replica.<field>:` first."
    misspelt = re.search(r"attribute `(\w+)`", message)
    kind = re.search(r"type `(Item|Replica|Received|Context)`", message)
    if not misspelt or not kind:
        return None
    names = GIVEN["replica" if kind[1] == "Received" else kind[1].lower()]
    return None if misspelt[1] in names else nearest(misspelt[1], list(names))
