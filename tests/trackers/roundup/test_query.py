"""Queries in Roundup's own language."""

from __future__ import annotations

import pytest

from accord.errors import WriteRefused
from accord.testing.roundup import RoundupPerson
from accord.trackers.roundup import RoundupTracker
from accord.trackers.roundup.query import is_range


async def test_which_items_match(tracker: RoundupTracker, alice: RoundupPerson) -> None:
    red = await alice.create("Query red", "...", keyword=["red"], status="resolved", assignedto="bob")
    blue = await alice.create("Query blue", "...", keyword=["blue"], status="chatting")
    bare = await alice.create("Query bare", "...")
    keys = [red, blue, bare, "424242", "not-a-key"]

    async def matching(query: str) -> set[str]:
        return await tracker.matching(query, keys)

    assert await matching("") == {red, blue, bare}
    assert await matching("status=resolved,chatting") == {red, blue}
    assert await matching("status=resolved,chatting&keyword=red") == {red}
    assert await matching("keyword=-1") == {bare}
    assert await matching("title:=Query%20blue") == {blue}
    assert await matching("title=query") == {red, blue, bare}
    assert await matching("assignedto.username=bob") == {red}
    assert await matching("activity=-1d;") == {red, blue, bare}
    assert await matching("activity=2099-01-01;") == set()
    assert await matching(f"id={blue},424242") == {blue}
    assert await tracker.matching("status=resolved", []) == set()


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("statsu=resolved", "no property 'statsu'.*Did you mean status"),
        ("assignedto.name=bob", "class user has no property 'name'"),
        ("status=resolvd", "no status 'resolvd'.*resolved"),
        ("activity=2026-01-01T00:00:00Z", "not a date"),
        ("creation=yesterday", "not a date"),
        ("keyword=", "has no value"),
        ("@sort=title", "@sort is not one"),
    ],
)
async def test_what_is_wrong_in_a_query_is_told(tracker: RoundupTracker, query: str, told: str) -> None:
    with pytest.raises(WriteRefused, match=told):
        await tracker.matching(query, ["1"])


@pytest.mark.parametrize(
    "text",
    ["2026", "2026-12", "2026-12-24", "2026-12-24.10:30", "2026-12-24.10:30:00;", ";2026-12-24", "-1w;", "-2w;-1d",
     "10:30;", "from 2026-01-01 to 2026-02-01", "from -1w", "to 2026-12-24", "2026-12-24.10:30:00+0200;", ".;",
     "20261224103000;", "2026-12-24 -1w;"],
)  # fmt: skip
def test_ranges_as_roundup_writes_them(text: str) -> None:
    assert is_range(text)


@pytest.mark.parametrize("text", ["", ";", "2026-12-24T10:30:00Z", "tomorrow", "1;2;3", "2026-12-24.10:30:00Z;"])
def test_what_roundup_would_ignore_as_a_range(text: str) -> None:
    assert not is_range(text)
