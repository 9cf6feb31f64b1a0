"""Recipes of the cookbook whose rules ask for something, run by a pair of nodes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from accord.model import Kind
from accord.rules import MappingTable, Sandbox, TableRules
from tests.pair import Pair, pair
from tests.rules.test_cookbook import connection_of, recipes


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    pool = Sandbox(workers=1)
    yield pool
    pool.close()


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Pair]:
    """Blue is the other side, and its items are ACME-1 and so on; ours is red, with OPS-1."""
    async with pair(tmp_path) as both:
        both.blue.tracker._prefix, both.red.tracker._prefix = "ACME", "OPS"
        both.red.trigger = None
        yield both


def follow(two: Pair, title: str, tmp_path: Path, sandbox: Sandbox, **theirs: Any) -> None:
    """Ours follows the recipe; the other side has a map of its own."""
    (recipe,) = [one for one in recipes() if one.title == title]
    two.red.rules = connection_of(recipe, tmp_path).rules(sandbox, inline=True)
    two.blue.rules = TableRules(MappingTable.model_validate(theirs))


async def test_closed_items_leave(two: Pair, tmp_path: Path, sandbox: Sandbox) -> None:
    follow(two, "The end: closed items leave the sync", tmp_path, sandbox, status="both")
    for number in (1, 2):
        two.blue.tracker.person_creates(summary=str(number), status="New")
    await two.settle()
    two.tick()
    two.blue.tracker.person_edits("ACME-1", status="Done")
    two.red.tracker.person_edits("OPS-2", status="closed")
    await two.settle()
    assert [item.status for item in two.red.tracker.items.values()] == ["closed", "closed"]
    assert [item.status for item in two.blue.tracker.items.values()] == ["Done", "Done"]
    assert [await two.red.twin(key) for key in ("OPS-1", "OPS-2")] == [None, None]
    assert [await two.blue.twin(key) for key in ("ACME-1", "ACME-2")] == [None, None]


async def test_internal_items_leave(two: Pair, tmp_path: Path, sandbox: Sandbox) -> None:
    follow(two, "The end: internal items leave the sync", tmp_path, sandbox, summary="both", labels="both")
    two.blue.tracker.person_creates(summary="Door")
    await two.settle()
    two.tick()
    two.red.tracker.person_edits("OPS-1", summary="Gate", labels=("internal", "loud"))
    await two.settle()
    assert (two.blue.only.summary, two.blue.only.labels) == ("Gate", ("loud",))
    assert (await two.blue.twin("ACME-1"), await two.red.twin("OPS-1")) == (None, None)


async def test_parents_are_set_when_they_come(two: Pair, tmp_path: Path, sandbox: Sandbox) -> None:
    epic = {"direction": "send", "as": "custom.epic"}
    follow(two, "Epics and parents", tmp_path, sandbox, type="both", parent="both", fields={"epic": epic})
    two.blue.trigger = None
    for number in (1, 2):
        two.blue.tracker.person_creates(summary=str(number), type="epic")
    two.blue.tracker.person_creates(summary="story", type="task", parent="ACME-1", fields={"epic": "ACME-2"})
    found = []
    for key in ("ACME-3", "ACME-1", "ACME-2"):
        await two.blue.sync(key)
        await two.settle()
        two.tick()
        ours = two.red.tracker.items["OPS-1"]
        found.append((ours.type, ours.parent, ours.fields.get("epic")))
    assert found == [("task", None, None), ("task", "OPS-2", None), ("task", "OPS-2", "OPS-3")]


async def test_links_come_one_by_one(two: Pair, tmp_path: Path, sandbox: Sandbox) -> None:
    blocks = {"direction": "send", "as": "custom.blocked_by", "kind": "items"}
    follow(two, "Items that block each other", tmp_path, sandbox, fields={"blocks": blocks})
    two.blue.trigger = None
    for number in (1, 2):
        two.blue.tracker.person_creates(summary=str(number))
    two.blue.tracker.person_creates(summary="3", fields={"blocks": ["ACME-1", "ACME-2"]})
    found = []
    for key in ("ACME-3", "ACME-1", "ACME-2"):
        await two.blue.sync(key)
        await two.settle()
        two.tick()
        found.append(two.red.tracker.items["OPS-1"].fields.get("blocked by"))
    assert [one or [] for one in found] == [[], ["OPS-2"], ["OPS-2", "OPS-3"]]


async def test_an_item_that_is_there_is_paired(two: Pair, tmp_path: Path, sandbox: Sandbox) -> None:
    yours = {"direction": "send", "as": "custom.your_key"}
    follow(two, "Pair with an item that is there already", tmp_path, sandbox, summary="both", fields={"yours": yours})
    two.red.tracker.person_creates(summary="Door")
    two.blue.tracker.person_creates(summary="Door", fields={"yours": "OPS-1"})
    await two.settle()
    assert (await two.red.twin("OPS-1")).remote_key == "ACME-1"


async def test_a_key_in_the_text_pairs(two: Pair, tmp_path: Path, sandbox: Sandbox) -> None:
    follow(two, "Pair by a key within the text", tmp_path, sandbox, summary="send")
    two.red.tracker.person_creates(summary="Door")
    two.blue.tracker.person_creates(summary="Same as OPS-1")
    await two.settle()
    assert (await two.red.twin("OPS-1")).remote_key == "ACME-1"


async def test_they_learn_our_key(two: Pair, tmp_path: Path, sandbox: Sandbox) -> None:
    ticket = {"direction": "receive", "as": "custom.ticket"}
    follow(two, "They learn our key at once", tmp_path, sandbox, summary="send", fields={"ticket": ticket})
    two.blue.tracker.person_creates(summary="Door")
    await two.settle()
    assert two.blue.only.fields["ticket"] == {"key": "OPS-1", "link": two.red.only.url}
    (told,) = [message for message in two.red.wire.sent if message.kind is Kind.SYNC]
    assert told.replica is not None
    assert told.replica.custom == {"ticket": {"key": "OPS-1", "link": two.red.only.url}}
    two.tick()
    two.blue.tracker.person_edits("ACME-1", summary="Gate")
    await two.settle()
    assert [message.kind for message in two.red.wire.sent].count(Kind.SYNC) == 1


async def test_a_comment_opens_a_closed_item(two: Pair, tmp_path: Path, sandbox: Sandbox) -> None:
    follow(two, "A comment opens a closed item again", tmp_path, sandbox, comments="send")
    two.blue.tracker.person_creates(summary="Door")
    await two.settle()
    two.tick()
    two.red.tracker.person_edits("OPS-1", status="closed")
    await two.settle()
    two.tick()
    two.blue.tracker.person_comments("ACME-1", "It squeaks again.")
    await two.settle()
    assert two.red.only.status == "open"
    two.tick()
    two.red.tracker.person_edits("OPS-1", status="closed")
    await two.settle()
    assert two.red.only.status == "closed"
