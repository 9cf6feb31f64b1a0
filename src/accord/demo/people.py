"""People at work in a folder of Markdown files, with nothing but a text editor."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML


@dataclass(frozen=True)
class Seen:
    """An item as a person sees it in the folder."""

    key: str
    summary: str
    status: str
    priority: str
    assignee: str
    description: str
    labels: tuple[str, ...]
    comments: tuple[str, ...]
    files: tuple[str, ...]


class Folder:
    """A folder of items."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def item_keys(self) -> list[str]:
        """Every item's key, by its file."""
        return sorted((_key(path) for path in self.path.glob("*-*.md")), key=_by_number)

    def find(self, summary: str) -> str | None:
        """The key of the item with this summary."""
        return next((key for key in self.item_keys() if self._front(key)[0].get("summary") == summary), None)

    def create(self, key: str, description: str = "", **front: Any) -> None:
        """A new file."""
        self._write(self.path / f"{key}.md", front, description)

    def edit(self, key: str, description: str | None = None, **front: Any) -> None:
        """Opens the file, changes some lines, saves it."""
        before, body = self._front(key)
        before.update(front)
        self._write(self._file(key), before, body if description is None else description)

    def comment(self, key: str, author: str, text: str) -> None:
        """A new file among the item's comments."""
        folder = self.path / key / "comments"
        folder.mkdir(parents=True, exist_ok=True)
        number = len(list(folder.glob("*.md"))) + 1
        self._write(folder / f"{number:04d}-{author}.md", {"author": author}, text)

    def attach(self, key: str, name: str, content: bytes) -> None:
        """A file put among the item's files."""
        folder = self.path / key / "files"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    def see(self, key: str) -> Seen:
        """The item as it stands."""
        front, body = self._front(key)
        comments = sorted((self.path / key / "comments").glob("*.md"))
        files = sorted(path for path in (self.path / key / "files").glob("*") if path.suffix != ".yaml")
        return Seen(
            key=key,
            summary=str(front.get("summary") or ""),
            status=str(front.get("status") or ""),
            priority=str(front.get("priority") or ""),
            assignee=str(front.get("assignee") or ""),
            description=body.strip(),
            labels=tuple(sorted(front.get("labels") or ())),
            comments=tuple(_split(path.read_text())[1].strip() for path in comments),
            files=tuple(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()[:12]}" for path in files),
        )

    def _front(self, key: str) -> tuple[dict[str, Any], str]:
        return _split(self._file(key).read_text())

    def _file(self, key: str) -> Path:
        """`PAY-1.md`, or `PAY-1-some-words.md`."""
        return next((path for path in self.path.glob(f"{key}*.md") if _key(path) == key), self.path / f"{key}.md")

    def _write(self, path: Path, front: dict[str, Any], body: str) -> None:
        text = StringIO()
        YAML().dump(front, text)
        draft = path.with_name(f".{path.name}.tmp")
        draft.write_text(f"---\n{text.getvalue()}---\n\n{body.strip()}\n")
        draft.replace(path)


def _split(text: str) -> tuple[dict[str, Any], str]:
    if not text.startswith("---\n"):
        return {}, text
    front, _, body = text.removeprefix("---\n").partition("\n---\n")
    return YAML().load(front) or {}, body


def _key(path: Path) -> str:
    return "-".join(path.stem.split("-")[:2])


def _by_number(key: str) -> tuple[str, int]:
    prefix, _, number = key.rpartition("-")
    return prefix, int(number) if number.isdecimal() else 0
