"""What is known of the folder: which file is which item, how it stands, and what changed when.

A look at the folder lists it and reads only the files whose time, size or inode changed. Each change of an item gets
the next number, by which those who ask again are told what they missed.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from accord.ports import Hint
from accord.trackers.markdown.files import Place, Role, Stamp, walk
from accord.trackers.markdown.git import Repository
from accord.trackers.markdown.keys import Heading, heading
from accord.trackers.markdown.swap import digest_file, read_file

# Within this time, in nanoseconds, a file may be written twice without its time stamp telling.
STAMP_RESOLUTION = 2_000_000_000
Part = tuple[str, str]  # role and file name


@dataclass(frozen=True, slots=True)
class Known:
    """A file as it was when last read. `certain`: its stamp would tell if it had changed since."""

    stamp: Stamp
    certain: bool
    digest: str
    role: Role
    key: str | None
    heading: Heading | None = None


@dataclass
class Told:
    """What is to be told of an item: its state (None: gone) and the number of its last change."""

    state: str | None
    number: int


@dataclass
class Index:
    """All files of one folder. `look` may be called from any thread; the rest tells how things stood at the last look.

    `grace`: how long, in seconds, a file must be missing before its item is gone.
    """

    root: Path
    grace: float
    repository: Repository
    number: int = 0
    files: dict[str, Known] = field(default_factory=dict)
    items: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    parts: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    learned: dict[str, str] = field(default_factory=dict)
    told: dict[str, Told] = field(default_factory=dict)
    missing: dict[str, float] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def look(self) -> None:
        """Brings everything up to date. Raises Unreachable."""
        with self.lock:
            touched: set[str] = set()
            there = set()
            for place in walk(str(self.root)):
                there.add(place.path)
                known = self.files.get(place.path)
                if known is None or known.stamp != place.stamp or not known.certain:
                    touched |= self._read(place, known)
            for path in self.files.keys() - there:
                touched |= self._forget(path)
            for key in sorted(touched):
                self._tell(key)
            self._unlearn()
            self._bury()

    def expect(self, keys: Iterable[str]) -> None:
        """These keys were there once: those that are not will be told as gone."""
        with self.lock:
            for key in keys:
                if key not in self.told and not self.items.get(key):
                    self.missing.setdefault(key, time.monotonic())
            self._bury()

    def doubt(self, key: str) -> None:
        """What is at this key can't be read: its next state is told without a version, so that it is read again."""
        self.unsure.add(key)

    def tell_again(self) -> None:
        """What could not be read may be readable now."""
        with self.lock:
            for key in sorted(self.unsure & self.told.keys()):
                self.number += 1
                self.told[key].number = self.number

    def hints(self, since: int) -> list[Hint]:
        """What changed after a number, oldest first."""
        with self.lock:
            changed = [(told.number, key) for key, told in self.told.items() if told.number > since]
            return [self._hint(key) for _, key in sorted(changed)]

    def keys(self) -> list[str]:
        """All that are there, or were a moment ago."""
        with self.lock:
            return [*{*self.missing, *(key for key, told in self.told.items() if told.state is not None)}]

    def taken(self) -> set[str]:
        """All keys whose numbers are used, by an item or by what is left of one."""
        with self.lock:
            return {*self.told, *self.items, *self.parts}

    def paths_of(self, key: str) -> list[str]:
        """The files that claim to be this item."""
        with self.lock:
            return sorted(self.items.get(key, ()))

    def folders_of(self, key: str) -> set[str]:
        """The folders, named by the key, in which its comments and attachments lie; "" is the folder itself."""
        with self.lock:
            paths = [(path, self.files[path].role) for path in self.parts.get(key, ())]
        return {path.rsplit("/", 1 if role is Role.SIDECAR else 2)[0] for path, role in paths}

    def marked(self, marker: str) -> list[str]:
        """The keys of the items that carry a marker."""
        with self.lock:
            known = [k for k in self.files.values() if k.heading and k.heading.marker == marker]
            return [k.key for k in known if k.key]

    def wanting_keys(self) -> list[str]:
        """The files that are items without a key."""
        with self.lock:
            return sorted(path for path, k in self.files.items() if k.heading and k.heading.wants_key)

    def learn(self, key: str, path: str) -> None:
        """An item that was made just now; the next look will tell of it."""
        with self.lock:
            self.items[key].add(path)
            self.learned[path] = key

    def digest_of(self, place: Place) -> str:
        """SHA-256 of a file's content, from memory where its stamp is the same."""
        known = self.files.get(place.path)
        if known and known.certain and known.stamp == place.stamp:
            return known.digest
        return digest_file(self.root / place.path)

    def _read(self, place: Place, known: Known | None) -> set[str]:
        """Reads a file that is new or has changed; gives the keys that it is about."""
        certain = time.time_ns() - max(place.stamp[:2]) > STAMP_RESOLUTION
        try:
            now = self._known(place, known, certain)
        except OSError:
            return self._forget(place.path) if known else set()
        if known and (now.digest, now.key) == (known.digest, known.key):
            self.files[place.path] = now
            return set()
        touched = self._forget(place.path) if known else set()
        self.files[place.path] = now
        if now.key:
            (self.items if place.role is Role.ITEM else self.parts)[now.key].add(place.path)
            touched.add(now.key)
        return touched

    def _known(self, place: Place, known: Known | None, certain: bool) -> Known:
        if place.role is not Role.ITEM:
            return Known(place.stamp, certain, digest_file(self.root / place.path), place.role, place.owner)
        data = read_file(self.root / place.path)
        found = heading(data, place.path)
        key = found.key
        if key is None and known and not found.wants_key and not heading_is_whole(data):
            key = known.key  # half written: still the item that it was
        return Known(place.stamp, certain, hashlib.sha256(data).hexdigest(), place.role, key, found)

    def _forget(self, path: str) -> set[str]:
        known = self.files.pop(path, None)
        if known is None or known.key is None:
            return set()
        group = self.items if known.role is Role.ITEM else self.parts
        group[known.key].discard(path)
        if not group[known.key]:
            del group[known.key]
        return {known.key}

    def _tell(self, key: str) -> None:
        """Notes how an item stands now."""
        paths = self.items.get(key, set()) & self.files.keys()
        told = self.told.get(key)
        if not paths:
            if told and told.state is not None:
                self.missing.setdefault(key, time.monotonic())
            return
        self.missing.pop(key, None)
        state = self._state(key, sorted(paths))
        if told is None or told.state != state:
            self.number += 1
            self.told[key] = Told(state, self.number)

    def _unlearn(self) -> None:
        """What was made here and is gone before the first look at it was never told: it is missing all the same."""
        for path, key in self.learned.items():
            if path not in self.files:
                self.items[key].discard(path)
                self.missing.setdefault(key, time.monotonic())
        self.learned.clear()

    def _bury(self) -> None:
        """What has been missing for long enough is gone."""
        if not self.missing or self.repository.busy():
            return
        now = time.monotonic()
        for key in [key for key, since in self.missing.items() if now - since >= self.grace]:
            del self.missing[key]
            self.number += 1
            self.told[key] = Told(None, self.number)

    def _state(self, key: str, paths: list[str]) -> str:
        if len(paths) > 1:
            return " ".join(["twice", *(self.files[path].digest for path in paths)])
        parts = {part_of(self.files[path].role, path): self.files[path].digest for path in self.parts.get(key, ())}
        return version_of(self.files[paths[0]].digest, parts)

    def _hint(self, key: str) -> Hint:
        state = self.told[key].state
        if state is None:
            return Hint(key, gone=True)
        certain = key not in self.unsure and not state.startswith("twice")
        return Hint(key, state if certain else None)


def part_of(role: Role, path: str) -> Part:
    return str(role), path.rpartition("/")[2]


def version_of(item: str, parts: Mapping[Part, str]) -> str:
    """The item's own file before the dot, all that lies beside it after: digests of their bytes."""
    told = "\n".join(f"{role} {name} {digest}" for (role, name), digest in sorted(parts.items()))
    rest = hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:16] if parts else "0"
    return f"{item[:32]}.{rest}"


def heading_is_whole(data: bytes) -> bool:
    """Whether the file is no half of one: it is not empty, and front matter that begins also ends."""
    return bool(data.strip()) and (not data.startswith(b"---") or b"\n---" in data)
