"""Links: relations between issues, which show at both ends, and the children of an issue.

https://www.redmine.org/projects/redmine/wiki/Rest_IssueRelations
"""

from __future__ import annotations

from accord.errors import AccordError, ItemGone, WriteRefused
from accord.model import Link
from accord.ports import Written
from accord.trackers.redmine.rest import RedmineRest, Row

# What a relation is called from its other end.
REVERSED = {"blocks": "blocked", "precedes": "follows", "duplicates": "duplicated", "copied_to": "copied_from"}
KINDS = ("relates", *(name for pair in REVERSED.items() for name in pair))


class Relations:
    """Relates issues, and takes relations back."""

    def __init__(self, rest: RedmineRest) -> None:
        self._rest = rest

    async def add(self, key: str, link: Link) -> Written:
        """What is related so already stays so. ItemGone for either end, WriteRefused for what Redmine does not know,
        or does not allow: two issues have one relation at most, and may have to be of one project."""
        if link.kind not in KINDS:
            raise WriteRefused(
                f"Redmine knows no relation {link.kind!r}.",
                item=key,
                field="links",
                value=link.kind,
                remedy=f"Map it to one of: {', '.join(KINDS)}.",
            )
        body = {"relation": {"issue_to_id": link.key, "relation_type": link.kind}}
        try:
            answer = await self._rest.http.json("POST", f"issues/{key}/relations.json", body=body)
        except WriteRefused as refused:
            return await self._there(key, link, refused)
        except AccordError as error:
            error.item = error.item or key
            raise
        row = answer.data.get("relation") if isinstance(answer.data, dict) else None
        if not isinstance(row, dict) or "id" not in row:
            raise WriteRefused(f"Redmine did not relate {key} with {link.key}.", item=key, field="links")
        return Written(str(row["id"]))

    async def delete(self, key: str, link_id: str) -> Written:
        """Deleting what is not there is done already. A child stays one: its parent is a field."""
        if link_id.isdigit() and any(link.id == link_id for link in links_of(await self._rest.issue(key))):
            try:
                await self._rest.http.json("DELETE", f"relations/{link_id}.json")
            except ItemGone:
                await self._rest.still_known()
        return Written(link_id)

    async def children(self, key: str) -> list[str]:
        """Only direct ones. Raises ItemGone."""
        return [str(row["id"]) for row in (await self._rest.issue(key)).get("children") or ()]

    async def _there(self, key: str, link: Link, refused: WriteRefused) -> Written:
        """The relation that Redmine has already, or why it refuses one."""
        related = [one for one in links_of(await self._rest.issue(key)) if one.key == link.key and one.id.isdigit()]
        for one in related:
            if one.kind == link.kind:
                return Written(one.id)
        await self._rest.issue(link.key)
        refused.item, refused.field, refused.value = key, "links", f"{link.kind} {link.key}"
        if related:
            refused.remedy = f"It {related[0].kind} {link.key} already, and Redmine keeps one relation of two issues."
        raise refused


def links_of(row: Row) -> list[Link]:
    """Relations as they look from the issue, and its children."""
    links = []
    for one in row.get("relations") or ():
        kind, other = str(one["relation_type"]), one["issue_to_id"]
        if other == row["id"]:
            kind, other = REVERSED.get(kind, kind), one["issue_id"]
        mirrored = other == one["issue_id"]
        links.append(Link(id=str(one["id"]), kind=kind, key=str(other), mirrored=mirrored))
    children = [Link(id=f"child-{one['id']}", kind="child", key=str(one["id"])) for one in row.get("children") or ()]
    return sorted(links, key=lambda link: int(link.id)) + sorted(children, key=lambda link: int(link.key))
