"""A folder of Markdown files: people who edit them, and somebody who parses them, both without the connector."""

from __future__ import annotations

import hashlib
import itertools
import random
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.soak.editor import Edit, Editor
from tests.soak.front_matter import Unreadable, compose, parse, with_body, with_key
from tests.soak.place import WORDED, Gone, Refused, Seen, SeenComment, SeenFile, SeenTime, Value, Words
from tests.soak.tokens import after_prefix, item_of

KEYS = {"summary": "summary", "status": "status", "priority": "priority", "assignee": "assignee", "number": "points"}
NAMED = re.compile(r"^([A-Z][A-Z0-9_]*-\d+)")


class Folder:
    """Implements `Place`. A handle is an item's path below the folder."""

    changes_comments = True
    takes_empty_files = True
    keeps_time = True
    labels = ("red", "green", "blue", "deep purple", "ünï")

    def __init__(self, name: str, path: Path, words: Words, dice: random.Random) -> None:
        self.name, self.path, self.words, self._dice = name, path, words, dice
        self._editor = Editor(path.parent / f"{path.name}.desk")
        self._numbers = itertools.count(1)
        path.mkdir(parents=True, exist_ok=True)

    async def handles(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for path in self._files():
            try:
                item = item_of(str(self._read(path)[0].get(KEYS["summary"])))
            except (Unreadable, Gone):
                continue
            if item is not None:
                found[self._handle(path)] = item
        return found

    async def look(self, handle: str) -> Seen:
        try:
            return self._seen(self.path / handle)
        except Unreadable as broken:
            raise Refused(f"{handle}: {broken}") from None

    async def look_at_all(self) -> list[Seen]:
        return [self._seen(path) for path in self._files()]

    async def open(self, values: dict[str, Value], labels: tuple[str, ...]) -> str:
        number = next(self._numbers)
        keys: dict[str, Any] = {KEYS[name]: self._own(name, value) for name, value in values.items() if name in KEYS}
        text = compose({**keys, "labels": list(labels) or None}, str(values.get("description") or ""))
        # Some people choose a key, others leave that to the tracker.
        path = self.path / self._dice.choice((f"an-idea-{number}.md", f"TEAM-{number}.md"))
        if not self._editor.create(path, text.encode()):
            raise Refused(f"{path} is there already")
        return self._handle(path)

    async def change(self, handle: str, field: str, new: Value) -> Value:
        path = self.path / handle
        if field == "description":
            old = self._edit(path, lambda text: with_body(text, str(new or "")))
            return _parsed(old)[1]
        old = self._edit(path, lambda text: with_key(text, KEYS[field], self._own(field, new)))
        return self._common(field, _parsed(old)[0].get(KEYS[field]))

    async def label(self, handle: str, label: str, *, on: bool) -> None:
        def toggled(text: str) -> str:
            others = [one for one in _parsed(text)[0].get("labels") or [] if one != label]
            return with_key(text, "labels", [*others, label] if on else others)

        self._edit(self.path / handle, toggled)

    async def comment(self, handle: str, text: str) -> str:
        key = self._key(self.path / handle)
        if key is None:
            raise Refused(f"{handle} has no key yet")
        author = self._dice.choice(list(self.words.people.values()))
        keys = {"author": author, "date": datetime.now(UTC).isoformat(timespec="seconds")}
        content = compose(keys, text) if self._dice.random() < 0.8 else f"{text}\n"
        # Numbers of their own, so that a name never comes back with another comment in it.
        path = self.path / key / "comments" / f"{9000 + next(self._numbers)}-{author}.md"
        if not self._editor.create(path, content.encode()):
            raise Refused(f"{path} is there already")
        return path.stem

    async def edit_comment(self, handle: str, comment: str, text: str) -> str:
        def edited(old: str) -> str:
            return with_body(old, after_prefix(_parsed(old)[1])[0] + text)

        return _parsed(self._edit(self._comment(handle, comment), edited))[1]

    async def delete_comment(self, handle: str, comment: str) -> str:
        return parse(self._editor.delete(self._comment(handle, comment)))[1]

    async def attach(self, handle: str, name: str, content: bytes) -> None:
        key = self._key(self.path / handle)
        if key is None or not self._editor.create(self.path / key / "files" / name, content):
            raise Refused(f"{name} can't be attached to {handle}")

    async def detach(self, handle: str, file: SeenFile) -> None:
        self._editor.remove(self.path / (self._key(self.path / handle) or "") / "files" / file.id)

    async def log_time(self, handle: str, minutes: int, text: str) -> str:
        key = self._key(self.path / handle)
        if key is None:
            raise Refused(f"{handle} has no key yet")
        author = self._dice.choice(list(self.words.people.values()))
        content = compose({"author": author, "spent": _spent(minutes), "started": "2026-11-02"}, text)
        path = self.path / key / "time" / f"{9000 + next(self._numbers)}-{author}.md"
        if not self._editor.create(path, content.encode()):
            raise Refused(f"{path} is there already")
        return path.stem

    async def edit_time(self, handle: str, time: str, minutes: int, text: str) -> str:
        def edited(old: str) -> str:
            return with_key(with_body(old, after_prefix(_parsed(old)[1])[0] + text), "spent", _spent(minutes))

        return _parsed(self._edit(self._time(handle, time), edited))[1]

    async def delete_time(self, handle: str, time: str) -> str:
        return parse(self._editor.delete(self._time(handle, time)))[1]

    def _edit(self, path: Path, edit: Edit) -> str:
        how: Callable[[Path, Edit], str] = self._editor.edit
        if self._dice.random() < 0.25:
            how = self._editor.edit_in_place
        return how(path, edit)

    def _files(self) -> Iterator[Path]:
        for path in sorted(self.path.rglob("*.md")):
            inside = path.relative_to(self.path).parts
            if not any(part.startswith(".") or part in ("comments", "files", "time") for part in inside):
                yield path

    def _seen(self, path: Path) -> Seen:
        keys, body = self._read(path)
        key = self._key(path)
        values = {name: self._common(name, keys.get(own)) for name, own in KEYS.items()}
        return Seen(
            handle=self._handle(path),
            key=key,
            description=body or None,
            labels=frozenset(keys.get("labels") or ()),
            comments=tuple(self._comments(key)) if key else (),
            files=tuple(self._attached(key)) if key else (),
            times=tuple(self._times(key)) if key else (),
            **values,
        )

    def _comments(self, key: str) -> Iterator[SeenComment]:
        for path in sorted((self.path / key / "comments").glob("[!.]*.md")):
            try:
                body = self._read(path)[1]
            except Gone:
                continue
            yield SeenComment(path.stem, body)

    def _attached(self, key: str) -> Iterator[SeenFile]:
        for path in sorted((self.path / key / "files").glob("[!.]*")):
            with suppress(FileNotFoundError):
                yield SeenFile(path.name, hashlib.sha256(path.read_bytes()).hexdigest(), path.name)

    def _times(self, key: str) -> Iterator[SeenTime]:
        for path in sorted((self.path / key / "time").glob("[!.]*.md")):
            with suppress(Gone):
                keys, body = self._read(path)
                yield SeenTime(path.stem, _minutes(str(keys.get("spent"))), body)

    def _time(self, handle: str, time: str) -> Path:
        return self.path / (self._key(self.path / handle) or "") / "time" / f"{time}.md"

    def _comment(self, handle: str, comment: str) -> Path:
        return self.path / (self._key(self.path / handle) or "") / "comments" / f"{comment}.md"

    def _key(self, path: Path) -> str | None:
        named = NAMED.match(path.name)
        key = self._read(path)[0].get("key")
        return str(key) if key else named[1] if named else None

    def _handle(self, path: Path) -> str:
        return path.relative_to(self.path).as_posix()

    def _read(self, path: Path) -> tuple[dict[str, Any], str]:
        try:
            return parse(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise Gone(str(path)) from None

    def _own(self, field: str, value: Value) -> Value:
        return self.words.own(field, value) if isinstance(value, str) and field in WORDED else value

    def _common(self, field: str, value: Any) -> Any:
        return self.words.common(field, value) if field in WORDED else value


def _parsed(text: str) -> tuple[dict[str, Any], str]:
    try:
        return parse(text)
    except Unreadable as broken:
        raise Refused(str(broken)) from None


def _spent(minutes: int) -> str:
    return f"{minutes // 60}h {minutes % 60}m"


def _minutes(spent: str) -> int:
    """`1h 30m` is 90."""
    return sum(int(count) * {"h": 60, "m": 1}[unit] for count, unit in re.findall(r"(\d+)([hm])", spent))
