"""Files that texts show: by their paths here, by the names of attachments in Markdown that travels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from posixpath import dirname, join, normpath, relpath
from urllib.parse import quote, unquote

from accord.markup import AsItIs, Refs
from accord.trackers.markdown.files import FILES

AS_IT_IS = AsItIs("markdown")
QUERY = re.compile(r"[?#]")


@dataclass(frozen=True)
class Shown:
    """How the text in the file `path` leads to the attachments in `folder`, both told from the tracker's folder on.

    `names` are the attachments' names by those of their files, oldest first: several attachments may have one name.
    """

    path: str
    folder: str
    names: Mapping[str, str]

    def read(self, text: str) -> str:
        """With attachments by their names."""
        return AS_IT_IS.to_markdown(text, self._refs())

    def write(self, markdown: str, now: str = "") -> str:
        """With the paths of those that are here. Of `now`, which stands there, what nobody edited stays as it is."""
        return AS_IT_IS.rewrite(now, markdown, self._refs())

    def pointed(self, text: str) -> str:
        """A text as it stands here, in which what is named by its name alone is pointed at the file."""
        return AS_IT_IS.from_markdown(text, self._refs())

    def without(self, file: str, text: str) -> str:
        """A text as it stands here, in which the newest other attachment of the same name is shown for a file."""
        others = [other for other, name in self.names.items() if other != file and name == self.names.get(file)]
        if not others:
            return text
        target = self._target(others[-1])
        return AS_IT_IS.from_markdown(text, Refs(target_of=lambda path: target if self._file(path) == file else None))

    def _refs(self) -> Refs:
        return Refs(file_of=self._name_at, target_of=self._target_of)

    def _name_at(self, target: str) -> str | None:
        """Whether or not the file is there: it may be missing for a while, and the text still means it."""
        file = self._file(unquote(target))
        return None if file is None else self.names.get(file, file)

    def _target_of(self, name: str) -> str | None:
        files = [file for file, known in self.names.items() if known == name]
        return self._target(files[-1]) if files else None

    def _target(self, file: str) -> str:
        return quote(relpath(join(self.folder, FILES, file), dirname(self.path) or "."))

    def _file(self, path: str) -> str | None:
        """The file that a path leads to, from the text on, or from the folder of the item."""
        for start in (dirname(self.path), self.folder):
            folder, _, file = normpath(join(start, path)).rpartition("/")
            if folder == f"{self.folder}/{FILES}" and (file in self.names or not QUERY.search(file)):
                return file
        return None
