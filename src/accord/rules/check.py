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
from accord.ports import Description
from accord.rules.diagnosis import is_about_stubs, mend, message_of
from accord.rules.engine import prelude
from accord.rules.known_values import unknown_values
from accord.rules.sandbox import Limits, Sandbox, explained
from accord.rules.source import ScriptSource, Spot
from accord.rules.stubs import stubs

TYPES = {"outgoing": ("Item", "Replica", "OutgoingContext"), "incoming": ("Received", "Item", "Context")}
CHECKING = Limits(seconds=5.0, megabytes=256)


def check_script(
    path: Path, description: Description | None = None, sandbox: Sandbox | None = None
) -> list[RuleFailed]:
    """All that is wrong with a script, each with file, line, column and the line with a caret; empty if it is sound.

    With what the tracker says of itself, names and values of its own fields are checked too. What is sound so far is
    run once in the sandbox, as far as defining its functions. Takes about 0.1 s.
    """
    try:
        source = ScriptSource.read(path)
    except RuleFailed as failed:
        return [failed]
    values = unknown_values(source, description.fields) if description else []
    own = sandbox or Sandbox(CHECKING, workers=1)
    try:
        return sorted([*values, *_check(source, stubs(description), own)], key=lambda p: (p.line or 0, p.column or 0))
    finally:
        if sandbox is None:
            own.close()


def _check(source: ScriptSource, types: str, sandbox: Sandbox) -> list[RuleFailed]:
    typed = _annotated(source)
    with sandbox.session(type_check=True, type_check_stubs=types, type_check_format="json") as session:
        session.feed_run(prelude(), skip_type_check=True)
        try:
            session.feed_run(typed.text, print_callback=lambda _stream, _text: None)
        except MontyTypingError as found:
            problems = [one for one in json.loads(found.display()) if not is_about_stubs(one["message"])]
            return [_explained(one, typed, source) for one in problems] or _run(source, sandbox)
        except MontyError as error:
            return [explained(error, source, None, sandbox.limits)]
    return []


def _run(source: ScriptSource, sandbox: Sandbox) -> list[RuleFailed]:
    try:
        sandbox.load(source)
    except RuleFailed as failed:
        return [failed]
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
    for node in source.tree.body:
        if isinstance(node, ast.FunctionDef) and node.name in TYPES:
            arguments = [*node.args.posonlyargs, *node.args.args]
            for argument, kind in zip(arguments, TYPES[node.name], strict=False):
                if argument.annotation is None:
                    yield argument.lineno, argument.end_col_offset or 0, f": {kind}"


def _explained(problem: dict[str, Any], typed: _Annotated, source: ScriptSource) -> RuleFailed:
    line, end_line = problem["location"]["row"], problem["end_location"]["row"]
    column = typed.column(line, problem["location"]["column"])
    end = typed.column(line, problem["end_location"]["column"]) if line == end_line else None
    defined = re.findall(r"(?m)^(?:def\s+|class\s+)?(\w+)", source.text)
    return source.failed(message_of(problem), Spot(line, column, end), remedy=mend(problem, defined))
