"""Attachments."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from accord.errors import AccordError, ItemGone, WriteRefused
from accord.model import Attachment
from accord.ports import Written
from accord.trackers.redmine.filenames import kept_name
from accord.trackers.redmine.issues import IssueWriter
from accord.trackers.redmine.rest import RedmineRest


class Files:
    """Adds, fetches and deletes attachments. One is known by its name and its bytes; it bears no mark."""

    def __init__(self, rest: RedmineRest, issues: IssueWriter) -> None:
        self._rest, self._issues = rest, issues

    async def add(self, key: str, attachment: Attachment, content: Path) -> Written:
        """Uploads, then puts it on the issue. What was only uploaded nobody sees, and Redmine tidies it up."""
        try:
            kept = kept_name(attachment.name)
            if not kept.strip(".") or "\0" in kept:
                raise WriteRefused(
                    f"Redmine keeps no file under the name {attachment.name!r}.",
                    remedy="Give it another name on the other side.",
                )
            id_, token = await self._rest.upload(kept, content)
            upload = {"token": token, "filename": kept, "content_type": attachment.media_type}
            if kept != attachment.name:
                upload["description"] = attachment.name
            async with self._issues.lock(key):
                await self._rest.add(key, {"uploads": [upload]})
        except AccordError as error:
            error.item = error.item or key
            if isinstance(error, WriteRefused) and error.field is None:
                error.field, error.value = "attachments", attachment.name
            raise
        return Written(id_)

    async def delete(self, key: str, attachment_id: str) -> Written:
        """Only where it is on the issue."""
        row = await self._rest.issue(key)
        if any(str(file["id"]) == attachment_id for file in row.get("attachments") or ()):
            try:
                await self._rest.http.json("DELETE", f"attachments/{attachment_id}.json")
            except ItemGone:
                return Written(attachment_id)
        return Written(attachment_id)

    async def download(self, key: str, attachment_id: str) -> AsyncIterator[bytes]:
        if not attachment_id.isdigit():
            raise ItemGone(f"{self._rest.http.tracker} has no file {attachment_id}.", item=key)
        async for chunk in self._rest.http.stream(f"attachments/download/{attachment_id}"):
            yield chunk
