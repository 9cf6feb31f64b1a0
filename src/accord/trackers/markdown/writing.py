"""Creating and updating items."""

from __future__ import annotations

import hashlib
import os
import re
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from accord.errors import ItemBroken, ItemGone, VersionMismatch, WriteRefused
from accord.model import Item, Patch, flatten, is_empty
from accord.ports import Written
from accord.trackers.markdown import swap
from accord.trackers.markdown.document import Document, parse
from accord.trackers.markdown.editing import Edit, apply
from accord.trackers.markdown.fields import MARKER, to_edit, to_new
from accord.trackers.markdown.index import Index, Part
from accord.trackers.markdown.keys import Numbers, numbers_of
from accord.trackers.markdown.reading import Reader, Source, State

TRIES = 20
LONGEST_SLUG = 50
LOOK_EVERY = 2.0  # seconds


class Versions:
    """The version that a write caused: what was last read of the item, with this one change and no other.

    Had somebody else written meanwhile, the next reading has another version, and that is how it is noticed.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def of(self, key: str) -> State:
        """What was last read or written; read now if there is nothing yet. Raises as reading does."""
        if key not in self._reader.states:
            self._reader.read(key)
        return self._reader.states[key]

    def seen(self, key: str, part: Part) -> str | None:
        """The digest of a comment or attachment as it was last read, None if that is not known."""
        state = self._reader.states.get(key)
        return state.parts.get(part) if state else None

    def wrote_part(self, key: str, part: Part, digest: str | None) -> None:
        """A comment or attachment was written, or with None deleted."""
        state = self.of(key)
        parts = {**state.parts, part: digest} if digest else {p: d for p, d in state.parts.items() if p != part}
        kept = {p: d for p, d in parts.items() if d is not None}
        self._reader.remember(key, State(state.digest, kept))


class ItemWriter:
    """Writes items' own files: front matter and text."""

    def __init__(self, prefix: str, index: Index, reader: Reader, versions: Versions, numbers: Numbers) -> None:
        self._root, self._index, self._reader = index.root, index, reader
        self._prefix, self._versions, self._numbers = prefix, versions, numbers
        self._names: set[str] = set()
        self._looked = float("-inf")

    def create(self, draft: Item, marker: str) -> Written:
        """Raises WriteRefused for a value that is not declared."""
        patch = Patch.of({path: value for path, value in flatten(draft).items() if not is_empty(value)})
        self._refuse_orphans(patch)
        blank = Document.new("a new item")
        edit = to_new(blank, draft, patch, self._reader.schema())
        stamps = {"created": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", MARKER: marker}
        self._learn_keys()
        with self._next_key() as key:
            slug = slug_of(draft.summary or "")
            path = f"{key}-{slug}.md" if slug else f"{key}.md"
            data = apply(blank, Edit(first={"key": key, **edit.first, **stamps}, body=edit.body))
            swap.create(self._root / path, data)
        self._index.learn(key, path)
        self._names.add(path)
        self._reader.wrote(path, data)
        state = State(hashlib.sha256(data).hexdigest(), dict(self._reader.parts.list(key, path).digests))
        return Written(key, self._reader.remember(key, state).version)

    def update(self, key: str, patch: Patch, expected_version: str | None) -> Written:
        """Raises WriteRefused for a value that is not declared, or a parent that is not there."""
        self._refuse_orphans(patch)
        return self.change(key, lambda document: to_edit(document, patch, self._reader.schema()), expected_version)

    def change(self, key: str, edit: Callable[[Document], Edit], expected_version: str | None = None) -> Written:
        """A version is stale when the item's own file changed: a comment that came meanwhile is no reason to stop."""
        for _ in range(TRIES):
            source = self._reader.source(key)
            if expected_version is not None and not expected_version.startswith(f"{source.digest[:32]}."):
                raise VersionMismatch(f"{source.path} was changed since it was read.", item=key)
            try:
                return self._write(source, edit, expected_version)
            except VersionMismatch as changed:
                changed.item = key
                if expected_version is not None:
                    raise
            except ItemBroken as broken:
                broken.item = key
                raise
        raise VersionMismatch(f"{source.path} keeps changing.", item=key)

    def assign_key(self, path: str) -> None:
        """Gives a file that is an item the next key, unless it is broken or being written just now."""
        try:
            data = swap.read_file(self._root / path)
            document = parse(data, path)
            if "key" in document.entries:
                return
            with self._next_key() as key:
                changed = apply(document, Edit(first={"key": key}))
                swap.replace(self._root / path, data, changed)
        except (OSError, ItemBroken, ItemGone, VersionMismatch):
            return
        self._reader.wrote(path, changed)

    def _learn_keys(self) -> None:
        """Which keys people took. A look at a large folder takes long: between two, new names give reason for one."""
        names = set(os.listdir(self._root))
        if names <= self._names and time.monotonic() - self._looked < LOOK_EVERY:
            return
        self._index.look()
        self._names, self._looked = names, time.monotonic()

    @contextmanager
    def _next_key(self) -> Iterator[str]:
        taken = numbers_of(self._index.taken(), self._prefix)
        with self._numbers.next(self._prefix, taken) as number:
            yield f"{self._prefix}-{number}"

    def _refuse_orphans(self, patch: Patch) -> None:
        parent = patch.values.get("parent")
        if is_empty(parent) or self._index.paths_of(str(parent)):
            return
        self._index.look()
        if not self._index.paths_of(str(parent)):
            raise WriteRefused(f"There is no item {parent} to be a parent.", field="parent", value=parent)

    def _write(self, source: Source, edit: Callable[[Document], Edit], expected_version: str | None) -> Written:
        key, document = source.key, source.document()
        changed = edit(document)
        if changed.body is not None:
            shown = self._reader.shown(self._reader.parts.list(key, source.path), source.path)
            changed = replace(changed, body=shown.write(changed.body, document.description or ""))
        data = apply(document, changed)
        before = self._versions.of(key)
        if data != source.data:
            self._reader.wrote(source.path, data)
            swap.replace(self._root / source.path, source.data, data)
        state = self._reader.remember(key, State(hashlib.sha256(data).hexdigest(), before.parts))
        beside = expected_version.partition(".")[2] if expected_version else state.version.partition(".")[2]
        return Written(key, f"{state.version.partition('.')[0]}.{beside}")


def slug_of(text: str) -> str:
    """A few words for a file name: `login-fails`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    slug = ""
    for word in words:
        if len(slug) + len(word) + 1 > LONGEST_SLUG:
            break
        slug = f"{slug}-{word}" if slug else word
    return slug
