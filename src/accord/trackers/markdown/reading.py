"""From files to Items."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from accord.errors import ItemBroken, ItemGone, Unreachable
from accord.model import Comment, Item
from accord.trackers.markdown.document import Document, decode, parse
from accord.trackers.markdown.fields import read_fields
from accord.trackers.markdown.files import KEY, SIDECAR, Place, Role, Stamp, stamp_of
from accord.trackers.markdown.git import conflict_line
from accord.trackers.markdown.index import Index, Part, heading_is_whole, part_of, version_of
from accord.trackers.markdown.keys import heading
from accord.trackers.markdown.parts import Parts, PartsReader, Sidecar, parse_note, read_comment, read_worklog
from accord.trackers.markdown.schema import FILE, Schema, parse_schema
from accord.trackers.markdown.settings import MarkdownSettings
from accord.trackers.markdown.shown import Shown
from accord.trackers.markdown.swap import read_file

LOOKS_AT_MOST = 20
LONGEST_WAIT = 5.0  # seconds
REMEMBERED = 20_000
LARGEST_FILE = 32 * 1024 * 1024


@dataclass(frozen=True)
class Source:
    """An item's own file as it was read."""

    key: str
    path: str
    data: bytes
    stamp: Stamp

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    def document(self) -> Document:
        """Raises ItemBroken."""
        return parse(self.data, self.path)


@dataclass
class State:
    """How an item stood when it was last read or written through here: the digest of its file, and of what lies
    beside it."""

    digest: str
    parts: dict[Part, str]

    @property
    def version(self) -> str:
        return version_of(self.digest, self.parts)


class Reader:
    """Reads items. What it read last of each it remembers, so that a write can tell what it changed, and no more."""

    def __init__(self, settings: MarkdownSettings, index: Index) -> None:
        self.root, self._settings, self.index = settings.folder, settings, index
        self.parts = PartsReader(self.root, index)
        self.states: OrderedDict[str, State] = OrderedDict()
        self._own: OrderedDict[str, str] = OrderedDict()
        self._schema: tuple[Stamp | None, Schema] = (None, Schema())

    def schema(self) -> Schema:
        """What `tracker.yaml` declares now. Raises ConfigurationInvalid."""
        path = self.root / FILE
        try:
            stamp = stamp_of(path.stat())
        except FileNotFoundError:
            self._schema = (None, Schema())
            return self._schema[1]
        if self._schema[0] != stamp:
            self._schema = (stamp, parse_schema(read_file(path)))
        return self._schema[1]

    def schema_version(self) -> str:
        self.schema()
        return str(self._schema[0])

    def read(self, key: str) -> Item:
        """Raises ItemGone, ItemBroken, Unreachable."""
        try:
            item = self._item(key)
        except ItemBroken as broken:
            broken.item = key
            self.index.doubt(key)
            raise
        self.index.unsure.discard(key)
        return item

    def _item(self, key: str) -> Item:
        source = self.source(key, settled=True)
        self._refuse_half(source)
        schema, document = self.schema(), source.document()
        refuse_other_key(document, key)
        values = read_fields(document, schema)
        parts = self.parts.list(key, source.path)
        sidecar = self._sidecar(parts)
        shown = self._shown(parts, sidecar, source.path)
        values["description"] = values["description"] and shown.read(values["description"])
        comments = [self._comment(parts, sidecar, place) for place in parts.comments]
        worklogs = [read_worklog(self._note(parts, place), place) for place in parts.worklogs]
        digests = [parts.digests[part_of(Role.FILE, place.path)] for place in parts.files]
        files = [sidecar.attachment(place, digest) for place, digest in zip(parts.files, digests, strict=True)]
        state = self.remember(key, State(source.digest, parts.digests))
        return Item(
            key=key,
            url=self._url(source.path),
            comments=tuple(comments),
            worklogs=tuple(worklogs),
            attachments=tuple(files),
            updated_at=datetime.fromtimestamp(source.stamp[0] / 1e9, UTC),
            version=state.version,
            **values,
        )

    def shown(self, parts: Parts, path: str) -> Shown:
        """How the text in the file `path` leads to the attachments beside it."""
        return self._shown(parts, Sidecar.read(self.root, parts.folder)[0], path)

    def _shown(self, parts: Parts, sidecar: Sidecar, path: str) -> Shown:
        files = [place.path.rpartition("/")[2] for place in sorted(parts.files, key=lambda place: place.stamp)]
        return Shown(path, parts.folder, {file: sidecar.name_of(file) for file in files})

    def _comment(self, parts: Parts, sidecar: Sidecar, place: Place) -> Comment:
        comment = read_comment(self._note(parts, place), place)
        return comment.model_copy(update={"body": self._shown(parts, sidecar, place.path).read(comment.body)})

    def _note(self, parts: Parts, place: Place) -> Document:
        data, _ = self._settled(place.path)
        parts.digests[part_of(place.role, place.path)] = hashlib.sha256(data).hexdigest()
        return parse_note(data, place)

    def source(self, key: str, *, settled: bool = False) -> Source:
        """The item's file; `settled`: once nobody is writing it.

        Raises ItemGone, ItemBroken if there are two, and Unreachable while it is missing but not yet given up.
        """
        if not KEY.fullmatch(key):
            raise ItemGone(
                f"There is no item {key[:100]!r}: keys look like {self._settings.prefix}-12.", item=key[:100]
            )
        for attempt in range(LOOKS_AT_MOST):
            if attempt or not self.index.number:
                self.index.look()
            paths = self.index.paths_of(key)
            if len(paths) == 1 and (source := self._source(key, paths[0], settled)):
                return source
            if attempt and len(paths) > 1:
                raise self._twice(key, paths)
            if attempt and key not in self.index.missing:
                raise ItemGone(f"There is no item {key} in {self.root.name}.", item=key)
            if attempt:
                time.sleep(min(self._settings.grace, LONGEST_WAIT) / (LOOKS_AT_MOST - 4))
        raise Unreachable(f"The file of {key} is not there just now.", item=key)

    def at_hand(self, key: str) -> Source | None:
        """The item's file as it is now, if there is exactly one at the last look."""
        paths = self.index.paths_of(key)
        return self._source(key, paths[0], settled=False) if len(paths) == 1 else None

    def remember(self, key: str, state: State) -> State:
        self.states[key] = state
        self.states.move_to_end(key)
        if len(self.states) > REMEMBERED:
            self.states.popitem(last=False)
        return state

    def wrote(self, path: str, data: bytes) -> None:
        """What was written here need not settle."""
        self._own[path] = hashlib.sha256(data).hexdigest()
        self._own.move_to_end(path)
        if len(self._own) > REMEMBERED:
            self._own.popitem(last=False)

    def is_own(self, path: str, data: bytes) -> bool:
        """Whether a file holds what was last written here."""
        return self._own.get(path) == hashlib.sha256(data).hexdigest()

    def _source(self, key: str, path: str, settled: bool) -> Source | None:
        """None if the file is gone, or is another item's by now."""
        try:
            data, stamp = self._settled(path) if settled else self._now(path)
        except OSError:
            return None
        found = heading(data, path)
        if found.key == key or (found.key is None and not heading_is_whole(data)):
            return Source(key, path, data, stamp)
        return None

    def _settled(self, path: str) -> tuple[bytes, Stamp]:
        """The file, once it has been left alone for a moment."""
        settle = self._settings.settle
        for _ in range(LOOKS_AT_MOST):
            data, stamp = self._now(path)
            age = time.time() - max(stamp[:2]) / 1e9
            if not 0 <= age < settle or self.is_own(path, data):
                break
            time.sleep(settle - age)
        return data, stamp

    def _now(self, path: str) -> tuple[bytes, Stamp]:
        at = self.root / path
        stamp = stamp_of(at.stat(follow_symlinks=False))
        if stamp[2] > LARGEST_FILE:
            raise ItemBroken(f"This file is larger than {LARGEST_FILE >> 20} MB.", file=path)
        return read_file(at), stamp

    def _refuse_half(self, source: Source) -> None:
        if not source.data.strip():
            raise ItemBroken("This file is empty.", remedy="Restore it, or delete it.", file=source.path, line=1)
        if self.index.repository.merging():
            line = conflict_line(decode(source.data, source.path))
            if line:
                raise ItemBroken(
                    "Git left a conflict here.", remedy="Resolve it and finish the merge.", file=source.path, line=line
                )

    def _sidecar(self, parts: Parts) -> Sidecar:
        sidecar, data = Sidecar.read(self.root, parts.folder)
        if data is not None:
            parts.digests[str(Role.SIDECAR), SIDECAR] = hashlib.sha256(data).hexdigest()
        return sidecar

    def _twice(self, key: str, paths: list[str]) -> ItemBroken:
        return ItemBroken(
            f"{key} is there twice: {' and '.join(paths)}.",
            remedy="Give one of them a key of its own, or delete it.",
            item=key,
            file=paths[0],
            field="key",
            value=key,
        )

    def _url(self, path: str) -> str | None:
        url = self._settings.url
        return f"{url.rstrip('/')}/{quote(path)}" if url else None


def refuse_other_key(document: Document, key: str) -> None:
    """Raises ItemBroken for a file that is known by its name, and has a `key` that is none."""
    written = document.raw("key")
    if written is not None and written != key:
        raise document.broken(
            f"This is no key: {written!r}.", "key", document.line("key"), f"Write key: {key}, or leave it out."
        )
