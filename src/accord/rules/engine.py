"""How a script is run: one small interface, so that what runs it can be replaced."""

from __future__ import annotations

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


def prelude() -> str:
    """The classes that scripts see, as source."""
    return (files("accord.rules") / "prelude.py").read_text(encoding="utf-8")


def invocation(rule: str, arguments: dict[str, Any]) -> str:
    """The expression that runs a rule over the named arguments."""
    return f"run_{rule}({', '.join([rule, *bound(arguments)])})"


def bound(arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments under names that no script uses for something of its own."""
    return {f"{BOUND}{name}": value for name, value in arguments.items()}


BOUND = "_accord_"
LOOKED_UP = f"{BOUND}looked_up"
