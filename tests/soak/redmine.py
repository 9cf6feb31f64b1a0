"""A Redmine: people who use its REST API as a browser form would, and somebody who reads it all."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Awaitable
from typing import Any, TypeVar

from accord.testing.redmine import RedminePerson, RedmineRefused, RedmineServer
from tests.soak.place import WORDED, Gone, Refused, Seen, SeenComment, SeenFile, SeenTime, Value, Words
from tests.soak.tokens import after_prefix, item_of

# Of the people who are assigned to, only a manager may edit the comments of all.
LOGINS = ("alice", "admin")
NUMBER = "points"
ATTRIBUTES = {
    "summary": "subject",
    "description": "description",
    "status": "status_id",
    "priority": "priority_id",
    "assignee": "assigned_to_id",
}
LINKS = {"status": "status", "priority": "priority", "assignee": "assigned_to"}
LISTS = {
    "status": ("issue_statuses.json", "issue_statuses", "name"),
    "priority": ("enumerations/issue_priorities.json", "issue_priorities", "name"),
    "assignee": ("users.json", "users", "login"),
}

Row = dict[str, Any]
T = TypeVar("T")


class Redmine:
    """Implements `Place`. A handle is an issue's number."""

    changes_comments = True
    takes_empty_files = True
    keeps_time = True
    labels = ("red", "green", "blue", "deep purple", "ünï")  # no others can be made by a name alone

    def __init__(self, name: str, server: RedmineServer, words: Words, dice: random.Random) -> None:
        self.name, self.words, self._dice = name, words, dice
        self._people = [server.user(login) for login in LOGINS]
        self._admin = server.user("admin")
        self._names: dict[str, dict[int, str]] = {}
        self._hashes: dict[str, str] = {}

    async def handles(self) -> dict[str, int]:
        items = {str(row["id"]): item_of(row["subject"]) for row in await self._issues()}
        return {id_: item for id_, item in items.items() if item is not None}

    async def look(self, handle: str) -> Seen:
        return await self._seen(await _asked(self._admin.get(handle)))

    async def look_at_all(self) -> list[Seen]:
        return [await self.look(str(row["id"])) for row in await self._issues()]

    async def open(self, values: dict[str, Value], labels: tuple[str, ...]) -> str:
        own = {ATTRIBUTES[name]: await self._own(name, value) for name, value in values.items() if name in ATTRIBUTES}
        custom = [{"id": await self._field("Labels"), "value": list(labels)}]
        if values.get("number") is not None:
            custom.append({"id": await self._field(NUMBER), "value": str(values["number"])})
        subject = own.pop("subject")
        given = {name: value for name, value in own.items() if value != ""}
        return await _asked(self._person().create(str(subject), **given, custom_fields=custom))

    async def change(self, handle: str, field: str, new: Value) -> Value:
        person = self._person()
        before = await _asked(person.get(handle))
        if field == "number":
            await _asked(person.set(handle, custom={NUMBER: "" if new is None else str(new)}))
        else:
            await _asked(person.set(handle, **{ATTRIBUTES[field]: await self._own(field, new)}))
        replaced = await self._replaced(person, handle, field, before)
        return await self._common(field, before) if replaced is None else replaced

    async def _replaced(self, person: RedminePerson, handle: str, field: str, before: Row) -> Value:
        """What our change took the place of, as the journal tells; None where it tells of none."""
        name = str(await self._field(NUMBER)) if field == "number" else ATTRIBUTES[field]
        last = max((one["id"] for one in before["journals"]), default=0)
        for journal in (await _asked(person.get(handle)))["journals"]:
            if journal["id"] <= last or journal["user"]["id"] != await self._id_of(person):
                continue
            for detail in journal["details"]:
                old = detail["old_value"]
                if detail["name"] == name and old:
                    if field == "number":
                        return int(float(old))
                    named = (await self._list(field)).get(int(old)) if field in WORDED else None
                    return self.words.common(field, named) if field in WORDED else old.replace("\r\n", "\n")
        return None

    async def label(self, handle: str, label: str, *, on: bool) -> None:
        there = set(_custom(await _asked(self._admin.get(handle)), "Labels") or ())
        if (label in there) != on:
            new = sorted(there | {label} if on else there - {label})
            await _asked(self._person().set(handle, custom={"Labels": new or [""]}))

    async def comment(self, handle: str, text: str) -> str:
        return await _asked(self._person().comment(handle, text))

    async def edit_comment(self, handle: str, comment: str, text: str) -> str:
        seen = await self._notes(handle, comment)
        await _asked(self._person().edit_comment(comment, after_prefix(seen)[0] + text))
        return seen

    async def delete_comment(self, handle: str, comment: str) -> str:
        seen = await self._notes(handle, comment)
        await _asked(self._person().delete_comment(comment))
        return seen

    async def attach(self, handle: str, name: str, content: bytes) -> None:
        await _asked(self._person().attach(handle, name, content, "application/octet-stream"))

    async def detach(self, handle: str, file: SeenFile) -> None:
        await _asked(self._person().detach(file.id))

    async def log_time(self, handle: str, minutes: int, text: str) -> str:
        return await _asked(self._person().log_time(handle, round(minutes / 60, 4), text))

    async def edit_time(self, handle: str, time: str, minutes: int, text: str) -> str:
        seen = await self._time(time)
        entry = {"hours": round(minutes / 60, 4), "comments": after_prefix(seen)[0] + text}
        await _asked(self._person().call("PUT", f"time_entries/{time}.json", json={"time_entry": entry}))
        return seen

    async def delete_time(self, handle: str, time: str) -> str:
        seen = await self._time(time)
        await _asked(self._person().call("DELETE", f"time_entries/{time}.json"))
        return seen

    async def _time(self, time: str) -> str:
        return _plain((await _asked(self._admin.call("GET", f"time_entries/{time}.json")))["time_entry"]["comments"])

    async def _times(self, handle: str) -> list[SeenTime]:
        query = {"issue_id": handle, "limit": "100"}
        rows = (await _asked(self._admin.call("GET", "time_entries.json", params=query)))["time_entries"]
        return [SeenTime(str(row["id"]), round(row["hours"] * 60), _plain(row["comments"])) for row in rows]

    async def _notes(self, handle: str, comment: str) -> str:
        for journal in await _asked(self._admin.comments(handle)):
            if str(journal["id"]) == comment:
                return _plain(journal["notes"])
        raise Gone(f"comment {comment}")

    async def _issues(self) -> list[Row]:
        return await _asked(self._admin.issues(sort="id"))

    async def _seen(self, row: Row) -> Seen:
        comments = [one for one in row["journals"] if (one["notes"] or "").strip()]
        number = _custom(row, NUMBER)
        return Seen(
            handle=str(row["id"]),
            key=str(row["id"]),
            summary=row["subject"],
            description=_plain(row["description"]) or None,
            number=int(float(number)) if number else None,
            labels=frozenset(_custom(row, "Labels") or ()),
            comments=tuple(SeenComment(str(one["id"]), _plain(one["notes"])) for one in comments),
            files=tuple(
                [SeenFile(_name(one), await self._hash(str(one["id"])), str(one["id"])) for one in row["attachments"]]
            ),
            times=tuple(await self._times(str(row["id"]))) if row.get("spent_hours") else (),
            **{name: await self._common(name, row) for name in WORDED},
        )

    async def _hash(self, file: str) -> str:
        if file not in self._hashes:
            content = await _asked(self._admin.download(file))
            self._hashes[file] = hashlib.sha256(content).hexdigest()
        return self._hashes[file]

    async def _own(self, field: str, value: Value) -> Any:
        if field not in WORDED:
            return "" if value is None else str(value)
        if value is None:
            return ""
        own = self.words.own(field, str(value))
        return next(id_ for id_, name in (await self._list(field)).items() if name == own)

    async def _common(self, field: str, row: Row) -> Any:
        """What a row of an issue holds, in common words."""
        if field == "number":
            number = _custom(row, NUMBER)
            return int(float(number)) if number else None
        if field not in WORDED:
            return _plain(row[ATTRIBUTES[field]]) or None
        link = row.get(LINKS[field])
        return self.words.common(field, (await self._list(field)).get(link["id"]) if link else None)

    async def _list(self, field: str) -> dict[int, str]:
        if field not in self._names:
            path, group, name = LISTS[field]
            rows = (await _asked(self._admin.call("GET", path)))[group]
            self._names[field] = {row["id"]: row[name] for row in rows}
        return self._names[field]

    async def _field(self, name: str) -> int:
        if "fields" not in self._names:
            rows = (await _asked(self._admin.call("GET", "custom_fields.json")))["custom_fields"]
            self._names["fields"] = {row["id"]: row["name"] for row in rows}
        return next(id_ for id_, known in self._names["fields"].items() if known == name)

    async def _id_of(self, person: RedminePerson) -> int:
        return next(id_ for id_, login in (await self._list("assignee")).items() if login == person.login)

    def _person(self) -> RedminePerson:
        return self._dice.choice(self._people)


def _custom(row: Row, name: str) -> Any:
    return next((one["value"] for one in row["custom_fields"] if one["name"] == name), None)


def _name(file: Row) -> str:
    """The name that a file came with: where Redmine had to change it, the connector keeps it as the description."""
    return str(file["description"] or file["filename"])


def _plain(text: object) -> str:
    return str(text or "").replace("\r\n", "\n")


async def _asked(call: Awaitable[T]) -> T:
    try:
        return await call
    except RedmineRefused as refused:
        raise (Gone if refused.status in (404, 410) else Refused)(str(refused)) from None
    except (TimeoutError, OSError) as error:
        raise Refused(str(error)) from None
