"""Scripts in the sandbox: a Python interpreter of its own in worker processes, without files, network or clock.

Every run starts from the same saved session, so a script can't carry anything from one item to the next.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from typing import Any

from pydantic_monty import (
    Monty,
    MontyClassProxy,
    MontyCrashedError,
    MontyError,
    MontyRuntimeError,
    MontySession,
    MontySyntaxError,
    MontyTypingError,
)

from accord.errors import RuleFailed
from accord.rules.engine import ABSENT, LOOKED_UP, bound, invocation, prelude
from accord.rules.plain import Bounds, TooMuch
from accord.rules.remedies import readable, remedy_for
from accord.rules.source import ScriptSource, Spot

# Sessions name what they are fed in turn; the prelude is 0.
SCRIPT_INPUT = "<python-input-1>"


@dataclass(frozen=True)
class Limits:
    """What one run of a script may use. Beyond `seconds` by a second, its worker is killed and replaced."""

    seconds: float = 1.0
    megabytes: int = 64
    recursion: int = 200


class Sandbox:
    """A pool of workers. Threads may share it; it starts when it is first needed."""

    def __init__(self, limits: Limits = Limits(), workers: int | None = None) -> None:
        self.limits = limits
        self._workers = workers or max(2, os.cpu_count() or 1)
        self._pool: Monty | None = None
        self._lock = threading.Lock()

    def load(self, source: ScriptSource) -> SandboxedScript:
        """Runs the script's top level once. Raises RuleFailed."""
        with self.session() as session:
            session.feed_run(prelude(source))
            try:
                session.feed_run(source.text, print_callback=_silence)
            except MontyError as error:
                raise explained(error, source, None, self.limits) from None
            return SandboxedScript(self, source, session.dump())

    def session(self, **checks: Any) -> MontySession:
        """A worker of one's own, for use in a `with`."""
        return self._started().checkout(
            limits={
                "max_feed_duration_secs": self.limits.seconds,
                "max_memory": self.limits.megabytes * 2**20,
                "max_recursion_depth": self.limits.recursion,
                "max_suspensions": 100,
            },
            os_policy={"datetime": "call_host", "sleep": "call_host", "random_start": "call_host"},
            **checks,
        )

    def close(self) -> None:
        """Ends the workers."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.__exit__(None, None, None)

    def _started(self) -> Monty:
        with self._lock:
            if self._pool is None:
                pool = Monty(max_processes=self._workers, request_timeout=self.limits.seconds + 5)
                pool.__enter__()
                self._pool = pool
            return self._pool


@dataclass(frozen=True)
class SandboxedScript:
    """A script and the session that its runs start from."""

    sandbox: Sandbox
    source: ScriptSource
    saved: bytes

    def call(self, rule: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """See `engine.Script`. About 1.5 ms for a replica of 5 kB."""
        try:
            with self.sandbox.session() as session:
                session.load_session(self.saved)
                made = self._run(session, rule, arguments)
            made = plain(made, Bounds())
        except MontyError as error:
            raise explained(error, self.source, rule, self.sandbox.limits) from None
        except (TooMuch, ValueError, RecursionError) as error:
            what = error if isinstance(error, TooMuch) else "what can't leave the sandbox"
            raise self.source.failed(f"{rule} made {what}.", self.source.rules[rule], **_where(rule)) from None
        if not isinstance(made, dict) or not {"draft", "looked_up"} & made.keys():
            raise self.source.failed(f"{rule} replaced what runs it.", self.source.rules[rule], **_where(rule))
        return made

    def _run(self, session: MontySession, rule: str, arguments: dict[str, Any]) -> Any:
        try:
            return session.feed_run(invocation(rule, arguments), inputs=bound(arguments), print_callback=_silence)
        except MontyRuntimeError:
            if "looked_up" in arguments and (looked_up := session.feed_run(LOOKED_UP)):
                return {"looked_up": looked_up}
            raise


def plain(value: Any, bounds: Bounds, depth: int = 0) -> Any:
    """Sandbox objects as dicts of their attributes. Raises TooMuch."""
    bounds.count(value, depth)
    if isinstance(value, MontyClassProxy):
        return plain(value.attributes, bounds, depth)
    if isinstance(value, tuple) and type(value).__name__ == "Absent":
        return ABSENT
    if isinstance(value, dict):
        return {name: plain(part, bounds, depth + 1) for name, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(part, bounds, depth + 1) for part in value]
    return value


def _where(rule: str | None) -> dict[str, Any]:
    return {"step": rule, "side": rule}


def explained(error: MontyError, source: ScriptSource, rule: str | None, limits: Limits) -> RuleFailed:
    """The sandbox's error as the rule's author should read it."""
    spot = _spot_of(error) or (source.rules.get(rule) if rule else None)
    where = _where(rule)
    if isinstance(error, MontyCrashedError):
        message = "The script was stopped: it hung its worker." if error.timed_out else "The script crashed its worker."
        return source.failed(message, spot, remedy="The worker was replaced.", **where)
    cause = error.exception()
    if isinstance(cause, TimeoutError):
        return source.failed(f"The script ran longer than {limits.seconds:g} s.", spot, **where)
    if isinstance(cause, MemoryError):
        return source.failed(f"The script used more than {limits.megabytes} MB of memory.", spot, **where)
    text = error.display("type-msg") if isinstance(error, MontyRuntimeError | MontySyntaxError) else str(error)
    return source.failed(readable(text), spot, remedy=remedy_for(text), **where)


def _spot_of(error: MontyError) -> Spot | None:
    if isinstance(error, MontyTypingError) or not isinstance(error, MontyRuntimeError | MontySyntaxError):
        return None
    frames = [frame for frame in error.traceback() if frame.filename == SCRIPT_INPUT]
    if not frames:
        return None
    last = frames[-1]
    return Spot(last.line, last.column, last.end_column if last.end_line == last.line else None)


def _silence(stream: str, text: str) -> None:
    """What scripts print goes nowhere: it may hold what users wrote."""
    del stream, text
