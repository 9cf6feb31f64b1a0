"""Messages and descriptions: Markdown from what people and mail programs write, and back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

from accord.markup import HTML

LONG = 5000  # letters from which a text is converted beside what else goes on
HTML_TYPE, PLAIN_TYPE = "text/html", "text/plain"


class Texts:
    """HTML is converted; plain text is kept as it is, whoever wrote it."""

    def __init__(self, text_format: Literal["html", "plain"]) -> None:
        self._html = text_format == "html"

    async def read(self, content: str, content_type: str) -> str:
        text = content.replace("\r\n", "\n").replace("\r", "\n")
        return await _convert(text, lambda: HTML.to_markdown(text)) if content_type == HTML_TYPE else text

    async def write(self, markdown: str) -> dict[str, str]:
        """A new message, as RT takes it. Without text it is none."""
        if not markdown.strip():
            return {"ContentType": PLAIN_TYPE}
        if self._html:
            return {"Content": await _convert(markdown, lambda: HTML.from_markdown(markdown)), "ContentType": HTML_TYPE}
        # To RT a bare zero is no text.
        return {"Content": f"{markdown}\n" if markdown == "0" else markdown, "ContentType": PLAIN_TYPE}

    async def rewrite(self, now: str, markdown: str) -> str:
        """HTML to put where `now` stands, of which what nobody edited stays letter by letter."""
        return await _convert(now + markdown, lambda: HTML.rewrite(now, markdown))


async def _convert(text: str, work: Callable[[], str]) -> str:
    return await asyncio.to_thread(work) if len(text) > LONG else work()
