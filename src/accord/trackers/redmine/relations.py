"""Links and children: relations of issues, and subtasks.

Redmine shows a relation at both of its issues; it belongs to the one that it was made from. Of two issues there is at
most one relation each way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from accord.errors import AccordError, ItemGone, WriteRefused
from accord.model import Link
from accord.ports import Written
from accord.trackers.redmine.names import nearest
from accord.trackers.redmine.reading import REVERSED, IssueReader, relations
from accord.trackers.redmine.rest import RedmineRest, Row, filters

KINDS = ("relates", *REVERSED, *REVERSED.values())


class Relations:
    """Relates issues, and takes relations away. A relation has no place for a mark: it is known by what it says."""

    def __init__(self, rest: RedmineRest, reader: IssueReader, scope: Mapping[str, tuple[str, str]]) -> None:
        self._rest, self._reader, self._scope = rest, reader, scope

    async def add(self, key: str, link: Link) -> Written:
        """Raises ItemGone, which names the key, where there is no issue at either end."""
        if not link.key:
            raise refused(key, "Redmine links issues only with issues.", link.url, "Leave addresses out: outside.")
        if link.kind not in KINDS:
            raise refused(key, f"Redmine has no relation {link.kind!r}.", link.kind, nearest(link.kind, KINDS))
        row = await self._reader.row(key)
        known = next((one for one in relations(row) if (one.kind, one.key) == (link.kind, link.key)), None)
        if known:
            return Written(known.id)
        await self._reader.row(link.key)
        made = await self._post(key, link)
        return Written(str(made["id"]))

    async def delete(self, key: str, link_id: str) -> Written:
        """Deleting what is not there is done already."""
        try:
            await self._rest.http.json("DELETE", f"relations/{link_id}.json")
        except ItemGone:
            await self._rest.still_known()
        except AccordError as error:
            error.item = error.item or key
            raise
        return Written(link_id)

    async def children(self, key: str) -> Sequence[str]:
        """Its own subtasks, as far as they are synced; not theirs."""
        conditions = {**self._scope, "parent_id": ("=", key)}
        rows = await self._rest.listing("issues.json", "issues", [*filters(conditions), ("sort", "id")])
        return [str(row["id"]) for row in rows]

    async def _post(self, key: str, link: Link) -> Row:
        path, body = f"issues/{key}/relations.json", {"issue_to_id": link.key, "relation_type": link.kind}
        try:
            made = await self._rest.http.json("POST", path, body={"relation": body})
        except WriteRefused as error:
            remedy = "Redmine has one relation each way between two issues, none with subtasks and none in circles."
            raise refused(key, error.message, f"{link.kind} {link.key}", error.remedy or remedy) from None
        except AccordError as error:
            error.item = error.item or key
            raise
        row = made.data.get("relation") if isinstance(made.data, dict) else None
        return row if isinstance(row, dict) else {}


def refused(key: str, message: str, value: str | None, remedy: str) -> WriteRefused:
    return WriteRefused(message, item=key, field="links", value=value, remedy=remedy)
