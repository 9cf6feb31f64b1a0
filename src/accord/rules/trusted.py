"""Scripts as plain Python in this process, able to do all that it can: the operator's explicit choice."""

from __future__ import annotations

import traceback
from types import CodeType
from typing import Any

from accord.errors import RuleFailed
from accord.rules.engine import ABSENT, bound, invocation, prelude
from accord.rules.plain import Bounds, TooMuch
from accord.rules.remedies import readable, remedy_for
from accord.rules.source import ScriptSource, Spot

CLASSES = ("Item", "Replica", "Person", "Comment", "Attachment", "WorkLog", "Link")


class TrustedScript:
    """Implements `engine.Script` without a sandbox. Purity is the author's to keep."""

    def __init__(self, source: ScriptSource) -> None:
        """Runs the script's top level once. Raises RuleFailed."""
        self.source = source
        self._names: dict[str, Any] = {"__name__": "accord_rules"}
        self._run(compile(prelude(), "<prelude>", "exec"), self._names, None)
        self._run(compile(source.text, str(source.path), "exec"), self._names, None)

    def call(self, rule: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """See `engine.Script`."""
        code = compile(f"_made = {invocation(rule, arguments)}", "<rule>", "exec")
        names = dict(self._names)
        names.update(bound(arguments))
        try:
            self._run(code, names, rule)
            made: dict[str, Any] = self._plain(names["_made"], Bounds())
        except RuleFailed:
            if arguments.get("looked_up"):
                return {"looked_up": arguments["looked_up"]}
            raise
        except (TooMuch, RecursionError) as error:
            what = error if isinstance(error, TooMuch) else "a value that holds itself"
            raise self.source.failed(f"{rule} made {what}.", self.source.rules[rule], step=rule, side=rule) from None
        return made

    def _run(self, code: CodeType, names: dict[str, Any], rule: str | None) -> None:
        try:
            exec(code, names)  # noqa: S102
        except Exception as error:
            raise self._explained(error, rule) from error

    def _explained(self, error: Exception, rule: str | None) -> RuleFailed:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(self.source.path)]
        spot = self.source.rules.get(rule) if rule else None
        if frames and frames[-1].lineno:
            last = frames[-1]
            end = last.end_colno if last.end_lineno == last.lineno else None
            spot = Spot(last.lineno or 1, (last.colno or 0) + 1, None if end is None else end + 1)
        text = f"{type(error).__name__}: {error}"
        return self.source.failed(readable(text), spot, remedy=remedy_for(text), step=rule, side=rule)

    def _plain(self, value: Any, bounds: Bounds, depth: int = 0) -> Any:
        bounds.count(value, depth)
        if isinstance(value, self._names["Absent"]):
            return ABSENT
        if isinstance(value, dict):
            return {name: self._plain(part, bounds, depth + 1) for name, part in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._plain(part, bounds, depth + 1) for part in value]
        made_here = any(isinstance(value, self._names[name]) for name in CLASSES)
        return self._plain(vars(value), bounds, depth) if made_here else value
