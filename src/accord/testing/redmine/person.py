"""A person at Redmine: writes through its REST API, apart from the connector, as one does in a browser."""

from __future__ import annotations

import json
from typing import Any, cast

import aiohttp


class RedmineRefused(Exception):
    """Redmine answered with an error; `status` is that of HTTP."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


class RedminePerson:
    """Someone with an API key. Keys and ids are Redmine's numbers as text; values go by Redmine's ids.

    All raise RedmineRefused. What Redmine drops without a word (a field that someone may not change) it drops here too.
    """

    def __init__(self, url: str, login: str, api_key: str) -> None:
        self.url, self.login = url.rstrip("/"), login
        self._headers = {"X-Redmine-API-Key": api_key}

    async def create(self, subject: str, description: str | None = None, **values: Any) -> str:
        """Opens an issue in the project alpha, unless `project_id` says another, and gives its key."""
        issue = {"project_id": "alpha", "tracker_id": 1, "subject": subject, "description": description, **values}
        made = await self.call("POST", "issues.json", json={"issue": issue})
        return str(made["issue"]["id"])

    async def set(self, key: str, **values: Any) -> None:
        """Sets attributes of an issue, `custom={"Severity": "High"}` among them; None empties one."""
        custom = values.pop("custom", {})
        ids = {field["name"]: field["id"] for field in (await self.get(key))["custom_fields"]} if custom else {}
        fields = [{"id": ids[name], "value": value} for name, value in custom.items()]
        issue = {name: "" if value is None else value for name, value in values.items()}
        issue |= {"custom_fields": fields} if fields else {}
        await self.call("PUT", f"issues/{key}.json", json={"issue": issue})

    async def comment(self, key: str, text: str, *, private: bool = False, **together_with: Any) -> str:
        """Adds notes and gives their journal's id; `together_with` sets attributes in the same write."""
        issue = {"notes": text, "private_notes": private, **together_with}
        await self.call("PUT", f"issues/{key}.json", json={"issue": issue})
        return str((await self.get(key))["journals"][-1]["id"])

    async def edit_comment(self, journal: str, text: str) -> None:
        await self.call("PUT", f"journals/{journal}.json", json={"journal": {"notes": text}})

    async def delete_comment(self, journal: str) -> None:
        """Empties the notes, which deletes a journal that holds nothing else, as the page does."""
        await self.edit_comment(journal, "")

    async def attach(self, key: str, name: str, content: bytes, media_type: str = "text/plain") -> str:
        """Uploads a file, puts it on an issue and gives its id."""
        headers = {"Content-Type": "application/octet-stream"}
        made = await self.call("POST", "uploads.json", params={"filename": name}, data=content, headers=headers)
        upload = {"token": made["upload"]["token"], "filename": name, "content_type": media_type}
        await self.call("PUT", f"issues/{key}.json", json={"issue": {"uploads": [upload]}})
        return str(made["upload"]["token"].partition(".")[0])

    async def detach(self, file: str) -> None:
        await self.call("DELETE", f"attachments/{file}.json")

    async def delete(self, key: str) -> None:
        await self.call("DELETE", f"issues/{key}.json")

    async def log_time(self, key: str, hours: float, comments: str = "", day: str = "2026-11-02") -> str:
        """Books hours on an issue and gives the entry's id."""
        activities = (await self.call("GET", "enumerations/time_entry_activities.json"))["time_entry_activities"]
        entry = {"issue_id": key, "hours": hours, "comments": comments, "spent_on": day}
        entry["activity_id"] = activities[0]["id"]
        made = await self.call("POST", "time_entries.json", json={"time_entry": entry})
        return str(made["time_entry"]["id"])

    async def relate(self, key: str, kind: str, other: str) -> str:
        body = {"relation": {"issue_to_id": other, "relation_type": kind}}
        return str((await self.call("POST", f"issues/{key}/relations.json", json=body))["relation"]["id"])

    async def get(self, key: str) -> dict[str, Any]:
        """An issue with its journals, attachments, relations and children."""
        params = {"include": "journals,attachments,relations,children"}
        return cast(dict[str, Any], (await self.call("GET", f"issues/{key}.json", params=params))["issue"])

    async def comments(self, key: str) -> list[dict[str, Any]]:
        """The journals with notes, oldest first."""
        return [journal for journal in (await self.get(key))["journals"] if journal["notes"]]

    async def issues(self, **where: str) -> list[dict[str, Any]]:
        """The first hundred issues that match, in any status."""
        params = {"status_id": "*", "limit": "100", **where}
        return list((await self.call("GET", "issues.json", params=params))["issues"])

    async def download(self, file: str) -> bytes:
        """The bytes of an attachment."""
        address = f"{self.url}/attachments/download/{file}"
        async with aiohttp.request("GET", address, headers=self._headers) as response:
            content = await response.read()
            if response.status != 200:
                raise RedmineRefused(response.status, content.decode(errors="replace")[:300])
            return content

    async def call(self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any) -> Any:
        """One request below the tracker's address; gives the parsed answer, None where it is empty."""
        address = f"{self.url}/{path}"
        sent = {**self._headers, **(headers or {})}
        async with aiohttp.request(method, address, headers=sent, **options) as response:
            text = await response.text()
            if response.status >= 300:
                raise RedmineRefused(response.status, text[:500])
            return json.loads(text) if text.strip() else None
