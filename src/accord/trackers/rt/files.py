"""Attachments: files that came with messages."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

from accord.errors import AccordError, ItemGone, WriteRefused
from accord.model import Attachment
from accord.ports import Written
from accord.trackers.rt.rest import RTRest

CHUNK = 57 * 4096  # bytes whose Base64 needs no padding
LONGEST_NAME = 255  # letters
START = re.compile(rb'"Content"\s*:\s*(?:"|null)')
HEAD = 64  # more bytes than the start of a content can take
PLAIN = "application/octet-stream"
# RT takes a file for missing whose Base64 is empty.
NOTHING = b"\\n"


class Files:
    """Adds and fetches attachments. One is known by its name and its bytes; it bears no mark."""

    def __init__(self, rest: RTRest) -> None:
        self._rest = rest

    async def add(self, key: str, attachment: Attachment, content: Path) -> Written:
        """As an internal comment without a word."""
        try:
            name = kept_name(attachment.name)
            size = (await asyncio.to_thread(content.stat)).st_size
            head, tail = _around(name, attachment.media_type)
            length = len(head) + (-(-size // 3) * 4 or len(NOTHING)) + len(tail)
            message = await self._rest.say(key, "comment", stream=_body(head, content, tail), length=length)
            return Written(await self._kept(key, message, content))
        except AccordError as error:
            error.item = error.item or key
            if isinstance(error, WriteRefused) and error.field is None:
                error.field, error.value = "attachments", attachment.name
            raise

    async def _kept(self, key: str, message: str, content: Path) -> str:
        """The number of the file that came with a message. Raises WriteRefused where RT kept other bytes: it cuts off
        what it finds too long, and tells the length that it had."""
        rows = await self._rest.listing(f"transaction/{message}/attachments", [("fields", "Filename")], hides=False)
        named = [str(row["id"]) for row in rows if row.get("Filename")]
        if not named or await self._digest(named[0]) != await asyncio.to_thread(_digest_of, content):
            raise WriteRefused(
                "RT did not keep all bytes of the file.",
                item=key,
                remedy="Raise RT's MaxAttachmentSize, or leave large files out of the rules.",
            )
        return named[0]

    async def _digest(self, file: str) -> bytes:
        kept = hashlib.sha256()
        async for chunk in decoded(self._rest.http.stream(f"attachment/{file}")):
            kept.update(chunk)
        return kept.digest()

    async def download(self, key: str, attachment_id: str) -> AsyncIterator[bytes]:
        if not (attachment_id.isascii() and attachment_id.isdigit()) or int(attachment_id) >= 2**31:
            raise self._no_file(key, attachment_id)
        # Of a file that is not there RT says that it stumbled.
        where = [{"field": "id", "value": attachment_id}]
        if not await self._rest.listing("attachments", where=where, hides=False):
            raise self._no_file(key, attachment_id)
        async for chunk in decoded(self._rest.http.stream(f"attachment/{attachment_id}")):
            yield chunk

    def _no_file(self, key: str, attachment_id: str) -> ItemGone:
        return ItemGone(f"{self._rest.http.tracker} has no file {attachment_id} that the account sees.", item=key)


def _digest_of(path: Path) -> bytes:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()


def kept_name(name: str) -> str:
    """What RT makes of a file name. Raises WriteRefused where it can't keep it."""
    kept = name.rpartition("/")[2]
    if not kept.strip(".") or not kept.isprintable() or len(kept) > LONGEST_NAME:
        raise WriteRefused(
            f"RT keeps no file under the name {name[:100]!r}.", remedy="Give it another name on the other side."
        )
    return kept


def _around(name: str, media_type: str) -> tuple[bytes, bytes]:
    """A message as JSON, before and after the content of its file. RT takes the octets of a name, one for one; and what
    is called text it recodes."""
    octets = name.encode("utf-8", "replace").decode("latin-1")
    safe = media_type if re.fullmatch(r"[\w.+-]+/[\w.+-]+", media_type) else PLAIN
    kind = PLAIN if safe.startswith(("text/", "message/", "multipart/")) else safe
    file = f'{{"FileName": {json.dumps(octets)}, "FileType": {json.dumps(kind)}, "FileContent": "'
    return f'{{"ContentType": "text/plain", "Attachments": [{file}'.encode(), b'"}]}'


async def _body(head: bytes, content: Path, tail: bytes) -> AsyncIterator[bytes]:
    """The bytes go from disk to the wire in small pieces."""
    yield head
    with content.open("rb") as stream:
        chunk = await asyncio.to_thread(stream.read, CHUNK)
        if not chunk:
            yield NOTHING
        while chunk:
            yield base64.b64encode(chunk)
            chunk = await asyncio.to_thread(stream.read, CHUNK)
    yield tail


async def decoded(told: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The content of an attachment, out of the JSON that RT wraps it in, as it comes."""
    buffer, inside = b"", False
    async for chunk in told:
        buffer += chunk
        if not inside:
            found = START.search(buffer)
            if found is None:
                buffer = buffer[-HEAD:]
                continue
            if found[0].endswith(b"null"):
                return
            buffer, inside = buffer[found.end() :], True
        ended = b'"' in buffer
        text = buffer.partition(b'"')[0]
        # An escaped line end may be cut in two.
        whole = text if ended else text[: len(text) - text.endswith(b"\\")]
        letters = whole.replace(b"\\n", b"").replace(b"\\r", b"").replace(b"\\/", b"/")
        usable = len(letters) if ended else len(letters) // 4 * 4
        if usable:
            yield base64.b64decode(letters[:usable])
        if ended:
            return
        buffer = letters[usable:] + text[len(whole) :]
