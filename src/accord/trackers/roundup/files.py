"""Attachments: files of an issue."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

from accord.errors import ItemGone, WriteRefused
from accord.model import Attachment
from accord.ports import Written
from accord.trackers.roundup.issues import IssueWriter
from accord.trackers.roundup.reading import Layout, ids_of
from accord.trackers.roundup.rest import RoundupRest, Row
from accord.trackers.roundup.saying import MessageWriter

ORPHANS_AT_MOST = 20


class Files:
    """Adds and deletes attachments. A file has no place for a mark, so it is known by its name and its bytes."""

    def __init__(
        self, rest: RoundupRest, layout: Layout, issues: IssueWriter, writer: MessageWriter, user: str
    ) -> None:
        self._rest, self._layout, self._issues, self._writer, self._user = rest, layout, issues, writer, user
        # A file that is being put on one issue must not be taken for a leftover by another.
        self._adding = asyncio.Lock()

    async def add(self, key: str, attachment: Attachment, content: Path) -> Written:
        """Uploads, unless an earlier try got that far, and puts it on the issue."""
        if (await asyncio.to_thread(content.stat)).st_size == 0:
            raise WriteRefused(
                f"Roundup keeps no empty file: {attachment.name}.",
                item=key,
                field="attachments",
                value=attachment.name,
                remedy="Delete the empty file on the other side, or keep it out with the incoming rules.",
            )
        async with self._adding:
            made = await self._orphan(attachment.name, content)
            if made is None:
                made = await self._rest.upload(attachment.name, attachment.media_type, content)
            await self._issues.change(key, lambda issue: _with_file(issue, made))
        return Written(made)

    async def delete(self, key: str, attachment_id: str) -> Written:
        """Takes it off the issue, and retires it where the account may."""
        was_there = False

        def unlink(issue: Row) -> Row:
            nonlocal was_there
            was_there = was_there or attachment_id in ids_of(issue, "files")
            return {"files": [f"-{attachment_id}"]} if attachment_id in ids_of(issue, "files") else {}

        await self._issues.change(key, unlink)
        if was_there:
            await self._writer.retire("file", attachment_id)
        return Written(attachment_id)

    async def _orphan(self, name: str, content: Path) -> str | None:
        """A file that we uploaded and that is on no issue, with this name and these bytes."""
        query = [("name:", name), ("creator", self._user), ("@verbose", "0")]
        listing = await self._rest.listing("file", query)
        ids = sorted((str(row["id"]) for row in listing.rows), key=int)[-ORPHANS_AT_MOST:]
        if not ids:
            return None
        linking = [("files", ",".join(ids)), ("@fields", "files"), ("@verbose", "0")]
        issues = await self._rest.listing(self._layout.classname, linking)
        linked = {id_ for issue in issues.rows for id_ in ids_of(issue, "files")}
        wanted = await asyncio.to_thread(_sha256, content)
        for id_ in ids:
            if id_ not in linked and await self._downloaded_sha256(id_) == wanted:
                return id_
        return None

    async def _downloaded_sha256(self, id_: str) -> str:
        digest = hashlib.sha256()
        try:
            async for chunk in self._rest.download(id_):
                digest.update(chunk)
        except ItemGone:
            return ""
        return digest.hexdigest()


def _with_file(issue: Row, id_: str) -> Row:
    return {} if id_ in ids_of(issue, "files") else {"files": [f"+{id_}"]}


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
