"""A person at Roundup: writes through its REST API, apart from the connector, as one does in a browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

import aiohttp

ATTEMPTS = 20


class RoundupRefused(Exception):
    """Roundup answered with an error; `status` is that of HTTP."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


class RoundupPerson:
    """Someone with a login. Keys and ids are Roundup's numbers as text; links go by name or number.

    What is changed is read just before; where somebody else was faster it is read and changed again. All raise
    RoundupRefused.
    """

    def __init__(self, url: str, login: str, password: str) -> None:
        self.url, self.login = url.rstrip("/"), login
        self._authorization = {"Authorization": aiohttp.encode_basic_auth(login, password)}

    async def create(self, title: str, description: str | None = None, **values: Any) -> str:
        """Opens an issue and gives its key. `description` becomes its first message."""
        if description is not None:
            values["messages"] = [await self._message(description)]
        return await self.new("issue", title=title, **values)

    async def set(self, key: str, **values: Any) -> None:
        """Sets properties of an issue; None empties one."""
        await self.put("issue", key, **values)

    async def comment(self, key: str, text: str, *, together_with: dict[str, Any] | None = None) -> str:
        """Adds a message and gives its id; `together_with` sets properties of the issue in the same write."""
        message = await self._message(text)
        await self.put("issue", key, messages=[f"+{message}"], **(together_with or {}))
        return message

    async def edit_comment(self, message: str, text: str) -> None:
        await self.put("msg", message, content=text)

    async def delete_comment(self, key: str, message: str) -> None:
        """Takes a message off an issue, as the button beside it does."""
        await self.put("issue", key, messages=[f"-{message}"])

    async def attach(self, key: str, name: str, content: bytes, media_type: str = "text/plain") -> str:
        """Uploads a file, puts it on an issue and gives its id."""
        form = aiohttp.FormData()
        form.add_field("name", name)
        form.add_field("type", media_type)
        form.add_field("content", content, filename=name, content_type=media_type)
        made = await self.call("POST", "data/file", data=form)
        await self.put("issue", key, files=[f"+{made['id']}"])
        return str(made["id"])

    async def detach(self, key: str, file: str) -> None:
        await self.put("issue", key, files=[f"-{file}"])

    async def retire(self, key: str, *, classname: str = "issue") -> None:
        """Deletes, as Roundup understands it."""
        await self._changed(classname, key, lambda etag: self.call("DELETE", f"data/{classname}/{key}", etag=etag))

    async def restore(self, key: str, *, classname: str = "issue") -> None:
        """Undoes `retire`."""
        body = {"@op": "action", "@action_name": "restore"}
        path = f"data/{classname}/{key}"
        await self._changed(classname, key, lambda etag: self.call("PATCH", path, json=body, etag=etag))

    async def get(self, key: str, *, classname: str = "issue") -> dict[str, Any]:
        """All properties of an issue, links with names; those of messages with their `content`."""
        verbose = "2" if classname == "issue" else "3"
        answer = await self.call("GET", f"data/{classname}/{key}", params={"@verbose": verbose, "@protected": "true"})
        return cast(dict[str, Any], answer["attributes"])

    async def comments(self, key: str) -> list[dict[str, Any]]:
        """The messages of an issue, oldest first, the description among them."""
        issue = await self.get(key)
        ids = sorted((message["id"] for message in issue["messages"]), key=int)
        return [{"id": id_, **(await self.get(id_, classname="msg"))} for id_ in ids]

    async def issues(self, **where: str) -> list[str]:
        """The keys of all issues that are not retired and match."""
        answer = await self.call("GET", "data/issue", params=where)
        return [issue["id"] for issue in answer["collection"]]

    async def download(self, file: str) -> bytes:
        headers = {"Accept": "application/octet-stream", **self._authorization}
        address = f"{self.url}/rest/data/file/{file}/binary_content"
        async with aiohttp.request("GET", address, headers=headers) as response:
            content = await response.read()
            if response.status != 200:
                raise RoundupRefused(response.status, content.decode(errors="replace")[:300])
            return content

    async def _message(self, text: str) -> str:
        # Without an author the message can't be put on a new issue: Roundup would put nobody on its nosy list.
        now = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
        return await self.new("msg", content=text, author=self.login, date=now)

    async def new(self, classname: str, **values: Any) -> str:
        """Creates an item of any class and gives its id."""
        made = await self.call("POST", f"data/{classname}", json=values)
        return str(made["id"])

    async def put(self, classname: str, key: str, **values: Any) -> None:
        """Sets properties of an item of any class."""
        body = {name: "" if value is None else value for name, value in values.items()}
        path = f"data/{classname}/{key}"
        await self._changed(classname, key, lambda etag: self.call("PUT", path, json=body, etag=etag))

    async def _changed(self, classname: str, key: str, change: Callable[[str], Any]) -> None:
        for attempt in range(ATTEMPTS):
            seen = await self.call("GET", f"data/{classname}/{key}", params={"@fields": "id"})
            try:
                await change(seen["@etag"])
                return
            except RoundupRefused as error:
                if error.status != 412 or attempt == ATTEMPTS - 1:
                    raise

    async def call(self, method: str, path: str, *, etag: str = "", **options: Any) -> dict[str, Any]:
        """One request below `/rest/`; gives `data` of the answer."""
        origin = "/".join(self.url.split("/")[:3])
        headers = {"X-Requested-With": "rest", "Origin": origin, **self._authorization}
        headers |= {"If-Match": etag} if etag else {}
        address = f"{self.url}/rest/{path}"
        async with aiohttp.request(method, address, headers=headers, **options) as response:
            text = await response.text()
            if response.status >= 300:
                raise RoundupRefused(response.status, text[:500])
            return cast(dict[str, Any], json.loads(text)["data"])
