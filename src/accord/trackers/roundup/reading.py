"""From an issue, its messages and its files to an Item, and the version of what was read."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from accord.errors import ItemGone
from accord.model import Attachment, Comment, Item, Link, Person
from accord.trackers.roundup.messages import COMMENT, Message, MessageReader, pick_description
from accord.trackers.roundup.names import NameBook, label
from accord.trackers.roundup.rest import RoundupRest, Row, stamp
from accord.trackers.roundup.schema import Property, Schema
from accord.trackers.roundup.settings import RoundupSettings
from accord.trackers.roundup.values import shown

MARK = "accord:"
PROTECTED = ("activity", "actor", "creation", "creator")
UNREAD_KINDS = frozenset({"Password"})


@dataclass(frozen=True)
class Layout:
    """Which properties of the item class play which part. `links` lead to other items, several each."""

    classname: str
    properties: Mapping[str, Property]
    status: str | None
    priority: str | None
    assignee: str | None
    labels: str | None
    due: str | None
    marker: str | None
    links: tuple[str, ...] = ()

    @classmethod
    def of(cls, schema: Schema, settings: RoundupSettings) -> Layout:
        """Raises ConfigurationInvalid if there is no such class."""
        properties = schema.properties(settings.item_class)

        def named(name: str, kind: str) -> str | None:
            return name if name in properties and properties[name].kind == kind else None

        return cls(
            classname=settings.item_class,
            properties=properties,
            status=named("status", "Link"),
            priority=named("priority", "Link"),
            assignee=named("assignedto", "Link"),
            labels=named(settings.labels_property, "Multilink"),
            due=named(settings.due_property, "Date"),
            marker=named(settings.marker_property or "externalid", "String"),
            links=tuple(
                sorted(
                    name
                    for name, prop in properties.items()
                    if (prop.kind, prop.target) == ("Multilink", settings.item_class)
                )
            ),
        )

    def free(self) -> dict[str, Property]:
        """The properties that an item holds under `fields`."""
        taken = {"title", "messages", "files", self.status, self.priority, self.assignee, self.labels, self.due}
        taken |= {self.marker, *self.links, *PROTECTED}
        return {
            name: prop for name, prop in self.properties.items() if name not in taken and prop.kind not in UNREAD_KINDS
        }

    def query(self) -> list[tuple[str, str]]:
        """Asks for all that an item is made from, links with their names."""
        readable = [name for name, prop in self.properties.items() if prop.kind not in UNREAD_KINDS]
        return [("@fields", ",".join([*sorted(readable), *PROTECTED])), ("@verbose", "2")]


@dataclass(frozen=True)
class Version:
    """What was read, in three digests: the issue itself, its description, all messages and files."""

    issue: str
    description: str
    rest: str

    def __str__(self) -> str:
        return f"{self.issue}.{self.description}.{self.rest}"

    @classmethod
    def parse(cls, text: str) -> Version:
        issue, _, others = text.partition(".")
        description, _, rest = others.partition(".")
        return cls(issue, description, rest)


def digest(value: object) -> str:
    told = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def row_digest(row: Row) -> str:
    """Of an issue's own properties. Addresses are left out: they differ with how the issue was asked for."""
    return digest({name: value for name, value in row.items() if name not in {"id", "link"}})


def description_digest(message: Message | None) -> str:
    return digest([message.id, message.text]) if message else "-"


class IssueReader:
    """Reads whole items: the issue, its messages and its files."""

    def __init__(
        self, rest: RoundupRest, schema: Schema, layout: Layout, book: NameBook, messages: MessageReader, user: str
    ) -> None:
        """`user` is the login of the account."""
        self._user = user
        self._rest, self._schema, self._layout, self._book, self._messages = rest, schema, layout, book, messages

    async def read(self, key: str) -> Item:
        """Raises ItemGone if the issue is retired, was never there or is hidden from the account."""
        row = await self.row(key)
        messages, files = await asyncio.gather(
            self._messages.read(ids_of(row, "messages")), self._files(ids_of(row, "files"))
        )
        description = self.description(row, messages)
        version = Version(
            row_digest(row),
            description_digest(description),
            digest([[message.digest() for message in messages], files]),
        )
        return await self._item(key, row, description, messages, files, version)

    async def row(self, key: str) -> Row:
        """The issue's own properties. A list leaves retired issues out, which asking for the issue itself does not."""
        classname = self._layout.classname
        listing = await self._rest.by_id(classname, [key], self._layout.query()) if key.isdigit() else None
        if listing is None or not listing.rows:
            raise ItemGone(f"{self._rest.http.tracker} has no {classname} {key} (any more).", item=key)
        return listing.rows[0]

    def description(self, row: Row, messages: list[Message]) -> Message | None:
        return pick_description(messages, stamp(row.get("creation")), ours=self.marker(row) is not None)

    def marker(self, row: Row) -> str | None:
        """What sync marked the issue with."""
        value = row.get(self._layout.marker) if self._layout.marker else None
        return value.removeprefix(MARK) if isinstance(value, str) and value.startswith(MARK) else None

    async def _files(self, ids: list[str]) -> list[Row]:
        fields = [("@fields", "name,type,creator,creation,activity"), ("@verbose", "0")]
        listing = await self._rest.by_id("file", ids, fields)
        return sorted(listing.rows, key=lambda row: int(row["id"]))

    async def _item(
        self,
        key: str,
        row: Row,
        description: Message | None,
        messages: list[Message],
        files: list[Row],
        version: Version,
    ) -> Item:
        layout = self._layout
        comments = [message for message in messages if message is not description]
        labels = shown(layout.properties[layout.labels], row.get(layout.labels), self._schema) if layout.labels else []
        due = stamp(row.get(layout.due)) if layout.due else None
        marked = description.marker if description and description.kind != COMMENT else None
        return Item(
            key=key,
            url=f"{self._rest.http.base_url}{layout.classname}{key}",
            summary=_text(row.get("title")),
            description=description.text if description and not description.is_placeholder else None,
            status=self._name(row, layout.status),
            priority=self._name(row, layout.priority),
            labels=tuple(str(one) for one in labels) if isinstance(labels, list) else (),
            assignee=await self._book.person(_id(row, layout.assignee)),
            reporter=await self._book.person(_id(row, "creator")),
            due=due.date() if due else None,
            comments=tuple([await self._comment(message) for message in comments]),
            attachments=tuple([await self._attachment(file) for file in files]),
            links=self._links(row),
            fields=self._fields(row),
            created_at=stamp(row.get("creation")),
            updated_at=stamp(row.get("activity")),
            updated_by=await self._changer(row),
            version=str(version),
            marker=self.marker(row) if layout.marker else marked,
        )

    async def _changer(self, row: Row) -> Person | None:
        """Who was last at the issue, if it was not sync."""
        by = await self._book.person(_id(row, "actor"))
        return None if by is None or by.username == self._user else by

    def _name(self, row: Row, name: str | None) -> str | None:
        link = row.get(name) if name else None
        return label(link) if isinstance(link, dict) else None

    def _fields(self, row: Row) -> dict[str, JsonValue]:
        return {name: shown(prop, row.get(name), self._schema) for name, prop in sorted(self._layout.free().items())}

    def _links(self, row: Row) -> tuple[Link, ...]:
        base = f"{self._rest.http.base_url}{self._layout.classname}"
        return tuple(
            Link(id=f"{kind}-{other}", kind=kind, key=other, url=f"{base}{other}")
            for kind in self._layout.links
            for other in sorted(ids_of(row, kind), key=int)
        )

    async def _comment(self, message: Message) -> Comment:
        return Comment(
            id=message.id,
            body=message.text,
            author=await self._book.person(message.author),
            created_at=message.said,
            updated_at=message.activity,
            marker=message.marker if message.kind == COMMENT else None,
        )

    async def _attachment(self, file: Row) -> Attachment:
        return Attachment(
            id=file["id"],
            name=str(file.get("name") or f"file{file['id']}"),
            media_type=str(file.get("type") or "application/octet-stream"),
            author=await self._book.person(_id(file, "creator")),
            created_at=stamp(file.get("creation")),
        )


def ids_of(row: Row, name: str) -> list[str]:
    """The ids in a multilink, however verbose."""
    links = row.get(name) or []
    return [str(link["id"]) if isinstance(link, dict) else str(link) for link in links]


def _id(row: Row, name: str | None) -> str | None:
    link = row.get(name) if name else None
    return str(link["id"]) if isinstance(link, dict) else str(link) if link else None


def _text(value: object) -> str | None:
    return str(value).replace("\r\n", "\n") if value is not None else None
