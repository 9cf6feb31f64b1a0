"""People who use the folder with an editor."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML


class FolderPerson:
    """Writes files as people do: whole, in place, with the YAML of their choice."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._count = 0

    async def create(self, summary: str) -> str:
        self._count += 1
        key = f"HAND-{self._count}"
        self.save(self.folder / f"{key}.md", {"key": key, "summary": summary}, "")
        return key

    async def edit(self, key: str, path: str, value: object) -> None:
        file = self.file(key)
        front, body = self.load(file)
        if path == "description":
            body = f"{value}\n"
        else:
            front[path.removeprefix("fields.")] = value
        self.save(file, front, body)

    async def delete(self, key: str) -> None:
        self.file(key).unlink()

    async def comment(self, key: str, body: str) -> str:
        comments = self.folder / key / "comments"
        comments.mkdir(parents=True, exist_ok=True)
        number = max([int(path.name[:4]) for path in comments.glob("*.md")], default=0) + 1
        (comments / f"{number:04}-alice.md").write_text(f"---\nauthor: alice\n---\n{body}\n")
        return f"{number:04}-alice"

    async def edit_comment(self, key: str, comment_id: str, body: str) -> None:
        path = self.folder / key / "comments" / f"{comment_id}.md"
        front, _ = self.load(path)
        self.save(path, front, f"{body}\n")

    async def delete_comment(self, key: str, comment_id: str) -> None:
        (self.folder / key / "comments" / f"{comment_id}.md").unlink()

    def log_time(self, key: str, name: str, text: str) -> Path:
        """A file of time, as it is typed."""
        path = self.folder / key / "time" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    async def attach(self, key: str, name: str, content: bytes) -> str:
        files = self.folder / key / "files"
        files.mkdir(parents=True, exist_ok=True)
        (files / name).write_bytes(content)
        return name

    def file(self, key: str) -> Path:
        """The item's file, wherever it is."""
        return next(path for path in self.folder.rglob("*.md") if path.name.startswith((f"{key}.", f"{key}-")))

    def load(self, path: Path) -> tuple[dict[str, Any], str]:
        _, front, body = path.read_text().split("---\n", 2)
        return YAML().load(front) or {}, body

    def save(self, path: Path, front: dict[str, Any], body: str) -> None:
        text = io.StringIO()
        YAML().dump(front, text)
        path.write_text(f"---\n{text.getvalue()}---\n{body}")

    def save_by_rename(self, path: Path, content: str) -> None:
        """As vim does: the old file becomes a backup, a new one takes its name."""
        backup = path.with_name(f"{path.name}~")
        path.rename(backup)
        path.write_text(content)
        backup.unlink()

    def age(self, path: Path) -> None:
        """Makes a file look as if it had been written a while ago."""
        status = path.stat()
        os.utime(path, ns=(status.st_atime_ns - 10**10, status.st_mtime_ns - 10**10))
