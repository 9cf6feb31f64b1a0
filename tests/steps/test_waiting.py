"""Items whose rules wait for another one: the rest is written at once, the link when that one comes under sync."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from accord.model import Item, Replica
from accord.operations.status import status
from accord.ports import Asks, RuleContext, asked, with_asks
from accord.rules import MappingTable, TableRules
from tests.pair import CONNECTION, Pair, PlainRules, pair
from tests.versioned import Versioned

TABLE = {"summary": "both", "fields": {"epic": {"kind": "item"}}}


class Linking(PlainRules):
    """The epic is only received: our item for theirs, as far as that is known."""

    async def outgoing(self, item: Item, context: RuleContext) -> Replica:
        return await super().outgoing(item.model_copy(update={"fields": {}}), context)

    async def incoming(self, replica: Replica, item: Item, context: RuleContext) -> Item:
        draft = await super().incoming(replica.model_copy(update={"fields": {}}), item, context)
        key: Any = replica.fields.get("epic")
        if not key or not context.twin_of:
            return draft
        ours = await context.twin_of(key)
        if ours is None:
            return with_asks(draft, Asks(waits_for=(key,)))
        return draft.model_copy(update={"fields": {**item.fields, "epic": ours}})


def linking(two: Pair) -> None:
    two.blue.trigger = None
    two.red.trigger = None
    two.red.rules = Linking()


def epic(two: Pair, key: str) -> Any:
    return two.red.tracker.items[key].fields.get("epic")


async def waits(two: Pair) -> int:
    return await two.red.ports.store.read(lambda tx: tx.count_waiting(CONNECTION))


async def synced(two: Pair, *keys: str) -> None:
    for key in keys:
        await two.blue.sync(key)
    await two.settle()
    two.tick()


async def child_waits(two: Pair) -> None:
    """BLUE-2 belongs to BLUE-1, which is not under sync; it is RED-1."""
    linking(two)
    two.blue.tracker.person_creates(summary="the epic")
    two.blue.tracker.person_creates(summary="the story", fields={"epic": "BLUE-1"})
    await synced(two, "BLUE-2")


async def test_the_rest_is_written_and_the_link_when_the_other_item_comes(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        await child_waits(two)
        assert (two.red.only.summary, epic(two, "RED-1")) == ("the story", None)
        assert (await waits(two), await two.red.lanes()) == (1, [])
        assert (await status(two.red.ports)).connections[0].waiting_for_items == 1
        await synced(two, "BLUE-1")
        assert epic(two, "RED-1") == "RED-2"
        assert await waits(two) == 0
        assert "RED-1: what it waited for is under sync" in [line.summary for line in await two.red.history()]
        assert not await two.blue.conflicts()


async def test_what_comes_while_it_waits_is_taken_over(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        await child_waits(two)
        two.blue.tracker.person_edits("BLUE-2", summary="the long story")
        await two.settle()
        two.tick()
        await synced(two, "BLUE-1")
        assert (two.red.tracker.items["RED-1"].summary, epic(two, "RED-1")) == ("the long story", "RED-2")


async def test_an_edit_that_comes_first_brings_the_link_too(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        await child_waits(two)
        await two.blue.sync("BLUE-1")
        two.blue.tracker.person_edits("BLUE-2", summary="the long story")
        await two.settle()
        assert (two.red.tracker.items["RED-1"].summary, epic(two, "RED-1")) == ("the long story", "RED-2")
        assert await waits(two) == 0


async def test_all_that_name_each_other_find_each_other(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        linking(two)
        for n, other in ((1, 2), (2, 3), (3, 1)):
            two.blue.tracker.person_creates(summary=str(n), fields={"epic": f"BLUE-{other}"})
        await synced(two, "BLUE-1", "BLUE-2", "BLUE-3")
        ours = {item.summary: item for item in two.red.tracker.items.values()}
        assert [ours[n].fields["epic"] for n in "123"] == [ours[n].key for n in "231"]
        assert await waits(two) == 0


async def test_our_item_that_is_told_and_paired_counts_as_well(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        linking(two)
        two.red.tracker.person_creates(summary="the epic, begun here")
        two.blue.tracker.person_creates(summary="the story", fields={"epic": "BLUE-2"})
        await synced(two, "BLUE-1")
        assert await waits(two) == 1
        await two.red.sync("RED-1")
        await two.settle()
        assert epic(two, "RED-2") == "RED-1"


async def test_what_people_link_meanwhile_is_a_conflict(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        await child_waits(two)
        two.red.tracker.person_edits("RED-1", fields={"epic": "RED-77"})
        await two.settle()
        two.tick()
        await synced(two, "BLUE-1")
        assert epic(two, "RED-1") == "RED-77"
        assert [(c["field"], c["lost"]) for c in await two.red.conflicts()] == [("fields.epic", "RED-2")]


@pytest.mark.parametrize("link", ["BLUE-3", None])
async def test_who_names_another_one_meanwhile_no_longer_waits(tmp_path: Path, link: str | None) -> None:
    async with pair(tmp_path) as two:
        await child_waits(two)
        two.blue.tracker.person_creates(summary="another epic")
        await synced(two, "BLUE-3")
        two.blue.tracker.person_edits("BLUE-2", fields={"epic": link})
        await two.settle()
        assert (epic(two, "RED-1"), await waits(two)) == ("RED-2" if link else None, 0)
        two.tick()
        await synced(two, "BLUE-1")
        assert epic(two, "RED-1") == ("RED-2" if link else None)


async def test_who_left_the_sync_waits_no_more(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        await child_waits(two)
        two.blue.tracker.person_deletes("BLUE-2")
        await two.settle(seconds=10)
        assert await waits(two) == 0
        await synced(two, "BLUE-1")
        assert not await two.red.lanes()


async def test_rules_that_are_published_wait_too(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        linking(two)
        two.red.rules = PlainRules()
        versions = Versioned(two.red)
        await versions.publish(by_table(summary="both"))
        two.blue.tracker.person_creates(summary="the epic")
        two.blue.tracker.person_creates(summary="the story", fields={"epic": "BLUE-1"})
        await synced(two, "BLUE-2")
        await versions.publish(by_table(**TABLE))
        await versions.sync("RED-1")
        await two.settle()
        assert (epic(two, "RED-1"), await waits(two)) == (None, 1)
        await synced(two, "BLUE-1")
        assert epic(two, "RED-1") == "RED-2"


def by_table(**entries: Any) -> TableRules:
    return TableRules(MappingTable.model_validate(entries))


async def test_the_table_asks_for_it(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        await child_waits(two)
        context = RuleContext("partner", two.clock.now(), True, twin_of=nobody)
        draft = await by_table(**TABLE).incoming(Replica(fields={"epic": "BLUE-1"}), Item(), context)
        assert asked(draft).waits_for == ("BLUE-1",)


async def nobody(key: str) -> str | None:
    return None
