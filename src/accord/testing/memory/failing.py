"""Calls that fail because a test wants it."""

from __future__ import annotations

from accord.errors import AccordError


class Call:
    """Raises the failure that is due, before or after the work."""

    def __init__(self, error: AccordError | None, after: bool) -> None:
        self._error, self._after = error, after

    def __enter__(self) -> None:
        if self._error and not self._after:
            raise self._error

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._error and self._after and kind is None:
            raise self._error


class Failing:
    """Knows which calls are to fail, and writes down all of them in `calls`."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self._failures: list[tuple[str, AccordError, bool]] = []

    def fail_next(self, call: str, error: AccordError, *, after: bool = False) -> None:
        """The next `call` raises: `after` the work was done, or instead of it."""
        self._failures.append((call, error, after))

    def _called(self, call: str) -> Call:
        self.calls.append(call)
        for index, (name, error, after) in enumerate(self._failures):
            if name == call:
                del self._failures[index]
                return Call(error, after)
        return Call(None, False)
