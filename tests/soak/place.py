"""A tracker as its people use it, and as somebody from outside sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

FIELDS = ("summary", "description", "status", "priority", "assignee", "number")
WORDED = ("status", "priority", "assignee")


class Refused(Exception):
    """The tracker did not take an edit; nothing was written."""


class Gone(Refused):
    """What was to be edited is no longer there."""


@dataclass(frozen=True)
class Words:
    """What a tracker calls things: the common word -> its own."""

    status: dict[str, str]
    priority: dict[str, str]
    people: dict[str, str]

    def own(self, field: str, common: str | None) -> str | None:
        return None if common is None else self._table(field)[common]

    def common(self, field: str, own: str | None) -> str | None:
        back = {mine: common for common, mine in self._table(field).items()}
        return None if own is None else back.get(own, f"?{own}")

    def _table(self, field: str) -> dict[str, str]:
        return self.people if field == "assignee" else getattr(self, field)


@dataclass(frozen=True)
class SeenComment:
    """A comment as it stands in the tracker, with the line before it that says who wrote it."""

    id: str
    text: str


@dataclass(frozen=True)
class SeenFile:
    """An attachment. `sha256` in lower-case hex."""

    name: str
    sha256: str
    id: str = field(default="", compare=False)


@dataclass(frozen=True)
class SeenTime:
    """Time that was spent, with what the text begins with that says whose it was."""

    id: str
    minutes: int
    text: str


@dataclass(frozen=True)
class Seen:
    """An item as it stands in the tracker, in common words. `handle` is what the place needs to find it again."""

    handle: str
    key: str | None
    summary: str | None = None
    description: str | None = None
    status: str | None = None
    priority: str | None = None
    assignee: str | None = None
    number: int | None = None
    labels: frozenset[str] = frozenset()
    comments: tuple[SeenComment, ...] = ()
    files: tuple[SeenFile, ...] = ()
    times: tuple[SeenTime, ...] = ()


Value = str | int | None


class Place(Protocol):
    """Where people work. Everything raises Refused, or Gone; each write gives the value that it replaced."""

    name: str
    words: Words
    labels: tuple[str, ...]
    takes_empty_files: bool
    keeps_time: bool
    changes_comments: bool

    async def handles(self) -> dict[str, int]:
        """The items that are there, and which logical item each one is."""
        ...

    async def look(self, handle: str) -> Seen: ...

    async def look_at_all(self) -> list[Seen]: ...

    async def open(self, values: dict[str, Value], labels: tuple[str, ...]) -> str:
        """Makes an item from common words, and gives its handle."""
        ...

    async def change(self, handle: str, field: str, new: Value) -> Value: ...

    async def label(self, handle: str, label: str, *, on: bool) -> None: ...

    async def comment(self, handle: str, text: str) -> str: ...

    async def edit_comment(self, handle: str, comment: str, text: str) -> str:
        """Keeps the line that says who wrote it; gives the whole text that was there."""
        ...

    async def delete_comment(self, handle: str, comment: str) -> str: ...

    async def attach(self, handle: str, name: str, content: bytes) -> None: ...

    async def detach(self, handle: str, file: SeenFile) -> None: ...

    async def log_time(self, handle: str, minutes: int, text: str) -> str: ...

    async def edit_time(self, handle: str, time: str, minutes: int, text: str) -> str:
        """Keeps what says whose time it was; gives the whole text that was there."""
        ...

    async def delete_time(self, handle: str, time: str) -> str: ...
