"""The pretend server: items, and what happens to them when somebody writes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NoReturn

from accord.errors import Forbidden, ItemGone
from accord.model import Attachment, Comment, Item, Person, WorkLog, differing, flatten
from accord.ports import FieldInfo, Hint
from accord.testing.memory import parts
from accord.testing.memory.behaviour import Behaviour
from accord.testing.memory.deeds import By, Deed, Part, Unread
from accord.testing.memory.failing import Failing
from accord.testing.memory.pushes import Pushes
from accord.testing.memory.search import Search
from accord.testing.memory.shaping import Shaping, cut

FIELDS = (
    FieldInfo("summary"),
    FieldInfo("description", "rich_text"),
    *(FieldInfo(path) for path in ("type", "status", "resolution", "priority")),
    FieldInfo("assignee", "person"),
    FieldInfo("reporter", "person"),
    FieldInfo("due", "date"),
    FieldInfo("parent", "item"),
    FieldInfo("labels", "labels"),
)
AT_ONCE = (0.0,)


class Server(Failing):
    """Items live in `items`, by key, as people see them; `hidden` are keys that sync may not see.

    `now` is the only clock; it must never go back. `normalise` is what the tracker makes of an item on each write
    besides its behaviour. `deliver` gives the delays in seconds with which a push arrives: () is lost, two are twice.
    """

    def __init__(
        self,
        name: str = "memory",
        *,
        prefix: str = "M",
        people: Sequence[Person] = (),
        fields: Sequence[FieldInfo] = (),
        behaviour: Behaviour | None = None,
    ) -> None:
        super().__init__()
        self.name = name
        self.behaviour = behaviour or Behaviour()
        self.capabilities = self.behaviour.capabilities()
        self.items: dict[str, Item] = {}
        self.hidden: set[str] = set()
        self.content: dict[tuple[str, str], bytes] = {}
        self.people = tuple(people)
        self.fields = {info.path: info for info in (*FIELDS, *fields)}
        self.deeds: list[Deed] = []
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.normalise: Callable[[Item], Item] = lambda item: item
        self.deliver: Callable[[Hint], Sequence[float]] = lambda _: AT_ONCE
        self._prefix = prefix
        self._count = 0
        self._sub = 0
        self._identities: dict[str, str] = {}
        self._keys: dict[str, str] = {}
        self._moved: dict[str, str] = {}
        self._unread = Unread()
        self._pushes = Pushes()
        self._search = Search(self.behaviour, lambda: self.now())
        self._shaping = Shaping(self.behaviour, self.fields)

    # items by key

    def _new_item(self, item: Item) -> Item:
        """With a key, and all that an item has from its first day."""
        self._count += 1
        key, identity = f"{self._prefix}-{self._count}", f"{self._prefix.lower()}-id-{self._count}"
        self._keys[identity], self._identities[key] = key, identity
        return item.model_copy(update={"key": key, "identity": identity if self.behaviour.moves else None})

    def _identity(self, key: str) -> str:
        return self._identities.get(key, key)

    def _current(self, key: str) -> str:
        """The key under which sync reaches what it knows as `key`."""
        while self.behaviour.redirects and key in self._moved:
            key = self._moved[key]
        return key

    def _reach(self, key: str) -> Item:
        """The item, if sync may see it."""
        current = self._current(key)
        if current in self.hidden or current not in self.items:
            self._refuse(key, forbidden=current in self.hidden and self.behaviour.forbidden)
        return self.items[current]

    def _refuse(self, key: str, *, forbidden: bool) -> NoReturn:
        if forbidden:
            raise Forbidden(f"The account of sync may not see {key}.", item=key)
        raise ItemGone(f"There is no item {key}.", item=key)

    # writes

    def _write(self, by: By, item: Item, *done: Part, before: Item | None = None, who: str | None = None) -> Item:
        """Stores the item. `before`: what it was, where that is not under its key. `who` wrote it, if that is told."""
        at, before = self.now(), before or self.items.get(item.key)
        made = self.normalise(self._shaping.item(item, before))
        after = self._store(made.model_copy(update={"changed_by": _authors(before, made, who)}), at)
        self._note(by, before or after, after, done, at)
        return after

    def _store(self, item: Item, at: datetime) -> Item:
        stamp = self._stamp(at)
        facts = {
            "version": str(self._search.last_number + 1),
            "updated_at": stamp,
            "created_at": item.created_at or stamp,
        }
        stored = self.items[item.key] = item.model_copy(update=facts)
        self._search.add(self._identity(item.key), stored, at)
        self._push(self._hint(item.key, stored.version, gone=False))
        return stored

    def _note(self, by: By, before: Item, after: Item, done: Sequence[Part], at: datetime) -> None:
        identity = self._identity(after.key)
        blind = self._unread.lost(identity, before, after) if by == "sync" else ()
        for part in done:
            if by == "person":
                self._unread.add(identity, part.act, part.values)
            self.deeds.append(Deed(at, by, part.act, before.key, part.values, part.before, blind))
            blind = ()

    def _stamp(self, at: datetime) -> datetime:
        return cut(at, self.behaviour.stamp_resolution)

    def _next_id(self) -> str:
        self._sub += 1
        return f"{self._prefix.lower()}{self._sub}"

    # hints

    def _hint(self, key: str, version: str | None, *, gone: bool) -> Hint:
        told = version if self.behaviour.versioned and not gone else None
        return Hint(key, told, gone, self._identity(key) if self.behaviour.moves else None)

    def _push(self, hint: Hint) -> None:
        if self.behaviour.pushes and hint.key not in self.hidden:
            for delay in self.deliver(hint):
                self._pushes.send(hint, delay)

    # comments and attachments

    def _add_comment(self, by: By, item: Item, comment: Comment) -> Comment:
        facts = {"id": self._next_id(), "header": "", "created_at": self._stamp(self.now())}
        asked = comment.model_copy(update=facts)
        made = self._shaping.comment(asked)
        self._write(by, item.model_copy(update={"comments": (*item.comments, made)}), parts.comment_added(asked))
        return made

    def _edit_comment(self, by: By, item: Item, comment_id: str, body: str) -> Item:
        edited = [self._with_body(one, body) if one.id == comment_id else one for one in item.comments]
        done = [parts.comment_edited(one, body) for one in item.comments if one.id == comment_id]
        return self._write(by, item.model_copy(update={"comments": tuple(edited)}), *done)

    def _with_body(self, comment: Comment, body: str) -> Comment:
        return self._shaping.comment(comment.model_copy(update={"body": body}))

    def _delete_comment(self, by: By, item: Item, comment_id: str) -> Item:
        """The item without it; what is not there needs no deleting."""
        kept = tuple(one for one in item.comments if one.id != comment_id)
        done = [parts.comment_deleted(one) for one in item.comments if one.id == comment_id]
        return self._write(by, item.model_copy(update={"comments": kept}), *done) if done else item

    def _log_time(self, by: By, item: Item, worklog: WorkLog) -> WorkLog:
        marker = worklog.marker if self.behaviour.sub_item_markers else None
        made = worklog.model_copy(update={"id": self._next_id(), "header": "", "marker": marker})
        self._write(by, item.model_copy(update={"worklogs": (*item.worklogs, made)}), parts.time_logged(made))
        return made

    def _edit_worklog(self, by: By, item: Item, worklog: WorkLog) -> Item:
        """Time, day and text of it are written anew."""
        asked = {"seconds": worklog.seconds, "body": worklog.body, "started_at": worklog.started_at}
        after = [one.model_copy(update=asked) if one.id == worklog.id else one for one in item.worklogs]
        done = [parts.worklog_edited(a, b) for a, b in zip(item.worklogs, after, strict=True) if a.id == worklog.id]
        return self._write(by, item.model_copy(update={"worklogs": tuple(after)}), *done)

    def _delete_worklog(self, by: By, item: Item, worklog_id: str) -> Item:
        """The item without it; what is not there needs no deleting."""
        kept = tuple(one for one in item.worklogs if one.id != worklog_id)
        done = [parts.worklog_deleted(one) for one in item.worklogs if one.id == worklog_id]
        return self._write(by, item.model_copy(update={"worklogs": kept}), *done) if done else item

    def _attach(self, by: By, item: Item, attachment: Attachment, content: bytes) -> Attachment:
        facts = {"id": self._next_id(), "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        marker = attachment.marker if self.behaviour.sub_item_markers else None
        made = attachment.model_copy(update={**facts, "marker": marker})
        self.content[item.key, made.id] = content
        self._write(by, item.model_copy(update={"attachments": (*item.attachments, made)}), parts.attached(made))
        return made

    def _delete_attachment(self, by: By, item: Item, attachment_id: str) -> Item:
        """The item without it; what is not there needs no deleting."""
        kept = tuple(one for one in item.attachments if one.id != attachment_id)
        done = [parts.file_deleted(one) for one in item.attachments if one.id == attachment_id]
        return self._write(by, item.model_copy(update={"attachments": kept}), *done) if done else item


def _authors(before: Item | None, after: Item, who: str | None) -> dict[str, Person]:
    """Who last changed each field, as the item tells it: nobody, where the last change was sync's own."""
    if before is None or not (before.changed_by or who):
        return {}
    changed = differing(flatten(before), flatten(after))
    kept = {path: by for path, by in before.changed_by.items() if path not in changed}
    return kept | (dict.fromkeys(sorted(changed), Person(username=who)) if who else {})
