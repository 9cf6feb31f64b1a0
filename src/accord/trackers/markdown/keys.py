"""Which key a file has, told from its first bytes without reading all of its YAML."""

from __future__ import annotations

import fcntl
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from accord.trackers.markdown.files import KEY, KEY_OF_NAME
from accord.trackers.markdown.swap import read_file, write_over

FRONT = re.compile(rb"\A(?:\xef\xbb\xbf)?---[ \t]*\r?\n(.*?)(^---[ \t]*\r?$|\Z)", re.DOTALL | re.MULTILINE)
KEY_LINE = re.compile(rb"""^(?:key|"key"|'key')[ \t]*:[ \t]+(['"]?)([^'"#\r\n]*?)\1[ \t]*(?:#.*)?\r?$""", re.MULTILINE)
MARKER_LINE = re.compile(rb"""^accord[ \t]*:[ \t]+(['"]?)([^'"#\r\n]*?)\1[ \t]*(?:#.*)?\r?$""", re.MULTILINE)
OWN_FOLDER = ".accord"


@dataclass(frozen=True)
class Heading:
    """What a file says of itself: its key and marker, and whether it is an item that still wants a key."""

    key: str | None
    marker: str | None = None
    wants_key: bool = False


def heading(data: bytes, path: str) -> Heading:
    """Front matter goes before the file's name; a file with neither is a note, not an item."""
    named = KEY_OF_NAME.match(PurePosixPath(path).name)
    front = FRONT.match(data)
    if not front:
        return Heading(named[1] if named else None)
    marker = MARKER_LINE.search(front[1])
    mark = marker[2].decode("utf-8", "replace") if marker else None
    written = KEY_LINE.search(front[1])
    if written:
        key = written[2].decode("utf-8", "replace").strip()
        if KEY.fullmatch(key):
            return Heading(key, mark)
    if named:
        return Heading(named[1], mark)
    return Heading(None, mark, wants_key=bool(front[2]) and not written)


class Numbers:
    """Hands out numbers, each once, though what had it may be deleted. Several processes may do so."""

    def __init__(self, folder: Path) -> None:
        self._own = folder / OWN_FOLDER

    @contextmanager
    def next(self, name: str, taken: Iterable[int]) -> Iterator[int]:
        """The next number under `name`, while nobody else is given one. `taken` are those that are in use."""
        self._own.mkdir(exist_ok=True)
        ignore = self._own / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n")
        with (self._own / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            counted = self._counted()
            number = max([counted.get(name, 0), *taken], default=0) + 1
            write_over(self._own / "numbers.json", json.dumps(counted | {name: number}, indent=0).encode())
            yield number

    def _counted(self) -> dict[str, int]:
        try:
            counted = json.loads(read_file(self._own / "numbers.json"))
            return {str(name): int(number) for name, number in counted.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}


def numbers_of(keys: Iterable[str], prefix: str) -> list[int]:
    """The numbers of those keys that have this prefix."""
    return [int(key.removeprefix(f"{prefix}-")) for key in keys if key.startswith(f"{prefix}-")]
