"""Descriptions and notes: from the markup that a Redmine is set to, and back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote, unquote

from accord.markup import TEXTILE, AsItIs, Converter, Refs
from accord.model import Person
from accord.trackers.redmine.filenames import kept_name, original_name
from accord.trackers.redmine.rest import Row, plain_text
from accord.trackers.redmine.settings import TextFormatting

People = Callable[[], Awaitable[Mapping[int, Person]]]
MENTION = re.compile(r"(?:@|user:)\w")
LONG = 5000  # letters from which a text is converted beside what else goes on


class Texts:
    """Files in a text are named as Markdown names them: by the name that they came with, which Redmine may not keep.
    In Textile, people are those who have a login, as far as the account is told of them."""

    def __init__(self, formatting: TextFormatting, people: People | None = None) -> None:
        self._markup: Converter = TEXTILE if formatting == "textile" else AsItIs(formatting)
        self._people = people if formatting == "textile" else None

    async def read(self, text: object, files: Sequence[Row]) -> str:
        """A text of Redmine's as Markdown."""
        told = plain_text(text)
        refs = await self._refs(files, told)
        return await _convert(told, lambda: self._markup.to_markdown(told, refs))

    async def write(self, markdown: str, now: str, files: Sequence[Row]) -> str:
        """Markdown as Redmine takes it. Of `now`, which stands there, what nobody edited stays letter by letter."""
        refs = await self._refs(files, now + markdown)
        return await _convert(now + markdown, lambda: self._markup.rewrite(now, markdown, refs))

    async def _refs(self, files: Sequence[Row], text: str) -> Refs:
        refs = _refs(files)
        if self._people is None or not MENTION.search(text):
            return refs
        logins = {one.username.casefold(): one.username for one in (await self._people()).values() if one.username}

        def known(name: str) -> str | None:
            return logins.get(name.casefold())

        return replace(refs, name_of=known, account_of=known)


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
