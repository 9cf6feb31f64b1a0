"""Errors are values that users read: one tree, split by who must act.

AccordError
├── WaitAndRetry            nobody: it resumes by itself
│   ├── Unreachable         the tracker or peer did not answer, or answered nonsense
│   └── Throttled           it asked us to slow down (retry_after, seconds)
├── NeedsTrackerOwner       whoever administers the tracker or owns the item
│   ├── Unauthorized        the credential is refused: pauses all of the tracker's work
│   ├── Forbidden           the credential may not do this to this item
│   ├── ItemGone            the item is not there (any more)
│   ├── ItemBroken          the item can't be read as it stands (a malformed file)
│   └── WriteRefused        the tracker refused a value
├── NeedsOperator           whoever runs the node
│   ├── ConfigurationInvalid
│   ├── GuardStopped        an unusual share of items would be ended, emptied or overwritten
│   └── UnknownThing        no such connection, item, twin ... with the nearest right name
├── NeedsRuleAuthor         whoever wrote the rule
│   └── RuleFailed
├── NeedsPeer               the other side's operator
│   └── PeerRefused
└── VersionMismatch         the item changed under us: read again and merge anew (never shown)
"""

from __future__ import annotations

from typing import Any, ClassVar


class AccordError(Exception):
    """Something went wrong."""

    who: ClassVar[str] = "operator"
    retryable: ClassVar[bool] = False
    scope: str | None = None  # "tracker" or "peer": whose fault it is, where that is known

    def __init__(
        self,
        message: str | None = None,
        *,
        remedy: str | None = None,
        item: str | None = None,
        step: str | None = None,
        side: str | None = None,
        file: str | None = None,
        line: int | None = None,
        column: int | None = None,
        field: str | None = None,
        value: object = None,
    ) -> None:
        self.message = message or (type(self).__doc__ or "").strip()
        self.remedy, self.item, self.step, self.side = remedy, item, step, side
        self.file, self.line, self.column, self.field, self.value = file, line, column, field, value
        super().__init__(self.message)

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: " if self.file and self.line else f"{self.file}: " if self.file else ""
        return f"{where}{self.message}" + (f" {self.remedy}" if self.remedy else "")

    def to_json(self) -> dict[str, Any]:
        """For the queue, the console and `--json`: what happened, where, and what to do next."""
        parts = {
            "error": type(self).__name__,
            "who": self.who,
            "message": self.message,
            "remedy": self.remedy,
            "item": self.item,
            "step": self.step,
            "side": self.side,
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "field": self.field,
            "value": None if self.value is None else str(self.value)[:200],
        }
        return {name: part for name, part in parts.items() if part is not None}


class WaitAndRetry(AccordError):
    """It will be tried again by itself."""

    who = "nobody"
    retryable = True
    undone: bool = False  # certain that nothing was done: the request was never sent, or turned away


class Unreachable(WaitAndRetry):
    """No usable answer came."""


class Throttled(WaitAndRetry):
    """The other end asked us to slow down."""

    def __init__(self, message: str | None = None, *, retry_after: float = 30.0, **where: Any) -> None:
        super().__init__(message, **where)
        self.retry_after = retry_after
        self.undone = True


class NeedsTrackerOwner(AccordError):
    """Something in the tracker needs a person."""

    who = "tracker owner"


class Unauthorized(NeedsTrackerOwner):
    """The tracker refused our credential."""


class Forbidden(NeedsTrackerOwner):
    """The tracker does not let our account do this."""


class ItemGone(NeedsTrackerOwner):
    """The item is not there."""


class ItemBroken(NeedsTrackerOwner):
    """The item can't be read as it stands."""


class WriteRefused(NeedsTrackerOwner):
    """The tracker refused a value."""


class NeedsOperator(AccordError):
    """Something in this node needs its operator."""


class ConfigurationInvalid(NeedsOperator):
    """The configuration is not valid."""


class GuardStopped(NeedsOperator):
    """An unusual share of items would be ended, emptied or overwritten at once."""


class UnknownThing(NeedsOperator):
    """There is no such thing."""


class NeedsRuleAuthor(AccordError):
    """A rule needs its author."""

    who = "rule author"


class RuleFailed(NeedsRuleAuthor):
    """A rule failed."""


class NeedsPeer(AccordError):
    """The other side's operator must act."""

    who = "peer"


class PeerRefused(NeedsPeer):
    """The other node refused our message."""

    def __init__(self, message: str | None = None, *, status: int | None = None, **where: Any) -> None:
        super().__init__(message, **where)
        self.status = status


class VersionMismatch(AccordError):
    """The item changed since it was read."""

    who = "nobody"
    retryable = True
