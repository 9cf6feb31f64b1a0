"""Descriptions and notes: from the markup that a Redmine is set to, and back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from urllib.parse import quote, unquote

from accord.markup import TEXTILE, AsItIs, Converter, Refs
from accord.trackers.redmine.filenames import kept_name, original_name
from accord.trackers.redmine.rest import Row, plain_text
from accord.trackers.redmine.settings import TextFormatting

LONG = 5000  # letters from which a text is converted beside what else goes on


class Texts:
    """Files in a text are named as Markdown names them: by the name that they came with, which Redmine may not keep."""

    def __init__(self, formatting: TextFormatting) -> None:
        self._markup: Converter = TEXTILE if formatting == "textile" else AsItIs(formatting)

    async def read(self, text: object, files: Sequence[Row]) -> str:
        """A text of Redmine's as Markdown."""
        told, refs = plain_text(text), _refs(files)
        return await _convert(told, lambda: self._markup.to_markdown(told, refs))

    async def write(self, markdown: str, now: str, files: Sequence[Row]) -> str:
        """Markdown as Redmine takes it. Of `now`, which stands there, what nobody edited stays letter by letter."""
        refs = _refs(files)
        return await _convert(now + markdown, lambda: self._markup.rewrite(now, markdown, refs))


async def _convert(text: str, work: Callable[[], str]) -> str:
    return await asyncio.to_thread(work) if len(text) > LONG else work()


def _refs(files: Sequence[Row]) -> Refs:
    names = {}
    for file in files:
        name = str(file.get("filename") or "")
        names[name] = original_name(name, str(file.get("description") or ""))

    def target_of(name: str) -> str | None:
        kept = kept_name(name)
        if kept != name or name in names.values():
            # The file may come after the text that shows it.
            names.setdefault(kept, name)
            return quote(kept)
        return None

    return Refs(file_of=lambda target: names.get(unquote(target)), target_of=target_of)
