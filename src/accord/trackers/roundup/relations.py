"""Links: properties of an issue that lead to other issues, such as `superseder`. Each is a kind of link."""

from __future__ import annotations

from accord.errors import WriteRefused
from accord.model import Link
from accord.ports import Written
from accord.trackers.roundup.issues import IssueWriter
from accord.trackers.roundup.reading import IssueReader, Layout, ids_of
from accord.trackers.roundup.schema import nearest


class Relations:
    """Adds to these properties and takes from them, whatever others do to the issue. A link is what it says."""

    def __init__(self, layout: Layout, reader: IssueReader, issues: IssueWriter) -> None:
        self._layout, self._reader, self._issues = layout, reader, issues

    async def add(self, key: str, link: Link) -> Written:
        """Raises ItemGone, which names the key, where there is no issue at either end."""
        kinds = self._layout.links
        if not link.key or link.kind not in kinds:
            known = nearest(link.kind, kinds) if link.key else "Leave addresses out: outside."
            raise WriteRefused(
                f"Issues have no link {link.kind!r}." if link.key else "Roundup links issues only with issues.",
                item=key,
                field="links",
                value=link.kind if link.key else link.url,
                remedy=known,
            )
        row = await self._reader.row(key)
        if link.key not in ids_of(row, link.kind):
            await self._reader.row(link.key)
            await self._issues.change(key, lambda _: {link.kind: [f"+{link.key}"]})
        return Written(f"{link.kind}-{link.key}")

    async def delete(self, key: str, link_id: str) -> Written:
        """Deleting what is not there is done already."""
        kind, _, other = link_id.rpartition("-")
        if kind in self._layout.links and other in ids_of(await self._reader.row(key), kind):
            await self._issues.change(key, lambda _: {kind: [f"-{other}"]})
        return Written(link_id)
