"""A person at RT: writes through its REST API, apart from the connector, as one does in a browser."""

from __future__ import annotations

import base64
import json
from typing import Any, cast

import aiohttp


class RTRefused(Exception):
    """RT answered with an error; `status` is that of HTTP."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


class RTPerson:
    """Someone with a token. Keys and ids are RT's numbers as text; values go by RT's own names.

    All raise RTRefused. What RT tells in an answer that is no error (a status that can't be) is dropped here.
    """

    def __init__(self, url: str, login: str, token: str) -> None:
        self.url, self.login = f"{url.rstrip('/')}/REST/2.0", login
        self._headers = {"Authorization": f"token {token}"}

    async def create(self, subject: str, content: str | None = None, **values: Any) -> str:
        """Opens a ticket in the queue Alpha, unless `Queue` says another, and gives its key."""
        text = {} if content is None else {"Content": content, "ContentType": values.pop("ContentType", "text/plain")}
        made = await self.call("POST", "ticket", json={"Queue": "Alpha", "Subject": subject, **text, **values})
        return str(made["id"])

    async def set(self, key: str, **values: Any) -> list[str]:
        """Sets attributes of a ticket, `custom={"Severity": "High"}` among them, and gives what RT says of it."""
        custom = values.pop("custom", {})
        fields = {"CustomFields": custom} if custom else {}
        return cast(list[str], await self.call("PUT", f"ticket/{key}", json={**values, **fields}))

    async def comment(self, key: str, text: str, *, internal: bool = False, **besides: Any) -> str:
        """Replies, or comments internally, and gives the transaction's id."""
        way = "comment" if internal else "correspond"
        body = {"Content": text, "ContentType": "text/plain", **besides}
        return await self._post(f"ticket/{key}/{way}", body)

    async def attach(self, key: str, name: str, content: bytes, media_type: str = "application/octet-stream") -> str:
        """Attaches a file without a word, and gives the transaction's id."""
        # RT takes the octets of a name, one for one.
        octets = name.encode().decode("latin-1")
        file = {"FileName": octets, "FileType": media_type, "FileContent": base64.b64encode(content).decode() or "\n"}
        return await self._post(f"ticket/{key}/comment", {"ContentType": "text/plain", "Attachments": [file]})

    async def delete(self, key: str) -> None:
        await self.call("DELETE", f"ticket/{key}")

    async def merge(self, key: str, into: str) -> None:
        await self.set(key, MergeInto=into)

    async def get(self, key: str) -> dict[str, Any]:
        """A ticket with its custom fields, the queue's and the owner's name."""
        params = {"fields[Queue]": "Name", "fields[Owner]": "Name"}
        return cast(dict[str, Any], await self.call("GET", f"ticket/{key}", params=params))

    async def history(self, key: str) -> list[dict[str, Any]]:
        """The transactions of a ticket, oldest first."""
        params = {"fields": "Type,Creator,Created,Field,OldValue,NewValue,TimeTaken,ObjectId", "orderby": "id"}
        return await self._all(f"ticket/{key}/history", params)

    async def attachments(self, key: str) -> list[dict[str, Any]]:
        """All parts of all messages of a ticket, without their contents."""
        params = {"fields": "Filename,ContentType,ContentLength,TransactionId,Subject", "orderby": "id"}
        return await self._all(f"ticket/{key}/attachments", params)

    async def tickets(self, query: str = "id > 0", fields: str = "Subject,Status") -> list[dict[str, Any]]:
        """All that match, by number; what is deleted is not among them."""
        return await self._all("tickets", {"query": query, "fields": fields, "orderby": "id"})

    async def content(self, attachment: str) -> bytes:
        """The bytes of one part."""
        told = await self.call("GET", f"attachment/{attachment}")
        return base64.b64decode(told["Content"] or "")

    async def call(self, method: str, path: str, **options: Any) -> Any:
        """One request below the REST interface; gives the parsed answer, None where it is empty."""
        return (await self._exchange(method, path, **options))[0]

    async def _post(self, path: str, body: dict[str, Any]) -> str:
        _, location = await self._exchange("POST", path, json=body)
        return location.rpartition("/")[2]

    async def _all(self, path: str, params: dict[str, str]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        while True:
            page = {**params, "per_page": "100", "page": str(len(rows) // 100 + 1)}
            found = (await self.call("GET", path, params=page))["items"]
            rows += found
            if len(found) < 100:
                return rows

    async def _exchange(self, method: str, path: str, **options: Any) -> tuple[Any, str]:
        address = f"{self.url}/{path}"
        async with aiohttp.request(method, address, headers=self._headers, **options) as response:
            text = await response.text()
            if response.status >= 300:
                raise RTRefused(response.status, text[:500])
            return (json.loads(text) if text.strip() else None), response.headers.get("Location", "")
