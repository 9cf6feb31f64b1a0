"""A Roundup: people who use its REST API as a browser form would, and somebody who reads it all."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Callable
from typing import Any

from accord.testing.roundup import RoundupPerson, RoundupRefused, RoundupServer
from tests.soak.place import WORDED, Gone, Refused, Seen, SeenComment, SeenFile, Value, Words
from tests.soak.tokens import Kind, after_prefix, item_of, tokens_in

PROPERTIES = {
    "summary": "title",
    "status": "status",
    "priority": "priority",
    "assignee": "assignedto",
    "number": "points",
}
LOGINS = ("alice", "bob", "carol")
ATTEMPTS = 20
PAUSE = 0.05

Row = dict[str, Any]


class Roundup:
    """Implements `Place`. A handle is an issue's number."""

    changes_comments = True
    takes_empty_files = False  # Roundup drops a file without bytes
    keeps_time = False
    labels = ("red", "green", "blue")

    def __init__(self, name: str, server: RoundupServer, words: Words, dice: random.Random) -> None:
        self.name, self.words, self._dice = name, words, dice
        self._people = [server.user(login) for login in LOGINS]
        self._hashes: dict[str, str] = {}

    async def handles(self) -> dict[str, int]:
        rows = await self._listing("issue", "title")
        items = {row["id"]: item_of(row["title"]) for row in rows}
        return {id_: item for id_, item in items.items() if item is not None}

    async def look(self, handle: str) -> Seen:
        row = (await self._element("issue", handle))["attributes"]
        messages = await asyncio.gather(*(self._message(id_) for id_ in _ids(row, "messages")))
        files = [await self._element("file", id_) for id_ in _ids(row, "files")]
        names = {str(file["id"]): str(file["attributes"]["name"]) for file in files}
        return await self._seen(handle, row, {id_: text for id_, text, _ in messages}, names)

    async def look_at_all(self) -> list[Seen]:
        names = "title,status,priority,assignedto,points,keyword,messages,files"
        issues = await self._listing("issue", names)
        texts = {row["id"]: _plain(row["content"]) for row in await self._listing("msg", "content", verbose="3")}
        files = {row["id"]: str(row["name"]) for row in await self._listing("file", "name")}
        return [await self._seen(row["id"], row, texts, files) for row in issues]

    async def open(self, values: dict[str, Value], labels: tuple[str, ...]) -> str:
        own = {PROPERTIES[name]: self._own(name, value) for name, value in values.items() if name in PROPERTIES}
        own = {name: value for name, value in own.items() if value is not None}
        title = str(own.pop("title"))
        description = str(values.get("description") or "") or None
        return await self._person().create(title, description, keyword=list(labels), **own)

    async def change(self, handle: str, field: str, new: Value) -> Value:
        if field == "description":
            return await self._change_description(handle, new)
        own, name = self._own(field, new), PROPERTIES[field]
        row = await self._put("issue", handle, lambda _: {name: "" if own is None else own})
        return self._common(field, row.get(name))

    async def label(self, handle: str, label: str, *, on: bool) -> None:
        sign = "+" if on else "-"

        def change(row: Row) -> Row:
            there = label in {link["name"] for link in row["keyword"] or ()}
            return {"keyword": [f"{sign}{label}"]} if there != on else {}

        await self._put("issue", handle, change)

    async def comment(self, handle: str, text: str) -> str:
        return await _asked(self._person().comment(handle, text))

    async def edit_comment(self, handle: str, comment: str, text: str) -> str:
        return await self._rewrite(handle, comment, text)

    async def delete_comment(self, handle: str, comment: str) -> str:
        def off(row: Row) -> Row:
            if comment not in _ids(row, "messages"):
                raise Gone(f"message {comment}")
            return {"messages": [f"-{comment}"]}

        await self._put("issue", handle, off)
        return (await self._message(comment))[1]

    async def attach(self, handle: str, name: str, content: bytes) -> None:
        await _asked(self._person().attach(handle, name, content, "application/octet-stream"))

    async def detach(self, handle: str, file: SeenFile) -> None:
        def off(row: Row) -> Row:
            if file.id not in _ids(row, "files"):
                raise Gone(f"file {file.id}")
            return {"files": [f"-{file.id}"]}

        await self._put("issue", handle, off)

    async def log_time(self, handle: str, minutes: int, text: str) -> str:
        raise Refused(f"{self.name} keeps no time")

    async def edit_time(self, handle: str, time: str, minutes: int, text: str) -> str:
        raise Refused(f"{self.name} keeps no time")

    async def delete_time(self, handle: str, time: str) -> str:
        raise Refused(f"{self.name} keeps no time")

    async def _change_description(self, handle: str, new: Value) -> str:
        row = (await self._element("issue", handle))["attributes"]
        for id_ in _ids(row, "messages"):
            if _is_description((await self._message(id_))[1]) and new:
                return await self._rewrite(handle, id_, str(new))
        raise Gone(f"issue {handle} has no description to edit")

    async def _rewrite(self, handle: str, message: str, text: str) -> str:
        for _ in range(ATTEMPTS):
            _, seen, etag = await self._message(message)
            body = {"content": after_prefix(seen)[0] + text}
            try:
                await self._person().call("PUT", f"data/msg/{message}", json=body, etag=etag)
            except RoundupRefused as refused:
                await _again(refused)
                continue
            # Roundup takes a new text for a message that was taken off its issue meanwhile: nobody will see it.
            if message not in _ids((await self._element("issue", handle))["attributes"], "messages"):
                raise Gone(f"message {message}")
            return seen
        raise Refused(f"message {message} keeps changing")

    async def _put(self, classname: str, id_: str, change: Callable[[Row], Row]) -> Row:
        """Reads, changes, writes with the ETag of what was read; gives what was read."""
        for _ in range(ATTEMPTS):
            seen = await self._element(classname, id_)
            row: Row = seen["attributes"]
            body = change(row)
            if not body:
                return row
            try:
                await self._person().call("PUT", f"data/{classname}/{id_}", json=body, etag=seen["@etag"])
                return row
            except RoundupRefused as refused:
                await _again(refused)
        raise Refused(f"{classname} {id_} keeps changing")

    async def _element(self, classname: str, id_: str, verbose: str = "2") -> Row:
        return await _asked(self._people[0].call("GET", f"data/{classname}/{id_}", params={"@verbose": verbose}))

    async def _message(self, id_: str) -> tuple[str, str, str]:
        seen = await self._element("msg", id_, "3")
        return id_, _plain(seen["attributes"]["content"]), str(seen["@etag"])

    async def _listing(self, classname: str, fields: str, verbose: str = "2") -> list[Row]:
        params = {"@fields": fields, "@verbose": verbose}
        answer = await _asked(self._people[0].call("GET", f"data/{classname}", params=params))
        return list(answer["collection"])

    async def _seen(self, handle: str, row: Row, texts: dict[str, str], names: dict[str, str]) -> Seen:
        # A message that was retired is in no list, though an issue may still name it.
        messages = [(id_, texts[id_]) for id_ in _ids(row, "messages") if id_ in texts]
        description = [text for _, text in messages if _is_description(text)]
        comments = [SeenComment(id_, text) for id_, text in messages if not _is_description(text)]
        files = [SeenFile(names[id_], await self._hash(id_), id_) for id_ in _ids(row, "files") if id_ in names]
        return Seen(
            handle=handle,
            key=handle,
            summary=row["title"],
            description="\n".join(description) or None,
            labels=frozenset(link["name"] for link in row["keyword"] or ()),
            comments=tuple(comments),
            files=tuple(files),
            **{name: self._common(name, row.get(own)) for name, own in PROPERTIES.items() if name != "summary"},
        )

    async def _hash(self, file: str) -> str:
        if file not in self._hashes:
            content = await _asked(self._people[0].download(file))
            self._hashes[file] = hashlib.sha256(content).hexdigest()
        return self._hashes[file]

    def _person(self) -> RoundupPerson:
        return self._dice.choice(self._people)

    def _own(self, field: str, value: Value) -> Value:
        return self.words.own(field, value) if isinstance(value, str) and field in WORDED else value

    def _common(self, field: str, value: Any) -> Any:
        if field not in WORDED:
            return value
        return self.words.common(field, (value.get("name") or value.get("username")) if value else None)


def _is_description(text: str) -> bool:
    return any(token.kind is Kind.DESCRIPTION for token in tokens_in(text))


def _plain(content: object) -> str:
    return str(content or "").replace("\r\n", "\n")


def _ids(row: Row, name: str) -> list[str]:
    return sorted((str(link["id"]) for link in row[name] or ()), key=int)


async def _asked(call: Any) -> Any:
    try:
        return await call
    except RoundupRefused as refused:
        raise (Gone if refused.status in (404, 410) else Refused)(str(refused)) from None


async def _again(refused: RoundupRefused) -> None:
    """Only what somebody else's write prevented is tried again."""
    if refused.status != 412:
        raise Refused(str(refused)) from None
    await asyncio.sleep(PAUSE)
