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
from accord.rules.diagnosis import Names, is_harmless, mend, message_of
from accord.rules.engine import prelude
from accord.rules.habits import habits
from accord.rules.known_values import unknown_values
from accord.rules.sandbox import Limits, Sandbox
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
    fields = description.fields if description else {}
    found = [*habits(source), *unknown_values(source, fields)]
    own = sandbox or Sandbox(CHECKING, workers=1)
    try:
        found += _check(source, description, own)
    finally:
        if sandbox is None:
            own.close()
    # Of several about one place, the first.
    places = {(one.line or 0, one.column or 0): one for one in reversed(found)}
    return [places[place] for place in sorted(places)]


def _check(source: ScriptSource, description: Description | None, sandbox: Sandbox) -> list[RuleFailed]:
    """What the types tell; of a script that they have nothing to say of, what running it tells."""
    typed, names = _annotated(source), _names(source, description)
    problems = _found_by_types(typed.text, stubs(description), sandbox)
    if problems:
        return [_explained(one, typed, source, names) for one in problems]
    try:
        sandbox.load(source)
    except RuleFailed as failed:
        return [failed]
    return []


def _found_by_types(text: str, types: str, sandbox: Sandbox) -> list[dict[str, Any]]:
    """The checker's diagnostics, without those of what works all the same."""
    with sandbox.session(type_check=True, type_check_stubs=types, type_check_format="json") as session:
        session.feed_run(prelude(), skip_type_check=True)
        try:
            session.feed_run(text, print_callback=lambda _stream, _text: None)
        except MontyTypingError as found:
            return [one for one in json.loads(found.display()) if not is_harmless(one["message"])]
        except MontyError:
            return []
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


def _names(source: ScriptSource, description: Description | None) -> Names:
    defined = re.findall(r"(?m)^(?:def\s+|class\s+)?(\w+)", source.text)
    paths = description.fields if description else ()
    return Names(defined, [path.removeprefix("fields.") for path in paths if path.startswith("fields.")])


def _explained(problem: dict[str, Any], typed: _Annotated, source: ScriptSource, names: Names) -> RuleFailed:
    line, end_line = problem["location"]["row"], problem["end_location"]["row"]
    column = typed.column(line, problem["location"]["column"])
    end = typed.column(line, problem["end_location"]["column"]) if line == end_line else None
    shown = source.text.splitlines()[line - 1][column - 1 : end - 1 if end else None]
    return source.failed(message_of(problem, shown), Spot(line, column, end), remedy=mend(problem, names, shown))
