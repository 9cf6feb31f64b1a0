"""What people do at the tracker, by other means than sync."""

from __future__ import annotations

from typing import Any

from accord.model import Attachment, Comment, Item, Link, Person, WorkLog
from accord.testing.memory import parts
from accord.testing.memory.deeds import Deed, Part
from accord.testing.memory.links import Linked


class People(Linked):
    """Each raises KeyError where there is no such item under that very key."""

    def person_creates(self, **values: Any) -> str:
        """A person creates an item. Gives its key."""
        item = self._new_item(Item(**values))
        return self._write("person", item, parts.creation(item)).key

    def person_edits(self, key: str, *, who: str | None = None, **values: Any) -> None:
        """A person edits fields; `fields` are merged. `who`: the tracker knows the username of that person."""
        item, given = self.items[key], Item.model_validate(values)
        changes = {name: getattr(given, name) for name in values}
        if "fields" in values:
            changes["fields"] = {**item.fields, **given.fields}
        asked = item.model_copy(update=changes)
        kept = tuple(self._shaping.comment(one) for one in asked.comments) if "comments" in values else item.comments
        done = parts.edits(item, asked, values)
        self._write("person", asked.model_copy(update={"comments": kept}), *done, who=who)

    def person_comments(self, key: str, body: str, author: str = "alice") -> str:
        """A person adds a comment. Gives its id."""
        return self._add_comment("person", self.items[key], Comment(body=body, author=Person(username=author))).id

    def person_edits_comment(self, key: str, comment_id: str, body: str) -> None:
        """A person writes a comment anew, its header among it."""
        self._edit_comment("person", self.items[key], comment_id, body)

    def person_deletes_comment(self, key: str, comment_id: str) -> None:
        """A person deletes a comment."""
        self._delete_comment("person", self.items[key], comment_id)

    def person_logs_time(self, key: str, seconds: int, body: str = "", author: str = "alice") -> str:
        """A person books time. Gives the work log's id."""
        spent = WorkLog(seconds=seconds, body=body, author=Person(username=author), started_at=self.now())
        return self._log_time("person", self.items[key], spent).id

    def person_edits_worklog(self, key: str, worklog_id: str, seconds: int, body: str | None = None) -> None:
        """A person corrects the time, and perhaps what it was spent on."""
        item = self.items[key]
        before = next(one for one in item.worklogs if one.id == worklog_id)
        text = before.body if body is None else body
        self._edit_worklog("person", item, before.model_copy(update={"seconds": seconds, "body": text}))

    def person_deletes_worklog(self, key: str, worklog_id: str) -> None:
        """A person takes booked time back."""
        self._delete_worklog("person", self.items[key], worklog_id)

    def person_attaches(self, key: str, name: str, content: bytes) -> str:
        """A person attaches a file. Gives its id."""
        return self._attach("person", self.items[key], Attachment(name=name), content).id

    def person_deletes_attachment(self, key: str, attachment_id: str) -> None:
        """A person deletes a file."""
        self._delete_attachment("person", self.items[key], attachment_id)

    def person_links(self, key: str, kind: str, other: str, url: str | None = None) -> str:
        """A person links the item with another one, or (`other` empty) with an address. Gives the link's id."""
        return self._link("person", self.items[key], Link(kind=kind, key=other, url=url)).id

    def person_unlinks(self, key: str, link_id: str) -> None:
        """A person takes a link away."""
        self._unlink("person", self.items[key], link_id)

    def person_deletes(self, key: str) -> None:
        """A person deletes the item."""
        at = self.now()
        del self.items[key]
        self.hidden.discard(key)
        self._unread.forget(self._identity(key))
        self.deeds.append(Deed(at, "person", "delete", key))
        self._search.add(self._identity(key), None, at)
        self._push(self._hint(key, None, gone=True))
        self._renamed(key, None)

    def person_moves(self, key: str) -> str:
        """A person moves the item to another project. Gives its new key; what else it is stays."""
        item, identity = self.items.pop(key), self._identity(key)
        new = f"{self._prefix}{len(self._moved) + 2}-{self._count}"
        self._moved[key], self._keys[identity], self._identities[new] = new, new, identity
        if key in self.hidden:
            self.hidden ^= {key, new}
        self.content = {(new if owner == key else owner, part): data for (owner, part), data in self.content.items()}
        done = Part("move", {"key": new}, {"key": key})
        self._write("person", item.model_copy(update={"key": new}), done, before=item)
        self._renamed(key, new)
        return new

    def person_hides(self, key: str) -> None:
        """Somebody takes from the account of sync the right to see the item."""
        self.hidden.add(self.items[key].key)
        self.deeds.append(Deed(self.now(), "person", "hide", key))

    def person_shows(self, key: str) -> None:
        """The account of sync may see the item again; that counts as a change of it."""
        self.hidden.discard(key)
        self._write("person", self.items[key], Part("show", {}, {}))
